//! Dumps in → whether their rows come back, and whether any bytes make the reader panic. It knows no system.

use super::*;
use proptest::prelude::*;

/// All rows of all tables: the table, and each column with its value.
struct All(Vec<(String, Named)>);

type Named = Vec<(String, Option<String>)>;

impl Reader for All {
    fn wants(&self, table: &str) -> bool {
        table != "unwanted"
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let named = row.columns.iter().zip(row.values).map(|(column, value)| (column.clone(), value.clone()));
        self.0.push((row.table.to_owned(), named.collect()));
        Ok(())
    }
}

fn of(dump: &[u8]) -> Result<All> {
    let mut all = All(Vec::new());
    read(dump, "test.sql", None, &mut all)?;
    Ok(all)
}

/// The rows as `table: column=value, …` lines.
fn lines(dump: &str) -> Vec<String> {
    let all = of(dump.as_bytes()).unwrap();
    let line = |(table, row): (String, Named)| {
        let each: Vec<String> = row.into_iter().map(|(column, value)| format!("{column}={value:?}")).collect();
        format!("{table}: {}", each.join(", "))
    };
    all.0.into_iter().map(line).collect()
}

#[test]
fn mysqls_dumps_are_read() {
    let dump = r#"-- a dump; with 'signs
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `x_posts` (
  `id` int(11) NOT NULL DEFAULT '0' COMMENT 'a, (b',
  `key` varchar(8), text mediumtext,
  PRIMARY KEY (`id`), KEY `t` (`text`(10))
) ENGINE=InnoDB;
LOCK TABLES `x_posts` WRITE;
INSERT INTO `x_posts` VALUES (1,'it''s \'so\'\n','a;b'),(-2,NULL,"q\\"),(3,_binary 'x',0x4142);
INSERT INTO unwanted VALUES (';', "x;", `y`), (1);
REPLACE INTO db.x_posts (text) VALUES ('(1),(2)');
"#;
    assert_eq!(
        lines(dump),
        [
            r#"x_posts: id=Some("1"), key=Some("it's 'so'\n"), text=Some("a;b")"#,
            r#"x_posts: id=Some("-2"), key=None, text=Some("q\\")"#,
            r#"x_posts: id=Some("3"), key=Some("x"), text=Some("AB")"#,
            r#"x_posts: text=Some("(1),(2)")"#,
        ]
    );
}

#[test]
fn postgres_dumps_are_read() {
    let dump = "-- PostgreSQL database dump\n\\restrict abc\nSET client_encoding = 'UTF8';\nCREATE FUNCTION f() AS $_$ '; $_$;
CREATE TABLE public.posts (id integer, raw text);\nCOPY public.posts (id, raw) FROM stdin;\n1\ta\\nb\\tc\\\\d\\x41\\101\n2\t\\N\n\\.\n
COPY public.unwanted (a) FROM stdin;\n'\n\\.\nINSERT INTO posts VALUES (3, 'a\\');INSERT INTO posts VALUES (4, E'a\\nb'::text);";
    assert_eq!(
        lines(dump),
        [
            r#"posts: id=Some("1"), raw=Some("a\nb\tc\\dAA")"#,
            r#"posts: id=Some("2"), raw=None"#,
            r#"posts: id=Some("3"), raw=Some("a\\")"#,
            r#"posts: id=Some("4"), raw=Some("a\nb")"#,
        ]
    );
}

