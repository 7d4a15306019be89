//! A view in → a page's bytes out: the only module that knows HTML. A theme is templates and assets, its own and
//! those of its parents; it is checked whole before any page is made. What a page shows is decided elsewhere.

mod check;
mod load;
mod revision;
pub mod sample;
mod scan;
mod shape;
mod show;
mod tree;
pub mod view;
mod walk;

use std::collections::BTreeMap;

use tera::{Context, Tera};

pub use load::{FoundTheme, find, load};
pub use revision::lay_out;
pub use show::{Bodies, Show, published};
pub use view::View;

use crate::diagnostic::{Rule, Severity};
use crate::error::{Error, Result};

/// A template that can't be read: its syntax, or something it names that no theme has.
pub static THEME_SYNTAX: Rule = Rule { name: "theme-syntax", severity: Severity::Error };
/// A template reads a variable or field that its view doesn't have, or uses one in a way that its kind doesn't allow.
pub static THEME_VARIABLE: Rule = Rule { name: "theme-variable", severity: Severity::Error };
/// A theme, a parent or a template isn't there.
pub static THEME_MISSING: Rule = Rule { name: "theme-missing", severity: Severity::Error };
/// A `theme.yml` that can't be read or says what it can't mean.
pub static THEME_CONFIG: Rule = Rule { name: "theme-config", severity: Severity::Error };

/// A theme, complete and checked: every template parsed, every view showable. It never changes, and threads share it.
#[derive(Debug)]
pub struct Theme {
    tera: Tera,
    assets: BTreeMap<String, Vec<u8>>,
    key: blake3::Hash,
}

impl Theme {
    /// Adds the page that shows `view` to `out`.
    ///
    /// # Errors
    /// When the template fails on this view, which the check of the theme makes unlikely: a part of a template that no
    /// sample reaches. `out` is then as it was before.
    pub fn render<V: View>(&self, view: &V, out: &mut String) -> Result<()> {
        let fault = |error: tera::Error| {
            Error::other(format!("the template {} fails: {error}", V::TEMPLATE), "mend the template")
        };
        let context = Context::from_serialize(view).map_err(fault)?;
        let before = out.len();
        let mut bytes = std::mem::take(out).into_bytes();
        let rendered = self.tera.render_to(V::TEMPLATE, &context, &mut bytes);
        if rendered.is_err() {
            bytes.truncate(before);
        }
        *out = String::from_utf8(bytes).map_err(|_| {
            Error::other(format!("the template {} wrote bytes that are no text", V::TEMPLATE), "mend the template")
        })?;
        rendered.map_err(fault)
    }

    /// The files that the pages load, by their paths below `assets/`, parents' included.
    #[must_use]
    pub fn assets(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.assets
    }

    /// A hash of everything in the theme, names included: equal keys make equal pages of equal views.
    #[must_use]
    pub fn key(&self) -> blake3::Hash {
        self.key
    }
}

#[cfg(test)]
mod tests;
