//! Every character → through the titles, names, boards, tags and texts of every format, the files that are written, and boards'
//! own reader: the same comes back, but for what `docs/cli.md` says of control characters.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::content::split;
use crate::markdown::{Filling, Limits, render, text as words_of};
use crate::yaml::{Fields, read};

/// How many characters a text has.
const BATCH: usize = 512;

/// A topic: its title, which is its board's as well, its author's name, its tags and its text have the same characters.
struct TestTopic {
    number: usize,
    characters: Vec<char>,
}

impl TestTopic {
    /// All characters of the blocks that hold signs, controls and letters of most scripts, and some of the large ones. Every
    /// single one goes through what quotes them, in `src/yaml/scalar.rs`.
    fn all() -> Vec<TestTopic> {
        let large = ('\u{3000}'..='\u{f8ff}').step_by(64).chain(('\u{10000}'..=char::MAX).step_by(1021));
        let ends = (1..=16).flat_map(|plane| (0xfffe..=0xffff).filter_map(move |at| char::from_u32(plane << 16 | at)));
        let small = ('\0'..='\u{2fff}').chain('\u{f900}'..='\u{ffff}');
        let characters: Vec<char> = small.chain(large).chain(ends).collect();
        let sample = |(number, part): (usize, &[char])| TestTopic { number: number + 1, characters: part.to_vec() };
        characters.chunks(BATCH).enumerate().map(sample).collect()
    }

    /// Each character between letters, so that none is at an end or has a meaning together with another.
    fn text(&self) -> String {
        let each: String = self.characters.iter().flat_map(|c| [*c, 'a']).collect();
        format!("n{}a{each}", self.number)
    }

    /// The text without the sign by which an address of e-mail is known, of which names keep nothing.
    fn name(&self) -> String {
        self.text().replace('@', "")
    }

    fn tags(&self) -> Vec<String> {
        self.characters
            .chunks(16)
            .map(|part| format!("a{}", part.iter().flat_map(|c| [*c, 'a']).collect::<String>()))
            .collect()
    }

    /// The text in which no character is markup of Markdown.
    fn markdown(&self) -> String {
        self.text().chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
    }
}

/// What is to be found of a text: no white space, which each format has its own ways with, and what the pages show in the
/// place of a noncharacter.
fn seen(text: &str, directs: bool) -> String {
    const MEANT: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let meant: Vec<char> = MEANT.chars().collect();
    let meant = |c: char| match u32::from(c) {
        code @ 0x80..=0x9f => meant[code as usize - 0x80],
        code if code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code) => '\u{fffd}',
        _ => c,
    };
    let marks = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{feff}'];
    let is_mark = |c: char| marks.contains(&c) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_kept = |c: &char| !c.is_control() && !c.is_whitespace() && (directs || !is_mark(*c));
    text.chars().map(meant).filter(is_kept).collect()
}

/// What a forum's files say, as it is seen.
#[derive(Default)]
struct ForumText {
    titles: BTreeSet<String>,
    boards: BTreeSet<String>,
    names: BTreeSet<String>,
    tags: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl ForumText {
    fn of(forum: &Path) -> ForumText {
        let mut found = ForumText::default();
        for entry in walkdir::WalkDir::new(forum) {
            let entry = entry.unwrap();
            let path = entry.path().to_string_lossy().into_owned();
            if !entry.file_type().is_file() || !path.ends_with(".md") && !path.ends_with(".yml") {
                continue;
            }
            let file = fs::read_to_string(entry.path()).unwrap();
            assert!(!file.contains('\0'), "{path}");
            let (head, body, _) = if path.ends_with(".md") { split(&file).unwrap() } else { (&*file, "", 0) };
            let mut faults = Vec::new();
            let map = read(&path, head, 0, &mut faults).unwrap_or_default();
            let mut fields = Fields::new(&path, map, &mut faults);
            let title = fields.text("title").map(|it| seen(&it.value, false));
            found.names.extend(fields.text("name").map(|it| seen(&it.value, false).replace('@', "")));
            found.tags.extend(fields.texts("tags").iter().map(|it| seen(&it.value, false).to_lowercase()));
            assert_eq!(faults, [], "{path}");
            if path.ends_with("board.yml") {
                found.boards.extend(title);
            } else {
                found.titles.extend(title);
            }
            let rendered = render(body, &Limits::default());
            let fillings: Vec<Filling<'_>> = rendered.links.iter().map(|_| Filling::Missing).collect();
            found.texts.insert(seen(&words_of(&rendered.body, &fillings), true));
        }
        found
    }
}

/// What a format has besides titles, names and texts.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Has {
    titles: bool,
    boards: bool,
    tags: bool,
}

