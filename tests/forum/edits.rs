//! A forum that people change at random, as its files and commits show it: what the laws of incremental building are held
//! to.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Forum;

/// Something that somebody does to a forum. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub enum Edit {
    Reply {
        topic: usize,
        author: usize,
        linking: bool,
    },
    Open {
        board: usize,
        author: usize,
        tag: usize,
    },
    Change {
        post: usize,
    },
    ChangeFront {
        post: usize,
    },
    RemovePost {
        post: usize,
    },
    RemoveTopic {
        topic: usize,
    },
    MoveTopic {
        topic: usize,
        board: usize,
    },
    CopyTopic {
        topic: usize,
        board: usize,
    },
    RenameBoard {
        board: usize,
    },
    Retitle {
        board: usize,
    },
    Moderate {
        topic: usize,
        how: usize,
    },
    Hide {
        post: usize,
    },
    Member {
        author: usize,
        name: usize,
    },
    Settings {
        which: usize,
    },
    Theme {
        which: usize,
    },
    Attach {
        post: usize,
    },
    Commit,
    /// A commit that `author` signs.
    Sign {
        author: usize,
    },
}

pub fn edit() -> impl Strategy<Value = Edit> {
    let n = 0usize..1000;
    prop_oneof![
        4 => (n.clone(), 0usize..4, any::<bool>()).prop_map(|(topic, author, linking)| Edit::Reply { topic, author, linking }),
        2 => (n.clone(), 0usize..4, 0usize..7).prop_map(|(board, author, tag)| Edit::Open { board, author, tag }),
        2 => n.clone().prop_map(|post| Edit::Change { post }),
        1 => n.clone().prop_map(|post| Edit::ChangeFront { post }),
        1 => n.clone().prop_map(|post| Edit::RemovePost { post }),
        1 => n.clone().prop_map(|topic| Edit::RemoveTopic { topic }),
        1 => (n.clone(), n.clone()).prop_map(|(topic, board)| Edit::MoveTopic { topic, board }),
        1 => (n.clone(), n.clone()).prop_map(|(topic, board)| Edit::CopyTopic { topic, board }),
        1 => n.clone().prop_map(|board| Edit::RenameBoard { board }),
        1 => n.clone().prop_map(|board| Edit::Retitle { board }),
        1 => (n.clone(), 0usize..5).prop_map(|(topic, how)| Edit::Moderate { topic, how }),
        1 => n.clone().prop_map(|post| Edit::Hide { post }),
        1 => (0usize..4, 0usize..9).prop_map(|(author, name)| Edit::Member { author, name }),
        1 => (0usize..5).prop_map(|which| Edit::Settings { which }),
        1 => (0usize..2).prop_map(|which| Edit::Theme { which }),
        1 => n.clone().prop_map(|post| Edit::Attach { post }),
        3 => Just(Edit::Commit),
        2 => (0usize..4).prop_map(|author| Edit::Sign { author }),
    ]
}

pub const AUTHORS: [&str; 4] = ["ada", "bob", "cleo", "dan"];

/// A forum with its files as the edits see them.
pub struct Model {
    pub forum: Forum,
    pub clock: i64,
}

/// Where people post: so that every page with a link to the forge is held to the laws as well.
const REPOSITORY: &str = "repository: { forge: github, url: https://github.com/tea/forum }\n";

impl Model {
    pub fn new() -> Model {
        let forum = Forum::new();
        let model = Model { forum, clock: 1_700_000_000 };
        model.settings("pages: { topics: 5, posts: 5 }");
        model.forum.write("content/general/board.yml", "title: General\n");
        model.forum.write("content/general/green/board.yml", "title: Green\ndescription: \"*Leaves*\"\n");
        let ada = format!("name: Ada\nemails: [ada@tea.example]\nkeys: [{}]\n", super::public_key("ada"));
        model.forum.write("content/members/ada.yml", ada);
        let mut model = model;
        for board in 0..2 {
            for topic in 0..3 {
                model.apply(&Edit::Open { board, author: topic, tag: topic });
                model.apply(&Edit::Reply { topic: topic + board * 3, author: 1, linking: true });
            }
        }
        model.apply(&Edit::Commit);
        model
    }

