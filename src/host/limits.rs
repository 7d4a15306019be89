//! A site and a host → what of the site the host won't take, and what to do about it. Only limits that a host's own pages
//! state are listed, each with where it was read and when.

use std::collections::BTreeMap;

use super::Site;
use crate::Result;
use crate::config::{Forge, Redirects, Settings};

/// A host of plain files.
#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it calls itself.
    pub title: &'static str,
    /// The domain below which its sites stand unless they have one of their own.
    pub domain: &'static str,
    /// What it takes.
    pub limits: &'static [Limit],
}

/// One thing of which a host takes only so much.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is measured.
    pub of: Measure,
    /// The most that it takes.
    pub most: u64,
    /// More is refused there; where false, the host asks for less without refusing more.
    pub strict: bool,
    /// Where the host says so.
    pub source: &'static str,
    /// The day on which it was read there, `YYYY-MM-DD`.
    pub read: &'static str,
}

/// What of a site a limit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How many files it has.
    Files,
    /// How many files and folders it has.
    Entries,
    /// How many files lie in one folder.
    FilesInFolder,
    /// The bytes of one file.
    FileBytes,
    /// The bytes of all files.
    SiteBytes,
    /// How many addresses lead to others.
    Redirects,
}

/// What of a site a host won't take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The host.
    pub host: &'static Host,
    /// Its limit.
    pub limit: &'static Limit,
    /// What was measured.
    pub found: u64,
    /// The file or folder at fault; empty for the site as a whole.
    pub path: String,
}

const MIB_BYTES: u64 = 1 << 20;
const READ: &str = "2026-11-22";

/// The hosts whose limits are known.
pub static HOSTS: [Host; 5] = [
    Host {
        name: "github",
        title: "GitHub Pages",
        domain: "github.io",
        limits: &[
            Limit {
                of: Measure::SiteBytes,
                most: 1_000_000_000,
                strict: true,
                source: "https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits",
                read: READ,
            },
            Limit {
                of: Measure::FileBytes,
                most: 100 * MIB_BYTES,
                strict: true,
                source: "https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits",
                read: READ,
            },
        ],
    },
    Host {
        name: "gitlab",
        title: "GitLab Pages",
        domain: "gitlab.io",
        limits: &[
            Limit {
                of: Measure::Entries,
                most: 200_000,
                strict: true,
                source: "https://gitlab.com/gitlab-org/gitlab/-/issues/405048",
                read: READ,
            },
            Limit {
                of: Measure::SiteBytes,
                most: 1_000_000_000,
                strict: true,
                source: "https://gitlab.com/gitlab-org/gitlab/-/issues/405048",
                read: READ,
            },
            Limit {
                of: Measure::Redirects,
                most: 1000,
                strict: true,
                source: "https://gitlab.com/gitlab-org/gitlab-pages/-/merge_requests/555",
                read: READ,
            },
        ],
    },
    Host {
        name: "cloudflare",
        title: "Cloudflare Pages",
        domain: "pages.dev",
        limits: &[
            Limit {
                of: Measure::Files,
                most: 20_000,
                strict: true,
                source: "https://developers.cloudflare.com/pages/platform/limits/#files",
                read: READ,
            },
            Limit {
                of: Measure::FileBytes,
                most: 25 * MIB_BYTES,
                strict: true,
                source: "https://developers.cloudflare.com/pages/platform/limits/#file-size",
                read: READ,
            },
            Limit {
                of: Measure::Redirects,
                most: 2000,
                strict: true,
                source: "https://developers.cloudflare.com/pages/platform/limits/#redirects",
                read: READ,
            },
        ],
    },
    Host {
        name: "netlify",
        title: "Netlify",
        domain: "netlify.app",
        limits: &[
            Limit {
                of: Measure::FilesInFolder,
                most: 54_000,
                strict: true,
                source: "https://docs.netlify.com/site-deploys/overview/",
                read: READ,
            },
            Limit {
                of: Measure::FileBytes,
                most: 10_000_000,
                strict: false,
                source: "https://www.netlify.com/docs/build-gotchas/",
                read: READ,
            },
            Limit {
                of: Measure::Redirects,
                most: 10_000,
                strict: false,
                source: "https://docs.netlify.com/routing/redirects/",
                read: READ,
            },
        ],
    },
    Host {
        name: "codeberg",
        title: "Codeberg Pages",
        domain: "codeberg.page",
        limits: &[Limit {
            of: Measure::SiteBytes,
            most: 750 * MIB_BYTES,
            strict: false,
            source: "https://blog.codeberg.org/new-storage-limits-on-codeberg-what-you-need-to-know.html",
            read: READ,
        }],
    },
];

/// The host that is called so on the command line.
#[must_use]
pub fn named(name: &str) -> Option<&'static Host> {
    HOSTS.iter().find(|host| host.name == name)
}

