//! A text → whatever reads such texts, as far as it goes.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use boards::archive::{ImportOrder, Options, bbcode, html, import, links, names, private, sql};
use boards::config::{Policy, Settings};
use boards::content::{read_member, read_post};
use boards::diagnostic::{Diagnostic, Form, draw, reported};
use boards::git::{Oid, mailmapped};
use boards::markdown::{self, Filling, Limits, OutsideImages, PostIds};
use boards::monitor::Quiet;

/// A member's file, with the faults that are reported.
pub fn member(text: &str) {
    let mut faults = Vec::new();
    black_box(read_member("members/ada.yml", text, &mut faults));
    drawn(faults, text);
}

/// The forum's settings, with the faults that are reported.
pub fn settings(text: &str) {
    let (settings, faults) = Settings::read("forum.yml", text);
    black_box(settings);
    drawn(faults, text);
}

fn drawn(mut faults: Vec<Diagnostic>, text: &str) {
    faults.sort();
    let lines: Vec<&str> = text.lines().collect();
    for fault in reported(&faults) {
        let line = lines.get(fault.at.line as usize - 1).copied();
        black_box([Form::Full, Form::Short, Form::Github].map(|form| draw(&fault, form, line, false)));
    }
}

/// A post, up to the HTML of its page and its excerpt. No limit but that of nesting holds, so that more than what a forum
/// shows as Markdown is read as such.
pub fn post(text: &str) {
    let policy = Policy { post_bytes: u64::MAX, ..Policy::default() };
    black_box(read_post("1", Oid::ZERO_SHA1, text.as_bytes(), &policy, &mut Vec::new()));
    let rendered = markdown::render(text, &Limits { bytes: usize::MAX, ..Limits::default() });
    let fillings: Vec<Filling<'_>> =
        rendered.links.iter().map(|link| Filling::Address(link.target.as_str().into())).collect();
    black_box(markdown::fill(&rendered.body, &PostIds::prefixed("1"), &fillings, &OutsideImages::Link));
    black_box(markdown::excerpt(&rendered.body, &fillings, 200));
}

/// HTML of another system.
pub fn page(text: &str) {
    black_box(html::markdown(text, &html::usual));
    black_box(html::words(text));
}

/// BBCode, as people type it.
pub fn code(text: &str) {
    let style = bbcode::Style::typed();
    black_box(bbcode::markdown(text, &style));
    black_box(bbcode::cell(text, &style));
}

/// BBCode, as phpBB 3.2 keeps it.
pub fn coded_xml(text: &str) {
    black_box(bbcode::xml_markdown(text, &bbcode::Style::typed()));
}

/// Markdown that an importer leads to new places, without addresses of people.
pub fn carried(text: &str) {
    black_box(private::masked(text));
    black_box(links::redirected(text, &mut |_| links::Lead::To(String::from("b.md"))));
}

/// A title, a name, a name of a file.
pub fn title(text: &str) {
    black_box((names::topic(text), names::handle(text), names::shown(text), names::line(text), names::file(text)));
}

/// A dump of a database.
pub fn dump(text: &str) {
    struct All;
    impl sql::Reader for All {
        fn wants(&self, _: &str) -> bool {
            true
        }
        fn row(&mut self, row: &sql::Row<'_>) -> boards::Result<()> {
            black_box(row.value("a"));
            Ok(())
        }
    }
    let _ = black_box(sql::read(text.as_bytes(), "dump.sql", None, &mut All));
}

/// The tables of a dump of a database.
pub fn tables(text: &str) {
    black_box(sql::tables_of(text.as_bytes()));
}

/// A `.mailmap`.
pub fn mailmap(text: &str) {
    let _ = black_box(mailmapped(text.as_bytes(), &[]));
}

/// A mailbox.
pub fn mail(text: &str) {
    imported("mail", "list.mbox", text);
}

/// The text of one mail.
pub fn mail_text(text: &str) {
    mail(&format!("{MAIL}Content-Type: text/plain; charset=utf-8\n\n{text}\n"));
}

/// The head of one mail, behind what every mail has.
pub fn mail_head(text: &str) {
    mail(&format!("{MAIL}{text}\n\nTea.\n"));
}

/// What every mail has.
const MAIL: &str = "From ada@tea.example  Tue Apr  7 11:46:48 2009\nFrom: Ada <ada@tea.example>\n\
    Date: Tue, 7 Apr 2009 11:47:23 +0000\nSubject: Tea\nMessage-ID: <1@tea.example>\n";

/// A topic of Discourse with a post of this HTML.
pub fn discourse(text: &str) {
    let post = serde_json::json!({
        "id": 1, "post_number": 1, "post_type": 1, "user_id": 1, "username": "ada",
        "created_at": "2020-01-01T10:00:00Z", "cooked": text,
    });
    discourse_json(&format!(r#"{{"id":1,"title":"Tea","slug":"tea","post_stream":{{"posts":[{post}]}}}}"#));
}

/// A topic of Discourse with a post of this source.
pub fn discourse_raw(text: &str) {
    let post = serde_json::json!({
        "id": 1, "post_number": 1, "post_type": 1, "user_id": 1, "username": "ada",
        "created_at": "2020-01-01T10:00:00Z", "raw": text,
    });
    discourse_json(&format!(r#"{{"id":1,"title":"Tea","slug":"tea","post_stream":{{"posts":[{post}]}}}}"#));
}

/// The JSON of a topic of Discourse.
pub fn discourse_json(text: &str) {
    imported("discourse", "1.json", text);
}

/// A topic of Zulip with a message of this HTML.
pub fn zulip(text: &str) {
    let message =
        serde_json::json!({ "content": text, "id": 1, "sender_full_name": "Ada", "timestamp": 1_595_780_709 });
    imported("zulip", "1-tea/Tea.json", &format!("[{message}]"));
}

/// Issues of GitHub, one with this text.
pub fn github(text: &str) {
    let issue = serde_json::json!({
        "number": 6, "title": "Tea", "url": "https://github.com/tea/pot/issues/6", "state": "OPEN", "author": "ada",
        "labels": [], "body": text, "createdAt": "2014-04-17T19:57:50Z", "comments": [],
    });
    imported("github", "archive.json", &format!(r#"{{"repo":"tea/pot","issues":[{issue}],"pulls":[]}}"#));
}

/// An export of WordPress.
pub fn wordpress(text: &str) {
    imported("wordpress", "site.xml", text);
}

/// Comments of Disqus.
pub fn disqus(text: &str) {
    imported("disqus", "export.xml", text);
}

/// Posts of Stack Exchange.
pub fn stackexchange(text: &str) {
    imported("stackexchange", "Posts.xml", text);
}

/// Imports a file, and writes nothing of it. That the export is broken is no fault here.
pub fn imported(format: &str, name: &str, text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export").join(name);
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
    fs::write(&path, text).expect("a file");
    let order = ImportOrder {
        repository: folder.path().join("forum"),
        content: String::from("content"),
        path: folder.path().join("export"),
        format: Some(format.to_owned()),
        board: None,
        origin: None,
        options: Options::default(),
        downloads: None,
        history: false,
        commit: false,
        dry: true,
        now: 0,
    };
    let _ = black_box(import(&order, &Quiet));
}