    pub fn settings(&self, more: &str) {
        let repository = if more.starts_with("repository:") { "" } else { REPOSITORY };
        let text = format!("format: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n{repository}{more}\n");
        self.forum.write("content/forum.yml", text);
    }

    pub fn under(&self, suffix: &str) -> Vec<String> {
        let all = super::files(&self.forum.path("content"));
        all.into_keys().filter(|path| path.ends_with(suffix)).map(|path| format!("content/{path}")).collect()
    }

    pub fn posts(&self) -> Vec<String> {
        self.under(".md")
    }

    pub fn topics(&self) -> Vec<String> {
        let folders = self.posts().into_iter().map(|path| path.rsplit_once('/').unwrap().0.to_owned());
        folders.collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub fn boards(&self) -> Vec<String> {
        self.under("board.yml").into_iter().map(|path| path.trim_end_matches("/board.yml").to_owned()).collect()
    }

    /// Where topics may lie: in boards, and on shelves of theirs.
    pub fn places(&self) -> Vec<String> {
        let each = |board: String| [format!("{board}/2023"), board.clone(), format!("{board}/2024")];
        self.boards().into_iter().flat_map(each).collect()
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.forum.path(path)).unwrap()
    }

    pub fn stamp(&mut self, author: usize) -> (String, String) {
        self.clock += 61;
        let at = jiff::Timestamp::from_second(self.clock).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let stem = format!("{}-{}", at.strftime("%Y%m%d-%H%M%S"), AUTHORS[author]);
        (stem, at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    pub fn apply(&mut self, edit: &Edit) {
        let pick = |list: &[String], n: usize| list.get(n % list.len().max(1)).cloned();
        match *edit {
            Edit::Reply { topic, author, linking } => {
                let Some(topic) = pick(&self.topics(), topic) else { return };
                let other = pick(&self.posts(), self.clock as usize).unwrap();
                let (stem, date) = self.stamp(author);
                // Some say who and when themselves, for the others the commit does.
                let front = if author == 0 {
                    String::new()
                } else {
                    format!("---\nauthor: {}\ndate: {date}\n---\n", AUTHORS[author])
                };
                let link = if linking {
                    format!("See [that](/{other}) and @{}.", AUTHORS[(author + 1) % 4])
                } else {
                    String::new()
                };
                self.forum
                    .write(&format!("{topic}/{stem}.md"), format!("{front}A *reply* at {date}. {link}\n\n# Head\n"));
            }
            Edit::Open { board, author, tag } => {
                let Some(place) = pick(&self.places(), board) else { return };
                let (stem, date) = self.stamp(author);
                // One tag may be spelled in many ways, and more than once.
                let tags = [
                    "",
                    "tags: [oolong]\n",
                    "tags: [oolong, \"first flush\"]\n",
                    "tags: [C++]\n",
                    "tags: [Oolong]\n",
                    "tags: [\" \", \"First Flush\"]\n",
                    "tags: [OOLONG, oolong, c++]\n",
                ][tag];
                let text = format!(
                    "---\ntitle: Topic of {date}\nauthor: {}\ndate: {date}\n{tags}---\nOpening.\n",
                    AUTHORS[author]
                );
                self.forum.write(&format!("{place}/topic-{}/{stem}.md", self.clock), text);
            }
            Edit::Change { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                let text = self.read(&path) + &format!("\nChanged at {}.\n", self.clock);
                self.forum.write(&path, text);
            }
            Edit::ChangeFront { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                self.forum.write(&path, self.read(&path).replacen("author: bob", "author: cleo", 1));
            }
            Edit::RemovePost { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                if !self.read(&path).contains("title:") {
                    self.forum.remove(&path);
                }
            }
            Edit::RemoveTopic { topic } => {
                if let Some(topic) = pick(&self.topics(), topic).filter(|_| self.topics().len() > 2) {
                    self.forum.remove(&topic);
                }
            }
            Edit::MoveTopic { topic, board } => {
                let (Some(topic), Some(place)) = (pick(&self.topics(), topic), pick(&self.places(), board)) else {
                    return;
                };
                let name = topic.rsplit('/').next().unwrap().to_owned();
                if topic != format!("{place}/{name}") {
                    std::fs::create_dir_all(self.forum.path(&place)).unwrap();
                    self.forum.rename(&topic, &format!("{place}/{name}"));
                }
            }
            Edit::CopyTopic { topic, board } => {
                let (Some(topic), Some(place)) = (pick(&self.topics(), topic), pick(&self.places(), board)) else {
                    return;
                };
                self.clock += 1;
                for (name, bytes) in super::files(&self.forum.path(&topic)) {
                    self.forum.write(&format!("{place}/copy-{}/{name}", self.clock), bytes);
                }
            }
            Edit::RenameBoard { board } => {
                if let Some(board) = pick(&self.boards(), board) {
                    self.clock += 1;
                    let above = board.rsplit_once('/').unwrap().0.to_owned();
                    self.forum.rename(&board, &format!("{above}/board-{}", self.clock));
                }
            }
            Edit::Retitle { board } => {
                if let Some(board) = pick(&self.boards(), board) {
                    self.forum.write(
                        &format!("{board}/board.yml"),
                        format!("title: Board {}\norder: {}\n", self.clock, board.len()),
                    );
                }
            }
            Edit::Moderate { topic, how } => {
                let Some(topic) = pick(&self.topics(), topic) else { return };
                let last = self.posts().into_iter().rfind(|post| post.starts_with(&topic)).unwrap();
                let stem = last.rsplit('/').next().unwrap().trim_end_matches(".md").to_owned();
                let text = match how {
                    0 => String::from("pinned: true\n"),
                    1 => String::from("locked: enough\n"),
                    2 => String::from("pinned: false\n"),
                    3 => format!("aliases: [t/1, 't.php?id={stem}', /forum/t/{stem}]\n"),
                    _ => format!("answer: {stem}\n"),
                };
                self.forum.write(&format!("{topic}/topic.yml"), text);
            }
            Edit::Hide { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                self.forum.write(
                    &path,
                    self.read(&path).replacen("author:", "hidden: spam\nauthor:", 1).replacen(
                        "hidden: spam\nhidden: spam\n",
                        "",
                        1,
                    ),
                );
            }
            Edit::Member { author, name: 8 } => {
                let path = format!("content/members/{}.yml", AUTHORS[author]);
                if self.forum.path(&path).exists() {
                    self.forum.remove(&path);
                }
            }
            Edit::Member { author, name } => {
                let [own, other] = [author, (author + 1) % 4].map(|who| super::public_key(AUTHORS[who]));
                let keys =
                    [format!("keys: [{own}]\n"), format!("revoked_keys: [{own}]\n"), format!("keys: [{other}]\n")];
                let text = [
                    "name: A\n",
                    // Looks like the name above.
                    "name: \u{410}\nrole: moderator\n",
                    "about: \"**x**\"\n",
                    "anonymous: true\n",
                    "name: Bob\nemails: [dan@tea.example]\n",
                    &keys[0],
                    &keys[1],
                    &keys[2],
                ][name];
                self.forum.write(&format!("content/members/{}.yml", AUTHORS[author]), text);
            }
            Edit::Settings { which } => self.settings(
                [
                    "pages: { topics: 5, posts: 5 }",
                    "pages: { topics: 5, posts: 6 }\nlanguage: ar",
                    "images: { external: allow }",
                    "repository: { forge: gitlab, url: https://forge.example/tea, branch: main }",
                    "policy: { post_bytes: 1024 }",
                ][which],
            ),
            Edit::Theme { which } => {
                let theme = "format: 1\nname: own\nparent: plain\n";
                self.forum.write("themes/own/theme.yml", theme);
                self.forum.write("themes/own/assets/style.css", ["body { color: red }", "body { color: blue }"][which]);
                self.settings("theme: own");
            }
            Edit::Attach { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                let folder = path.rsplit_once('/').unwrap().0.to_owned();
                self.clock += 1;
                self.forum.write(
                    &format!("{folder}/dot.gif"),
                    [b"GIF89a\x01\x00\x01\x00\x00\x00\x00", self.clock.to_string().as_bytes()].concat(),
                );
                self.forum.write(&path, self.read(&path) + "\n![a dot](dot.gif)\n");
            }
            Edit::Commit => {
                self.clock += 10;
                self.forum.commit(AUTHORS[(self.clock % 4) as usize], self.clock);
            }
            Edit::Sign { author } => {
                self.clock += 10;
                self.forum.commit_signed(AUTHORS[author], self.clock, AUTHORS[author]);
            }
        }
    }
}
