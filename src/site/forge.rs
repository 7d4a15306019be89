//! A repository and a path in it → the addresses at its forge: where a file is written, edited and told of, and where a
//! branch is proposed. Nothing here asks a forge; what is made depends on the arguments alone.

use crate::config::{Forge, Repository};

/// The most bytes of an address. GitHub cuts at 8,192; what a browser or a sign-in page adds on the way has to fit too.
pub const LONGEST_ADDRESS_BYTES: usize = 6_000;

/// Where a new file is written in the forge's editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// The address of the editor, with the file's name and, where it can take it, the text.
    pub address: String,
    /// The text, where the address can't carry it and people have to copy it.
    pub text: Option<String>,
}

/// The file of a reply in the forge's editor: in the topic's folder, below the content folder `content`.
#[must_use]
pub fn reply(repository: &Repository, content: &str, topic: &str, answered: Option<&str>) -> NewFile {
    let name = answered.map_or_else(|| String::from("reply.md"), reply_name);
    let to = answered.map_or_else(String::new, |stem| format!("reply_to: {}\n", field(stem)));
    new_file(repository, &join(content, topic), &name, &format!("---\nauthor:\n{to}---\n"))
}

/// The file of a new topic in the forge's editor: in a folder that still has to be given its name, in the folder at
/// `folder` below the content folder `content`.
#[must_use]
pub fn topic(repository: &Repository, content: &str, folder: &str) -> NewFile {
    let text = "---\ntitle:\nauthor:\ntags: []\n---\n";
    new_file(repository, &join(content, folder), "new-topic/opening.md", text)
}

/// The name of a reply's file before it has one with a time: short, and no other than that of another reply to the
/// same post.
fn reply_name(stem: &str) -> String {
    let mut end = stem.len().min(80);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("re-{}.md", stem[..end].trim_end_matches(['.', '-', '_']))
}

/// A stem as the value of a field. Stems that YAML would read as something else stand in quotes.
fn field(stem: &str) -> String {
    let plain = stem != "null" && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if plain { stem.to_owned() } else { serde_json::Value::from(stem).to_string() }
}

fn new_file(repository: &Repository, folder: &str, name: &str, text: &str) -> NewFile {
    let (url, branch) = (&repository.url, encoded(&repository.branch));
    let (folder, name, value) = (encoded(folder), encoded(name), encoded(text));
    let (bare, full) = match repository.forge {
        Forge::GitHub => {
            let bare = format!("{url}/new/{branch}?filename={folder}/{name}");
            (bare.clone(), Some(format!("{bare}&value={value}")))
        }
        Forge::Gitea | Forge::Forgejo => {
            let bare = format!("{url}/_new/{branch}/{folder}?filename={name}");
            (bare.clone(), Some(format!("{bare}&value={value}")))
        }
        Forge::GitLab => (format!("{url}/-/new/{branch}?file_name={folder}/{name}"), None),
    };
    match full.filter(|full| full.len() <= LONGEST_ADDRESS_BYTES) {
        Some(address) => NewFile { address, text: None },
        None => NewFile { address: bare, text: Some(text.to_owned()) },
    }
}

/// Where the file at `path`, from the repository's top, is edited.
#[must_use]
pub fn edit(repository: &Repository, path: &str) -> String {
    let (url, branch, path) = (&repository.url, encoded(&repository.branch), encoded(path));
    match repository.forge {
        Forge::GitHub => format!("{url}/edit/{branch}/{path}"),
        Forge::GitLab => format!("{url}/-/edit/{branch}/{path}"),
        Forge::Gitea | Forge::Forgejo => format!("{url}/_edit/{branch}/{path}"),
    }
}

/// Where the forge tells how the file at `path`, from the repository's top, came to be.
#[must_use]
pub fn history(repository: &Repository, path: &str) -> String {
    let (url, branch, path) = (&repository.url, encoded(&repository.branch), encoded(path));
    match repository.forge {
        Forge::GitHub => format!("{url}/commits/{branch}/{path}"),
        Forge::GitLab => format!("{url}/-/commits/{branch}/{path}"),
        Forge::Gitea | Forge::Forgejo => format!("{url}/commits/branch/{branch}/{path}"),
    }
}

