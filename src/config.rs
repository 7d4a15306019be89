//! `forum.yml` in → the forum's settings out. What the pages look like is the theme's affair, not told here.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use crate::yaml::{At, Fields, Value};

/// The largest `policy.post_bytes` that can be set.
pub const LARGEST_POST_BYTES: u64 = 16 << 20;

/// `forum.yml` is missing.
pub static FORUM_MISSING: Rule = Rule { name: "forum-missing", severity: Severity::Error };
/// The forum says it was made for a newer boards.
pub static FORMAT_NEWER: Rule = Rule { name: "format-newer", severity: Severity::Error };
/// No `base_url`: feeds, sitemap and canonical links need one.
pub static BASE_URL_MISSING: Rule = Rule { name: "base-url-missing", severity: Severity::Hint };

/// The content format that this program reads.
pub const FORMAT: u64 = 1;
/// The name of the settings file, at the top of the content folder.
pub const FILE: &str = "forum.yml";

/// What `forum.yml` says, with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The forum's name.
    pub title: String,
    /// One sentence about it; may be empty.
    pub description: String,
    /// Where the site will stand.
    pub base: BaseUrl,
    /// The language of the forum as a BCP 47 tag, `en` when left out.
    pub language: String,
    /// The theme's name or folder.
    pub theme: String,
    /// Where `forum.yml` names the theme; part of no key, since no page shows it.
    #[serde(skip)]
    pub theme_at: Option<Spot>,
    /// Where contributors post.
    pub repository: Option<Repository>,
    /// Topics on a page of a board; at least 5.
    pub topics_per_page: u32,
    /// Posts on a page of a topic; at least 5.
    pub posts_per_page: u32,
    /// What becomes of pictures from elsewhere.
    pub images: Images,
    /// Whether names of files and folders may have letters of any script.
    pub letters_any: bool,
    /// How old addresses lead to where things stand now.
    pub redirects: Redirects,
    /// What the content may hold.
    pub policy: Policy,
}

/// The address that the site will stand at, in its two parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseUrl {
    /// Scheme and host without a slash at the end (`https://tea.example.org`); `None` when `base_url` is left out.
    pub origin: Option<String>,
    /// The path, with a slash at both ends (`/forum/`).
    pub path: String,
}

/// Where the forum's repository is, for readers who post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Which forge it stands on.
    pub forge: Forge,
    /// Its address without a slash at the end.
    pub url: String,
    /// The branch that the site is made from.
    pub branch: String,
}

/// The forges whose addresses boards knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Forge {
    /// github.com and GitHub Enterprise.
    GitHub,
    /// gitlab.com and other GitLabs.
    GitLab,
    /// Gitea.
    Gitea,
    /// Forgejo, as at codeberg.org.
    Forgejo,
}

/// What becomes of pictures from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Images {
    /// They are shown as links, so that reading a post tells nobody.
    Link,
    /// They are shown.
    Allow,
    /// They are shown through a proxy: this address before theirs.
    Proxy(String),
}

/// How old addresses lead to where things stand now, besides the script of the page for missing addresses, which serves
/// what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Redirects {
    /// By pages of their own, which any host serves.
    #[default]
    Pages,
    /// By rules that Netlify reads.
    Netlify,
    /// By pages, and rules that Cloudflare Pages reads.
    Cloudflare,
    /// By pages, and rules that GitLab Pages reads.
    GitLab,
    /// By a map for nginx.
    Nginx,
    /// By a map for Apache.
    Apache,
    /// By a map for Caddy.
    Caddy,
}

/// What the content may hold; the defaults are safe for a public forum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The largest post, in bytes.
    pub post_bytes: u64,
    /// The largest attachment, in bytes.
    pub attachment_bytes: u64,
    /// Attachments besides pictures: `txt`, `zip`, `pdf`.
    pub attachment_types: Vec<String>,
    /// What a proposal may do without a maintainer.
    pub proposals: Proposals,
}

/// What a proposal may do without a maintainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposals {
    /// The most files that it touches.
    pub files: u64,
    /// The most commits.
    pub commits: u64,
    /// The most bytes that it adds, all versions of all files together.
    pub bytes: u64,
    /// How many days before the merge a post may be dated.
    pub days_back: u64,
    /// How many minutes after the merge a post may be dated: clocks differ.
    pub minutes_ahead: u64,
    /// For how many hours after its date the text of a post may be changed.
    pub edit_hours: u64,
    /// The most topics that a member opens in 24 hours.
    pub topics_a_day: u64,
    /// The most posts of a member in 24 hours, opening posts included.
    pub posts_a_day: u64,
    /// Whether a member may post the same text twice in 24 hours.
    pub repeats: bool,
    /// The most links out of the forum in a newcomer's post.
    pub newcomer_links: u64,
    /// The most pictures in a newcomer's post.
    pub newcomer_images: u64,
    /// The most mentions in a newcomer's post.
    pub newcomer_mentions: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            post_bytes: 64 << 10,
            attachment_bytes: 4 << 20,
            attachment_types: Vec::new(),
            proposals: Proposals::default(),
        }
    }
}