/// The host that a forum stands at: by the address of its site, else by whose rules it writes for old addresses, else by
/// the forge of its repository. `None` where none of them tells.
#[must_use]
pub fn guess(settings: &Settings) -> Option<&'static Host> {
    let host = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or_default().to_lowercase()
    };
    let own = settings.base.origin.as_deref().map(host).unwrap_or_default();
    let by_domain = HOSTS.iter().find(|it| own.strip_suffix(it.domain).is_some_and(|rest| rest.ends_with('.')));
    let by_rules = || match settings.redirects {
        Redirects::Netlify => named("netlify"),
        Redirects::Cloudflare => named("cloudflare"),
        Redirects::GitLab => named("gitlab"),
        Redirects::Pages | Redirects::Nginx | Redirects::Apache | Redirects::Caddy => None,
    };
    by_domain.or_else(by_rules).or_else(|| {
        let repository = settings.repository.as_ref()?;
        match (repository.forge, host(&repository.url).as_str()) {
            (Forge::GitHub, "github.com") => named("github"),
            (Forge::GitLab, "gitlab.com") => named("gitlab"),
            (Forge::Forgejo | Forge::Gitea, "codeberg.org") => named("codeberg"),
            _ => None,
        }
    })
}

impl Host {
    /// What of `site` this host won't take.
    ///
    /// # Errors
    /// The site's list of redirects can't be read.
    pub fn breaches(&'static self, site: &Site) -> Result<Vec<Breach>> {
        let mut breaches = Vec::new();
        for limit in self.limits {
            let found: Vec<(u64, String)> = match limit.of {
                Measure::Files => vec![(site.files.len() as u64, String::new())],
                Measure::Entries => vec![((site.files.len() + folders(site).len()) as u64, String::new())],
                Measure::SiteBytes => vec![(site.files.iter().map(|file| file.size).sum(), String::new())],
                Measure::Redirects => vec![(site.redirects()?, String::new())],
                Measure::FileBytes => site.files.iter().map(|file| (file.size, file.path.clone())).collect(),
                Measure::FilesInFolder => {
                    folders(site).into_iter().map(|(folder, files)| (files, folder.to_owned())).collect()
                }
            };
            let over = found.into_iter().filter(|(found, _)| *found > limit.most);
            breaches.extend(over.map(|(found, path)| Breach { host: self, limit, found, path }));
        }
        Ok(breaches)
    }
}

/// The folders of a site, with how many files lie in each.
fn folders(site: &Site) -> BTreeMap<&str, u64> {
    let mut folders = BTreeMap::new();
    for file in &site.files {
        let parent = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *folders.entry(parent).or_insert(0) += 1;
        for (at, _) in parent.match_indices('/') {
            folders.entry(&parent[..at]).or_insert(0);
        }
    }
    folders
}

impl Breach {
    /// What is wrong, as `GitHub Pages takes 1,000,000,000 bytes a site, and this one has 1,200,000,000`.
    #[must_use]
    pub fn message(&self) -> String {
        let (most, found) = (grouped(self.limit.most), grouped(self.found));
        let verb = if self.limit.strict { "takes" } else { "asks for at most" };
        let (what, which) = match self.limit.of {
            Measure::Files => ("files a site", String::from("this one has")),
            Measure::Entries => ("files and folders a site", String::from("this one has")),
            Measure::SiteBytes => ("bytes a site", String::from("this one has")),
            Measure::Redirects => ("redirects a site", String::from("this one has")),
            Measure::FilesInFolder => ("files a folder", format!("`{}` has", self.path)),
            Measure::FileBytes => ("bytes a file", format!("`{}` has", self.path)),
        };
        format!("{} {verb} {most} {what}, and {which} {found}", self.host.title)
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        let way = match self.limit.of {
            Measure::Files | Measure::Entries | Measure::FilesInFolder => {
                "show more on a page (`pages:` in forum.yml), or publish elsewhere"
            }
            Measure::SiteBytes => {
                "move large attachments elsewhere and lower `policy.attachment_bytes` in forum.yml, or publish elsewhere"
            }
            Measure::FileBytes => {
                "make the attachment smaller and lower `policy.attachment_bytes` in forum.yml; for a page, show fewer \
                 posts on it (`pages.posts`)"
            }
            Measure::Redirects => "keep fewer old addresses, or publish elsewhere",
        };
        format!("{way}; the limit is told at {}, read {}", self.limit.source, self.limit.read)
    }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_the_site_and_else_by_the_forge() {
        let name = |base: &str, repository: &str| {
            let text = format!("format: 1\ntitle: Tea\nbase_url: {base}\n{repository}\n");
            let (settings, faults) = Settings::read("forum.yml", &text);
            assert_eq!(faults, []);
            guess(&settings).map(|host| host.name)
        };
        assert_eq!(name("https://ada.github.io/tea/", ""), Some("github"));
        assert_eq!(name("https://github.io.example/", ""), None);
        assert_eq!(name("https://tea.pages.dev", ""), Some("cloudflare"));
        let gitlab = "repository: { forge: gitlab, url: https://gitlab.com/ada/tea }";
        assert_eq!(name("https://tea.example/", gitlab), Some("gitlab"));
        assert_eq!(name("https://tea.netlify.app/", gitlab), Some("netlify"));
        assert_eq!(name("https://tea.example/", "redirects: cloudflare"), Some("cloudflare"));
        let own = "repository: { forge: gitlab, url: https://lab.example/tea }";
        assert_eq!(name("https://tea.example/", own), None);
    }

    #[test]
    fn every_limit_says_where_it_was_read_and_when() {
        for limit in HOSTS.iter().flat_map(|host| host.limits) {
            assert!(limit.source.starts_with("https://") && limit.most > 0);
            assert!(limit.read.parse::<jiff::civil::Date>().is_ok());
        }
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