/// Where the branch `head` is proposed. `origin` is the address that it is pushed to: when that is somebody's own copy of
/// the repository, the proposal comes from there.
#[must_use]
pub fn proposal(repository: &Repository, origin: Option<&str>, head: &str) -> String {
    let (url, base, head) = (&repository.url, encoded(&repository.branch), encoded(head));
    let copy = origin.and_then(owned).filter(|copy| Some(copy) != owned(url).as_ref());
    let from = copy.as_ref().map_or_else(String::new, |(owner, _)| format!("{}:", encoded(owner)));
    match repository.forge {
        Forge::GitHub => format!("{url}/compare/{base}...{from}{head}?expand=1"),
        Forge::Gitea | Forge::Forgejo => format!("{url}/compare/{base}...{from}{head}"),
        Forge::GitLab => {
            // GitLab proposes from the copy, whose address has the copy's owner where this one has its own.
            let place = match (&copy, owned(url)) {
                (Some((owner, name)), Some((own, called))) => {
                    let host = url.strip_suffix(&format!("{own}/{called}")).unwrap_or(url);
                    format!("{host}{}/{}", encoded(owner), encoded(name))
                }
                _ => url.clone(),
            };
            format!(
                "{place}/-/merge_requests/new?merge_request%5Bsource_branch%5D={head}&merge_request%5Btarget_branch%5D={base}"
            )
        }
    }
}

/// The owner and the name of the repository that an address of git's leads to: `https://host/owner/name.git`,
/// `git@host:owner/name`. GitLab's owners may have several parts.
fn owned(address: &str) -> Option<(String, String)> {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => address.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).rsplit_once('/')?;
    Some((owner.to_owned(), name.to_owned()))
}