impl Default for Proposals {
    fn default() -> Self {
        Proposals {
            files: 20,
            commits: 20,
            bytes: 8 << 20,
            days_back: 7,
            minutes_ahead: 10,
            edit_hours: 24,
            topics_a_day: 20,
            posts_a_day: 100,
            repeats: false,
            newcomer_links: 2,
            newcomer_images: 1,
            newcomer_mentions: 2,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            title: String::from("Forum"),
            description: String::new(),
            base: BaseUrl { origin: None, path: String::from("/") },
            language: String::from("en"),
            theme: String::from("plain"),
            theme_at: None,
            repository: None,
            topics_per_page: 30,
            posts_per_page: 50,
            images: Images::Link,
            letters_any: false,
            redirects: Redirects::Pages,
            policy: Policy::default(),
        }
    }
}

impl BaseUrl {
    /// Reads an `http` or `https` address, with or without a path. Query and fragment are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<BaseUrl> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/%[]".contains(c);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || !rest.chars().all(fits) || path.split('/').any(|part| part == "..") {
            return None;
        }
        let path = path.trim_matches('/');
        let path = if path.is_empty() { String::from("/") } else { format!("/{path}/") };
        Some(BaseUrl { origin: Some(text[..text.len() - rest.len() + host.len()].to_owned()), path })
    }
}

impl Settings {
    /// Reads the text of the `forum.yml` at `path`. Settings that are wrong keep their default, so that every fault is
    /// found in one go.
    #[must_use]
    pub fn read(path: &str, text: &str) -> (Settings, Vec<Diagnostic>) {
        let mut faults = Vec::new();
        let Some(map) = crate::yaml::read(path, text, 0, &mut faults) else { return (Settings::default(), faults) };
        if let Some((_, node)) = map.iter().find(|(key, _)| key.name == "format")
            && let Value::Scalar(number) = &node.value
            && number.parse::<u64>().is_ok_and(|n| n > FORMAT)
        {
            let message = format!("format {number} was made for a newer boards; this one reads format {FORMAT}");
            return (Settings::default(), vec![FORMAT_NEWER.at(path, node.at, message, "update boards")]);
        }
        let mut fields = Fields::new(path, map, &mut faults);
        let settings = Settings::take(&mut fields);
        fields.end();
        if settings.base.origin.is_none() {
            let hint = "add `base_url: https://…`; without it there are no feeds, sitemap or canonical links";
            faults.push(BASE_URL_MISSING.at(path, Spot::START, "the forum doesn't say where it will stand", hint));
        }
        (settings, faults)
    }

    fn take(fields: &mut Fields<'_>) -> Settings {
        let or = Settings::default();
        fields.number("format", 1..=FORMAT);
        fields.require("format", "format: 1");
        let title = fields.text("title").map(|it| it.value);
        fields.require("title", "title: Tea Lovers");
        let base = fields.parsed("base_url", "an address like https://tea.example.org/forum/", BaseUrl::parse);
        let language = fields.parsed("language", "a language tag like `en` or `pt-BR`", |text| {
            let fits = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            text.split('-').all(fits).then(|| text.to_owned())
        });
        let theme = fields.text("theme");
        let description = fields.text("description");
        let letters = fields.parsed("names", "`ascii` or `any`", |text| match text {
            "ascii" => Some(false),
            "any" => Some(true),
            _ => None,
        });
        let hosts = "pages, netlify, cloudflare, gitlab, nginx, apache or caddy";
        let redirects = fields.parsed("redirects", hosts, |text| match text {
            "pages" => Some(Redirects::Pages),
            "netlify" => Some(Redirects::Netlify),
            "cloudflare" => Some(Redirects::Cloudflare),
            "gitlab" => Some(Redirects::GitLab),
            "nginx" => Some(Redirects::Nginx),
            "apache" => Some(Redirects::Apache),
            "caddy" => Some(Redirects::Caddy),
            _ => None,
        });
        let (topics, posts) = fields
            .fields("pages", |pages| (pages.number("topics", 5..=1000), pages.number("posts", 5..=1000)))
            .unwrap_or_default();
        let count = |it: Option<At<u64>>, or: u32| it.and_then(|it| u32::try_from(it.value).ok()).unwrap_or(or);
        Settings {
            title: title.unwrap_or(or.title),
            description: description.map_or(or.description, |it| it.value),
            base: base.map_or(or.base, |it| it.value),
            language: language.map_or(or.language, |it| it.value),
            theme_at: theme.as_ref().map(|it| it.at),
            theme: theme.map_or(or.theme, |it| it.value),
            repository: fields.fields("repository", repository).flatten(),
            topics_per_page: count(topics, or.topics_per_page),
            posts_per_page: count(posts, or.posts_per_page),
            images: fields.fields("images", images).flatten().unwrap_or(or.images),
            letters_any: letters.is_some_and(|it| it.value),
            redirects: redirects.map(|it| it.value).unwrap_or_default(),
            policy: fields.fields("policy", policy).unwrap_or(or.policy),
        }
    }
}

