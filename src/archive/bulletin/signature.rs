//! The tables in a dump → which system's board it is, and what stands before the names of its tables.

use super::dump::Dump;
use super::post::Kept;
use super::system::System;
use crate::archive::source::Source;
use crate::archive::sql::{self, Table};
use crate::archive::{Archive, Options};
use crate::{Error, Result};

/// How many dumps of an export are looked into.
const LOOKED_FILES: usize = 20;

/// What the dumps of a system's database are recognised by.
pub(super) struct Signature<V: 'static> {
    /// The system's name, for people.
    pub(super) name: &'static str,
    /// What its own program for backups writes into the beginning.
    pub(super) banner: Option<&'static str>,
    /// Tables by the end of their name and some of their columns, and the version of the system that has them.
    pub(super) signs: &'static [(&'static str, &'static [&'static str], V)],
    /// The tables without which there is no board.
    pub(super) needed: [&'static str; 4],
}

impl<V: Copy + PartialEq> Signature<V> {
    /// Whether a source is such a dump, as its beginning tells.
    pub(super) fn looks(&self, source: &Source) -> bool {
        sql::dumps(source).iter().take(LOOKED_FILES).any(|path| {
            let head = sql::head(path);
            self.banner.is_some_and(|it| head.contains(it)) || self.prefix(&sql::tables_of(head.as_bytes())).is_some()
        })
    }

    /// Opens one. A system is made from what stands before the names of its tables, its version, and what it is told.
    ///
    /// # Errors
    /// It can't be read, or has no board, or more than one.
    pub(super) fn open<S: System + 'static>(
        &self,
        source: Source,
        told: &Options,
        system: fn(String, V, &Options) -> S,
    ) -> Result<Box<dyn Archive>> {
        let dumps = sql::dumps(&source);
        let tables = sql::tables(&dumps)?;
        let has = |prefix: &str, name: &str| tables.iter().any(|it| it.name.strip_prefix(prefix) == Some(name));
        let whole = |(prefix, _): &(String, V)| self.needed.into_iter().all(|it| has(prefix, it));
        let Some((prefix, version)) = self.prefix(&tables).filter(whole) else {
            let message = format!("{}: no {} board in it", source.path.display(), self.name);
            let [a, b, c, d] = self.needed;
            return Err(Error::other(
                message,
                format!("its tables of {a}, {b}, {c} and {d} are needed, of one board alone"),
            ));
        };
        let (kept, system) = (Kept::of(&source), system(prefix, version, told));
        Ok(Box::new(Dump { _source: source, dumps, kept, charset: told.charset, system }))
    }

    /// What stands before the names of a board's tables, and its version: as the tables tell that were seen so far. None
    /// where there is no board, or more than one.
    fn prefix(&self, tables: &[Table]) -> Option<(String, V)> {
        let mut found = tables.iter().filter_map(|table| {
            self.signs.iter().find_map(|(end, columns, version)| {
                let has = columns.iter().all(|it| table.columns.iter().any(|known| known == it));
                let prefix = table.name.strip_suffix(end).filter(|_| has)?;
                Some((prefix.to_owned(), *version))
            })
        });
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }
}