fn join(content: &str, below: &str) -> String {
    [content, below].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// A text with everything percent-encoded that has a meaning in an address, `/` and `:` kept, which have none in a
/// query and are as they should be in a path (RFC 3986, section 3.4).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(forge: Forge, url: &str) -> Repository {
        Repository { forge, url: url.into(), branch: "main".into() }
    }

    fn github() -> Repository {
        at(Forge::GitHub, "https://github.com/tea/forum")
    }

    /// What a forge reads out of an address: its path and the values of its query.
    fn read(address: &str) -> (String, Vec<(String, String)>) {
        let decoded = |text: &str| {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(byte) = rest.next() {
                match byte {
                    b'%' => {
                        let digits = [rest.next().unwrap(), rest.next().unwrap()];
                        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                    }
                    b'+' => bytes.push(b' '),
                    byte => bytes.push(byte),
                }
            }
            String::from_utf8(bytes).unwrap()
        };
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        (decoded(path), pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    #[test]
    fn a_reply_is_written_in_the_topics_folder() {
        let new = reply(&github(), "content", "general/tea", Some("1"));
        assert_eq!(
            new.address,
            "https://github.com/tea/forum/new/main?filename=content/general/tea/re-1.md\
             &value=---%0Aauthor:%0Areply_to:%201%0A---%0A"
        );
        let new = reply(&at(Forge::Forgejo, "https://codeberg.org/tea/forum"), "content", "general/tea", None);
        assert_eq!(
            new.address,
            "https://codeberg.org/tea/forum/_new/main/content/general/tea?filename=reply.md&value=---%0Aauthor:%0A---%0A"
        );
        let new = reply(&at(Forge::GitLab, "https://gitlab.com/tea/forum"), "content", "general/tea", Some("1"));
        assert_eq!(new.address, "https://gitlab.com/tea/forum/-/new/main?file_name=content/general/tea/re-1.md");
        assert_eq!(new.text.as_deref(), Some("---\nauthor:\nreply_to: 1\n---\n"));
    }

    #[test]
    fn a_topic_is_written_in_a_folder_to_be_named() {
        let new = topic(&github(), "", "general/2026");
        assert!(new.address.contains("?filename=general/2026/new-topic/opening.md&value="), "{}", new.address);
        assert!(read(&new.address).1[1].1.starts_with("---\ntitle:\n"));
    }

    #[test]
    fn a_file_is_edited_and_told_of_where_each_forge_does_so() {
        let odd = Repository { branch: "a#b/c".into(), ..github() };
        assert_eq!(edit(&odd, "c/чай.md"), "https://github.com/tea/forum/edit/a%23b/c/c/%D1%87%D0%B0%D0%B9.md");
        let lab = at(Forge::GitLab, "https://gitlab.com/tea/forum");
        assert_eq!(history(&lab, "c/1.md"), "https://gitlab.com/tea/forum/-/commits/main/c/1.md");
        let tea = at(Forge::Gitea, "https://gitea.com/tea/forum");
        assert_eq!(history(&tea, "c/1.md"), "https://gitea.com/tea/forum/commits/branch/main/c/1.md");
        assert_eq!(edit(&tea, "c/1.md"), "https://gitea.com/tea/forum/_edit/main/c/1.md");
    }

    #[test]
    fn a_proposal_comes_from_the_copy_that_was_pushed_to() {
        let own = proposal(&github(), Some("git@github.com:tea/forum.git"), "post/x");
        assert_eq!(own, "https://github.com/tea/forum/compare/main...post/x?expand=1");
        let copy = proposal(&github(), Some("https://github.com/bob/forum"), "post/x");
        assert_eq!(copy, "https://github.com/tea/forum/compare/main...bob:post/x?expand=1");
        assert_eq!(proposal(&github(), Some("../forum"), "x"), proposal(&github(), None, "x"));
        let lab = at(Forge::GitLab, "https://gitlab.com/tea/forum");
        assert_eq!(
            proposal(&lab, Some("git@gitlab.com:bob/t/forum.git"), "x"),
            "https://gitlab.com/bob/t/forum/-/merge_requests/new?merge_request%5Bsource_branch%5D=x&merge_request%5Btarget_branch%5D=main"
        );
    }

    #[test]
    fn a_text_that_makes_an_address_too_long_is_left_to_be_copied() {
        let fits = |length: usize| {
            let new = new_file(&github(), "content/general", "1.md", &"é".repeat(length));
            assert!(new.address.len() <= LONGEST_ADDRESS_BYTES);
            new.text.is_none()
        };
        assert!(fits(900));
        assert!(!fits(1_000));
    }

    #[test]
    fn the_longest_names_make_short_addresses() {
        let topic = format!("general/{}", "й".repeat(95));
        let new = reply(&github(), "content", &topic, Some(&"й".repeat(48)));
        assert!(new.address.len() < 1_500 && new.text.is_none(), "{}", new.address.len());
        let name = reply_name(&"a".repeat(97));
        assert!(name.len() < 90 && crate::content::name_fault(&name, false).is_none());
    }

    proptest! {
        #[test]
        fn what_is_put_into_an_address_comes_out_of_it(
            folder in "[a-zй0-9._&=+#%?-]{1,30}/[^/]{1,20}", name in "[^/]{1,30}", text in ".{0,200}"
        ) {
            for forge in [Forge::GitHub, Forge::Gitea, Forge::Forgejo, Forge::GitLab] {
                let new = new_file(&at(forge, "https://forge.example/tea/forum"), &folder, &name, &text);
                let (path, query) = read(&new.address);
                prop_assert!(new.address.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"'".contains(&b)));
                match forge {
                    Forge::Gitea | Forge::Forgejo => {
                        prop_assert_eq!(path, format!("https://forge.example/tea/forum/_new/main/{folder}"));
                        prop_assert_eq!(&query[0].1, &name);
                    }
                    _ => prop_assert_eq!(&query[0].1, &format!("{folder}/{name}")),
                }
                match new.text {
                    None => prop_assert_eq!(&query[1].1, &text),
                    Some(copied) => prop_assert_eq!(copied, text.clone()),
                }
            }
        }
    }
}