#[test]
fn sqlites_dumps_are_read() {
    let dump = r#"PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
INSERT INTO t (a,b,c) VALUES(replace(replace('one\ntwo\rthree','\n',char(10)),'\r',char(13)),unistr('a\u000ab\\c'),'\n');"#;
    assert_eq!(lines(dump), [r#"t: a=Some("one\ntwo\rthree"), b=Some("a\nb\\c"), c=Some("\\n")"#]);
}

#[test]
fn joined_texts_and_calls_are_one_value() {
    let dump = "BEGIN TRANSACTION;
INSERT INTO t (a,b,c,d) VALUES('x'||char(10)||'y', 7, replace('p'||'q','q','r'||char(13,10)), concat('a','b'));
INSERT INTO t (a,b,c) VALUES(cast('z' as text), 'a'||NULL, char(65)||'');";
    assert_eq!(
        lines(dump),
        [r#"t: a=Some("x\ny"), b=Some("7"), c=Some("pr\r\n"), d=Some("ab")"#, r#"t: a=Some("z"), b=None, c=Some("A")"#,]
    );
    let large = format!("INSERT INTO t VALUES (replace('{0}','a','{0}'));", "a".repeat(1 << 14));
    assert!(of(large.as_bytes()).err().is_some_and(|it| it.to_string().contains("64 MiB")));
}

#[test]
fn a_number_is_whole_however_it_is_written() {
    let values = ["1700000000", "1.7e9", "1.7e+09", "1700000000.0", "1.7E9", "17e-1", "1718000000.25", "9.0e+999", "x"];
    let dump = format!("INSERT INTO t (a) VALUES ({});", values.join("),("));
    let all = of(dump.as_bytes()).unwrap();
    let read: Vec<_> = all.0.iter().map(|(_, row)| row[0].1.clone()).collect();
    assert_eq!(read, values.map(|it| Some(it.to_owned())));
    let columns = [String::from("a")];
    let of_row = |value: &Option<String>| {
        let row = Row::new("t", &columns, std::slice::from_ref(value));
        (row.number("a"), row.floor("a"))
    };
    let when = Some(1_700_000_000);
    let numbers: Vec<_> = read.iter().map(of_row).collect();
    assert_eq!(numbers[..5], [(when, when); 5]);
    assert_eq!(numbers[5..], [(None, Some(1)), (None, Some(1_718_000_000)), (None, None), (None, None)]);
}

#[test]
fn the_declared_character_set_is_believed() {
    let all = of(b"SET NAMES cp1251;INSERT INTO t (a) VALUES ('\xf7\xe0\xe9');").unwrap();
    assert_eq!(all.0[0].1[0].1.as_deref(), Some("чай"));
    let all = of(b"/*!50503 SET NAMES latin1 */;INSERT INTO t (a) VALUES ('caf\xe9');").unwrap();
    assert_eq!(all.0[0].1[0].1.as_deref(), Some("café"));
}

#[test]
fn what_is_cut_off_or_without_end_is_refused() {
    for cut in
        ["INSERT INTO t VALUES ('a", "INSERT INTO t VALUES (1,", "CREATE TABLE t (a", "COPY t (a) FROM stdin;\n1\n"]
    {
        assert!(of(cut.as_bytes()).err().is_some_and(|it| it.to_string().contains("ends in the middle")), "{cut}");
    }
    let wide = format!("INSERT INTO t VALUES ({}1);", "1,".repeat(5000));
    assert!(of(wide.as_bytes()).err().is_some_and(|it| it.to_string().contains("more columns")));
    let long = [b"INSERT INTO t VALUES ('", vec![b'a'; 65 << 20].as_slice()].concat();
    assert!(of(&long).err().is_some_and(|it| it.to_string().contains("64 MiB")));
}

#[test]
fn a_packed_dump_is_unpacked() {
    use std::io::Write;
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("a.sql.gz");
    let mut gz = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    gz.write_all(b"INSERT INTO t (a) VALUES (1);").unwrap();
    gz.finish().unwrap();
    let mut all = All(Vec::new());
    each(&path, None, &mut all).unwrap();
    assert_eq!(all.0.len(), 1);
    assert!(head(&path).starts_with("INSERT"));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(dump in "(INSERT INTO t VALUES|CREATE TABLE|COPY t FROM stdin;\n|[ (),;'\"`$/*#\\\\-]|[a-z0-9\n\t]|--)*") {
        let _ = of(dump.as_bytes());
    }

    #[test]
    fn every_text_comes_back(text in "\\PC{0,40}") {
        let mysql = text.replace('\\', "\\\\").replace('\'', "\\'");
        let all = of(format!("INSERT INTO t (a) VALUES ('{mysql}');").as_bytes()).unwrap();
        prop_assert_eq!(all.0[0].1[0].1.as_deref(), Some(text.as_str()));
        let plain = text.replace('\'', "''");
        let all = of(format!("BEGIN TRANSACTION;INSERT INTO t (a) VALUES ('{plain}');").as_bytes()).unwrap();
        prop_assert_eq!(all.0[0].1[0].1.as_deref(), Some(text.as_str()));
    }
}