const TITLES: Has = Has { titles: true, boards: false, tags: false };
const BOARDS: Has = Has { titles: true, boards: true, tags: false };
const ALL: Has = Has { titles: true, boards: true, tags: true };
const TEXTS: Has = Has { titles: false, boards: false, tags: false };

/// What of the samples isn't found when they are imported in a format.
fn lost(format: &str, has: Has, samples: &[TestTopic], files: &Files) -> Vec<String> {
    let place = TestFolders::new(files);
    let report = place.import(format);
    assert!(report.changed.contains_key(control_characters::LEFT_OUT), "{format}: {}", report.text());
    let found = ForumText::of(place.forum.path());
    let mut lost = Vec::new();
    for sample in samples {
        let mut look = |what: &str, there: &BTreeSet<String>, text: String| {
            if !there.contains(&text) {
                let like = there.iter().find(|it| it.chars().take(4).eq(text.chars().take(4)));
                let like = like.map_or("", String::as_str);
                let missing: String = text.chars().filter(|c| !like.contains(*c)).collect();
                let more: String = like.chars().filter(|c| !text.contains(*c)).collect();
                lost.push(format!("{format}: {what} {}: without {missing:?}, with {more:?}", sample.number));
            }
        };
        look("name", &found.names, seen(&sample.name(), false));
        look("text", &found.texts, seen(&sample.text(), true));
        if has.titles {
            look("title", &found.titles, seen(&sample.text(), false));
        }
        if has.boards {
            look("board", &found.boards, seen(&sample.text(), false));
        }
        for tag in has.tags.then(|| sample.tags()).into_iter().flatten() {
            look("tag", &found.tags, seen(&tag, false).to_lowercase());
        }
    }
    lost
}