fn address(text: &str) -> Option<String> {
    let address = text.trim_end_matches('/');
    BaseUrl::parse(address).map(|_| address.to_owned())
}

fn repository(fields: &mut Fields<'_>) -> Option<Repository> {
    let forge = fields.parsed("forge", "github, gitlab, gitea or forgejo", |text| match text {
        "github" => Some(Forge::GitHub),
        "gitlab" => Some(Forge::GitLab),
        "gitea" => Some(Forge::Gitea),
        "forgejo" => Some(Forge::Forgejo),
        _ => None,
    });
    let url = fields.parsed("url", "the repository's web address, https://…", address);
    let branch = fields.text("branch").map_or_else(|| String::from("main"), |it| it.value);
    fields.require("forge", "forge: github");
    fields.require("url", "url: https://github.com/tea/forum");
    Some(Repository { forge: forge?.value, url: url?.value, branch })
}

fn images(fields: &mut Fields<'_>) -> Option<Images> {
    let parse = |text: &str| match text {
        "link" => Some(Images::Link),
        "allow" => Some(Images::Allow),
        _ => BaseUrl::parse(text.split('?').next()?).map(|_| Images::Proxy(text.to_owned())),
    };
    fields.parsed("external", "`link`, `allow`, or the address of a proxy", parse).map(|it| it.value)
}

fn policy(fields: &mut Fields<'_>) -> Policy {
    let or = Policy::default();
    let bytes = |it: Option<At<u64>>, or: u64| it.map_or(or, |it| it.value);
    let mut attachment_types = Vec::new();
    for it in fields.texts("attachment_types") {
        if matches!(it.value.as_str(), "txt" | "zip" | "pdf") {
            attachment_types.push(it.value);
        } else {
            fields.refuse(it.at, "only txt, zip and pdf can be allowed besides pictures", "");
        }
    }
    Policy {
        post_bytes: bytes(fields.number("post_bytes", 1024..=LARGEST_POST_BYTES), or.post_bytes),
        attachment_bytes: bytes(fields.number("attachment_bytes", 1024..=256 << 20), or.attachment_bytes),
        attachment_types,
        proposals: fields.fields("proposals", proposals).unwrap_or(or.proposals),
    }
}

fn proposals(fields: &mut Fields<'_>) -> Proposals {
    let or = Proposals::default();
    let said = |it: Option<At<u64>>, or: u64| it.map_or(or, |it| it.value);
    Proposals {
        files: said(fields.number("files", 1..=10_000), or.files),
        commits: said(fields.number("commits", 1..=10_000), or.commits),
        bytes: said(fields.number("bytes", 1024..=1 << 30), or.bytes),
        days_back: said(fields.number("days_back", 0..=36_500), or.days_back),
        minutes_ahead: said(fields.number("minutes_ahead", 0..=1440), or.minutes_ahead),
        edit_hours: said(fields.number("edit_hours", 0..=876_000), or.edit_hours),
        topics_a_day: said(fields.number("topics_a_day", 0..=1_000_000), or.topics_a_day),
        posts_a_day: said(fields.number("posts_a_day", 0..=1_000_000), or.posts_a_day),
        repeats: fields.truth("repeats"),
        newcomer_links: said(fields.number("newcomer_links", 0..=1000), or.newcomer_links),
        newcomer_images: said(fields.number("newcomer_images", 0..=1000), or.newcomer_images),
        newcomer_mentions: said(fields.number("newcomer_mentions", 0..=1000), or.newcomer_mentions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        let (_, faults) = Settings::read("forum.yml", text);
        faults.iter().map(|f| format!("{}:{} {}", f.at.line, f.at.column, f.code)).collect()
    }

    #[test]
    fn a_small_forum_file_is_enough() {
        let (settings, faults) = Settings::read("f", "format: 1\ntitle: Tea\nbase_url: https://a.example/forum\n");
        assert_eq!(faults, []);
        assert_eq!(settings.base.origin.as_deref(), Some("https://a.example"));
        assert_eq!(settings.base.path, "/forum/");
        assert_eq!(settings.posts_per_page, 50);
    }

    #[test]
    fn a_newer_format_is_refused_before_anything_else() {
        assert_eq!(codes("format: 2\nwhatever: 1\n"), ["1:9 format-newer"]);
    }

    #[test]
    fn every_wrong_setting_is_named() {
        let text = "format: one\nlanguage: e n\npages: { topics: 1 }\nbase_url: ftp://x\npolicy: 3\n";
        let mut found = codes(text);
        found.sort();
        let expected = [
            "1:1 base-url-missing",
            "1:1 missing-field",
            "1:9 field-value",
            "2:11 field-value",
            "3:18 field-value",
            "4:11 field-value",
            "5:9 field-value",
        ];
        assert_eq!(found, expected);
    }
}