/// That nothing is.
fn comes_back(format: &str, has: Has, samples: &[TestTopic], files: &Files) {
    let lost = lost(format, has, samples, files);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// A text of each sample, one after another.
fn each(samples: &[TestTopic], of: impl Fn(&TestTopic) -> String) -> String {
    samples.iter().map(of).collect()
}

#[test]
fn in_json() {
    let samples = TestTopic::all();
    let categories =
        samples.iter().map(|it| json!({ "id": it.number, "name": it.text(), "slug": format!("s{}", it.number) }));
    let categories = json!({ "category_list": { "categories": categories.collect::<Vec<_>>() } }).to_string();
    let discourse = |field: &str, text: &dyn Fn(&TestTopic) -> String| -> Files {
        let topic = |it: &TestTopic| {
            let post = json!({ "id": it.number, "post_number": 1, "user_id": it.number, "username": it.name(),
                "created_at": "2020-01-01T10:00:00Z", field: text(it) });
            json!({ "id": it.number, "title": it.text(), "slug": "s", "category_id": it.number, "tags": it.tags(),
                "post_stream": { "posts": [post] } })
        };
        let topics = samples.iter().map(|it| (format!("{}.json", it.number), topic(it).to_string()));
        topics.chain([(String::from("categories.json"), categories.clone())]).collect()
    };
    comes_back("discourse", ALL, &samples, &discourse("raw", &TestTopic::markdown));
    comes_back("discourse", ALL, &samples, &discourse("cooked", &|it| format!("<p>{}</p>", xml(&it.text()))));

    let issues = samples.iter().map(|it| {
        json!({ "number": it.number, "title": it.text(), "body": it.markdown(), "category": { "name": it.text() },
            "labels": it.tags(), "author": { "login": it.name() }, "createdAt": "2020-01-01T10:00:00Z" })
    });
    let issues = json!(issues.collect::<Vec<_>>()).to_string();
    comes_back("github", ALL, &samples, &vec![(String::from("issues.json"), issues)]);

    let streams = samples.iter().map(|it| json!({ "id": it.number, "name": it.text() }));
    let recipients = samples.iter().map(|it| json!({ "id": it.number, "type_id": it.number, "type": 2 }));
    let people = samples.iter().map(|it| json!({ "id": it.number, "full_name": it.name() }));
    let messages = samples.iter().map(|it| {
        json!({ "id": it.number, "sender": it.number, "recipient": it.number, "subject": it.text(), "content": it.markdown(),
            "date_sent": 1_577_872_800 })
    });
    let realm = json!({ "zerver_stream": streams.collect::<Vec<_>>(), "zerver_recipient": recipients.collect::<Vec<_>>(),
        "zerver_userprofile": people.collect::<Vec<_>>() });
    let messages = json!({ "zerver_message": messages.collect::<Vec<_>>() });
    let files =
        vec![(String::from("realm.json"), realm.to_string()), (String::from("messages-1.json"), messages.to_string())];
    comes_back("zulip", BOARDS, &samples, &files);
}

#[test]
fn in_xml() {
    let samples = TestTopic::all();
    let stack = each(&samples, |it| {
        let tags: String = it.tags().iter().map(|tag| format!("|{}", tag.replace(['<', '>', '|'], ""))).collect();
        format!(
            "<row Id=\"{0}\" PostTypeId=\"1\" OwnerUserId=\"{0}\" CreationDate=\"2020-01-01T10:00:00\" Title=\"{1}\" Body=\"{2}\" Tags=\"{3}|\"/>",
            it.number,
            xml(&it.text()),
            xml(&format!("<p>{}</p>", xml(&it.text()))),
            xml(&tags)
        )
    });
    let users = each(&samples, |it| format!("<row Id=\"{}\" DisplayName=\"{}\"/>", it.number, xml(&it.name())));
    let files = vec![
        (String::from("Posts.xml"), format!("<x>{stack}</x>")),
        (String::from("Users.xml"), format!("<x>{users}</x>")),
    ];
    comes_back("stackexchange", TITLES, &samples, &files);

    let disqus = each(&samples, |it| {
        format!(
            "<thread dsq:id='{0}'><link>https://tea.example/{0}</link><title>{1}</title></thread>
            <post dsq:id='{0}'><thread dsq:id='{0}'/><createdAt>2020-01-01T10:00:00Z</createdAt><author><name>{1}</name><username>u{0}</username></author><message>{2}</message></post>",
            it.number,
            xml(&it.text()),
            xml(&format!("<p>{}</p>", xml(&it.text())))
        )
    });
    comes_back("disqus", TITLES, &samples, &vec![(String::from("a.xml"), format!("<disqus >{disqus}</disqus>"))]);

    let wordpress = each(&samples, |it| {
        format!(
            "<wp:author><wp:author_login>a{0}</wp:author_login><wp:author_display_name>{1}</wp:author_display_name></wp:author>
            <item><title>{2}</title><dc:creator>a{0}</dc:creator><wp:post_id>{0}</wp:post_id><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>
            <wp:post_date_gmt>2020-01-01 10:00:00</wp:post_date_gmt><content:encoded>{2}</content:encoded></item>",
            it.number,
            xml(&it.text()),
            xml(&xml(&it.text()))
        )
    });
    let wordpress = format!(
        "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel><title>Tea</title>{wordpress}</channel></rss>"
    );
    comes_back("wordpress", TITLES, &samples, &vec![(String::from("a.xml"), wordpress)]);
}

/// The rows of a table, one of each sample.
fn table(name: &str, columns: &str, samples: &[TestTopic], row: impl Fn(&TestTopic) -> String) -> String {
    let typed: Vec<String> = columns.split(", ").map(|it| format!("{it} text")).collect();
    let rows = each(samples, |it| format!("INSERT INTO {name} VALUES ({});\n", row(it)));
    format!("CREATE TABLE {name} ({});\n{rows}", typed.join(", "))
}

#[test]
fn in_dumps() {
    let samples = TestTopic::all();
    let dump = |tables: &[String]| vec![(String::from("dump.sql"), format!("SET NAMES utf8;\n{}", tables.concat()))];
    // phpBB and SMF keep signs of HTML as entities.
    let kept = |it: &TestTopic| sql(&xml(&it.text()));
    let raw = |it: &TestTopic| sql(&it.text());
    let n = |it: &TestTopic| it.number;
    let phpbb = dump(&[
        table("p_forums", "forum_id, forum_name", &samples, |it| format!("{}, {}", n(it), kept(it))),
        table("p_topics", "topic_id, forum_id, topic_title, topic_first_post_id", &samples, |it| {
            format!("{0}, {0}, {1}, {0}", n(it), kept(it))
        }),
        table("p_users", "user_id, username", &samples, |it| format!("{}, {}", n(it) + 1, kept(it))),
        table("p_posts", "post_id, topic_id, poster_id, post_time, post_text, bbcode_uid", &samples, |it| {
            format!("{0}, {0}, {1}, 1577872800, {2}, ''", n(it), n(it) + 1, kept(it))
        }),
    ]);
    comes_back("phpbb", BOARDS, &samples, &phpbb);
    let mybb = dump(&[
        table("m_forums", "fid, name", &samples, |it| format!("{}, {}", n(it), kept(it))),
        table("m_threads", "tid, fid, subject, firstpost", &samples, |it| {
            format!("{0}, {0}, {1}, {0}", n(it), raw(it))
        }),
        table("m_users", "uid, username", &samples, |it| format!("{}, {}", n(it), raw(it))),
        table("m_posts", "pid, tid, replyto, uid, dateline, message", &samples, |it| {
            format!("{0}, {0}, 0, {0}, 1577872800, {1}", n(it), raw(it))
        }),
    ]);
    comes_back("mybb", BOARDS, &samples, &mybb);
    let smf = dump(&[
        table("s_boards", "id_board, name, member_groups", &samples, |it| format!("{}, {}, '-1,0'", n(it), kept(it))),
        table("s_topics", "id_topic, id_board, id_first_msg", &samples, |it| format!("{0}, {0}, {0}", n(it))),
        table("s_members", "id_member, member_name", &samples, |it| format!("{}, {}", n(it), kept(it))),
        table("s_messages", "id_msg, id_topic, id_member, poster_name, poster_time, subject, body", &samples, |it| {
            format!("{0}, {0}, {0}, '', 1577872800, {1}, {1}", n(it), kept(it))
        }),
    ]);
    comes_back("smf", BOARDS, &samples, &smf);
    let isso = dump(&[
        table("threads", "id, uri, title", &samples, |it| format!("{0}, '/{0}', {1}", n(it), raw(it))),
        table("comments", "id, tid, created, author, text", &samples, |it| {
            format!("{0}, {0}, 1577872800, {1}, {2}", n(it), raw(it), sql(&it.markdown()))
        }),
    ]);
    comes_back("isso", TITLES, &samples, &isso);
}

#[test]
fn in_mails_and_files() {
    use std::io::Write;
    let samples = TestTopic::all();
    let base64 = |text: &str| {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits = text.as_bytes().chunks(3).flat_map(|part| {
            let bits = part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
            let digit = move |at: usize| {
                if at > part.len() { '=' } else { char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]) }
            };
            (0..4).map(digit)
        });
        digits.collect::<String>()
    };
    let mails: Files = samples
        .iter()
        .map(|it| {
            let mut mail = Vec::new();
            let word = |text: &str| format!("=?utf-8?b?{}?=", base64(text));
            write!(
                mail,
                "Message-ID: <{0}@x>\nFrom: {2} <a{0}@tea.example>\nSubject: {3}\nDate: Wed, 1 Jan 2020 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{1}\n",
                it.number,
                base64(&it.text()),
                word(&it.name()),
                word(&it.text())
            )
            .unwrap();
            (format!("{}.eml", it.number), String::from_utf8(mail).unwrap())
        })
        .collect();
    comes_back("mail", TITLES, &samples, &mails);

    // A file of YAML has no NUL.
    let mut samples = samples;
    samples[0].characters.remove(0);
    let scalar = |text: &str| crate::yaml::scalar(text);
    let files: Files = samples
        .iter()
        .map(|it| {
            let (name, text) = (scalar(&it.text()), scalar(&it.markdown()));
            (
                format!("{0}/{0}.yml", it.number),
                format!("_id: c{}\nname: {name}\ndate: 1577872800\nmessage: {text}\n", it.number),
            )
        })
        .collect();
    comes_back("staticman", TEXTS, &samples, &files);
}

#[test]
fn bytes_of_windows_1252_that_say_they_are_iso_8859_1_are_read() {
    let mail = b"Message-ID: <a@x>\nFrom: =?iso-8859-1?q?O=92Ada?= <a@tea.example>\nSubject: =?iso-8859-1?q?It=92s?=\nDate: Wed, 1 Jan 2020 10:00:00 +0000\nContent-Type: text/plain; charset=iso-8859-1\n\nIt\x92s \x93tea\x94.\n";
    let place = TestFolders::new(&Vec::new());
    fs::write(place.export.path().join("a.eml"), mail).unwrap();
    place.import("mail");
    let found = ForumText::of(place.forum.path());
    assert!(found.titles.contains("It’s") && found.names.contains("O’Ada") && found.texts.contains("It’s“tea”."));
}
