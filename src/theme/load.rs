//! The name or folder of a theme → the theme with what its parents lend it, or everything that is wrong with it. It
//! reads files; what they hold is judged by `check`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use walkdir::WalkDir;

use super::check::{Template, check};
use super::{THEME_CONFIG, THEME_MISSING, Theme};
use crate::diagnostic::{Diagnostic, Spot};
use crate::error::{Error, Result};
use crate::git::{TooLarge, file_within};

/// The theme that is part of the program.
static PLAIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes/plain");

/// The highest format of `theme.yml` that this program reads.
const FORMAT: u32 = 1;

/// What `theme.yml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The format of the theme: its files and the variables of its templates.
    format: u32,
    /// The name of the theme, for people.
    #[serde(rename = "name")]
    _name: String,
    /// The theme that lends what this one lacks.
    parent: Option<String>,
}

/// The name of a theme, and who asks for it where.
type ThemeRequest = (String, Option<(String, Spot)>);

/// A theme as it lies in its folder.
struct ThemeFolder {
    /// Its name among themes.
    name: String,
    /// Its path, as shown to people.
    path: String,
    /// Whether it is part of the program.
    built_in: bool,
    /// Its files by their paths, `/` between their parts.
    files: BTreeMap<String, Vec<u8>>,
}

/// A theme that was found and isn't checked yet.
pub struct FoundTheme {
    /// Its folder and those of its parents, the nearest first.
    line: Vec<ThemeFolder>,
    key: blake3::Hash,
}

/// Loads a theme and checks it whole. There is a theme when nothing is wrong with it.
///
/// # Errors
/// As [`find`].
pub fn load(themes: &Path, theme: &str, asked_by: Option<(String, Spot)>) -> Result<(Option<Theme>, Vec<Diagnostic>)> {
    Ok(match find(themes, theme, asked_by)? {
        Ok(found) => found.check(),
        Err(faults) => (None, faults),
    })
}

/// Finds a theme and its parents, or what is wrong there.
///
/// `themes` is the folder that holds a forum's own themes, and may be missing. `theme` is the name of one of them or of
/// one that is part of the program (the forum's own comes first), or the path of a theme's folder, which has a `/`.
/// `asked_by` is the file that names the theme, and where it does; none where the command line does.
///
/// # Errors
/// When a folder or file can't be read.
pub fn find(
    themes: &Path,
    theme: &str,
    asked_by: Option<(String, Spot)>,
) -> Result<std::result::Result<FoundTheme, Vec<Diagnostic>>> {
    let mut found = Vec::new();
    let mut line: Vec<ThemeFolder> = Vec::new();
    let mut wanted = Some((theme.to_owned(), asked_by));
    while let Some((name, asked_by)) = wanted.take() {
        match folder(themes, &name)? {
            Some(folder) if line.iter().any(|known| known.path == folder.path) => {
                let names: Vec<_> = line.iter().map(|folder| folder.name.as_str()).chain([name.as_str()]).collect();
                let message = format!("the themes are each other's parents: {}", names.join(", "));
                let (path, at) = asked_by.unwrap_or((folder.path, Spot::START));
                found.push(THEME_CONFIG.at(path, at, message, "leave one `parent` out"));
            }
            Some(folder) => {
                wanted = settings(&folder).unwrap_or_else(|fault| {
                    found.push(fault);
                    None
                });
                line.push(folder);
            }
            None => {
                let (path, at) = asked_by.unwrap_or_else(|| (place(&name), Spot::START));
                let message = format!("there is no theme `{name}`");
                found.push(THEME_MISSING.at(path, at, message, known(themes, &name)));
            }
        }
    }
    if !found.is_empty() {
        return Ok(Err(found));
    }
    let mut hash = blake3::Hasher::new();
    for folder in &line {
        let shown = |(path, _): &(&String, _)| path.starts_with("templates/") || path.starts_with("assets/");
        let files = folder.files.iter().filter(shown).map(|(path, bytes)| (path, bytes.as_slice()));
        for (name, bytes) in [(&folder.name, &b"theme"[..])].into_iter().chain(files) {
            for part in [name.as_bytes(), bytes] {
                hash.update(&(part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
    }
    Ok(Ok(FoundTheme { line, key: hash.finalize() }))
}

impl FoundTheme {
    /// The key of the theme, which it has whether anything is wrong with it or not.
    #[must_use]
    pub fn key(&self) -> blake3::Hash {
        self.key
    }

    /// Checks the theme whole. There is one when nothing is wrong with it.
    #[must_use]
    pub fn check(self) -> (Option<Theme>, Vec<Diagnostic>) {
        assemble(self.line, self.key)
    }
}

/// The theme that a line of folders makes, the nearest first.
fn assemble(line: Vec<ThemeFolder>, key: blake3::Hash) -> (Option<Theme>, Vec<Diagnostic>) {
    let built_in = line.iter().all(|folder| folder.built_in);
    let own = line.first().map(|folder| folder.path.clone()).unwrap_or_default();
    let mut assets = BTreeMap::new();
    let mut templates = Vec::new();
    let mut prefixes = Vec::new();
    for (at, folder) in line.into_iter().enumerate() {
        let prefix = if at == 0 { String::new() } else { format!("{}:", folder.name) };
        for (path, bytes) in folder.files {
            if let Some(name) = path.strip_prefix("templates/") {
                let name = format!("{prefix}{name}");
                templates.push(Template { name, path: format!("{}/{path}", folder.path), bytes });
            } else if let Some(name) = path.strip_prefix("assets/") {
                assets.entry(name.to_owned()).or_insert(bytes);
            }
        }
        if at > 0 {
            prefixes.push(prefix);
        }
    }
    let names: Vec<&str> = assets.keys().map(String::as_str).collect();
    let (tera, found) = check(&own, templates, prefixes, &names, !built_in);
    (tera.map(|tera| Theme { tera, assets, key }), found)
}

/// What a folder's `theme.yml` asks for: its parent and the file that asks.
fn settings(folder: &ThemeFolder) -> Result<Option<ThemeRequest>, Diagnostic> {
    let path = format!("{}/theme.yml", folder.path);
    let Some(bytes) = folder.files.get("theme.yml") else {
        let hint = "write one that says `format: 1` and `name: …`";
        return Err(THEME_CONFIG.at(path, Spot::START, "the theme has no theme.yml", hint));
    };
    let fault = |at: Spot, message: String| THEME_CONFIG.at(path.clone(), at, message, "see docs/theme.md");
    let text = str::from_utf8(bytes).map_err(|_| fault(Spot::START, "the file is not UTF-8".to_owned()))?;
    let settings: Settings = serde_yaml::from_str(text).map_err(|error| {
        let place = |number: u64| u32::try_from(number).unwrap_or(1).max(1);
        let at = error.location().map_or(Spot::START, |at| Spot { line: place(at.line()), column: place(at.column()) });
        // The place is told apart from the message.
        let message = error.without_snippet().to_string();
        fault(at, message.split(" at line ").next().unwrap_or_default().to_owned())
    })?;
    if settings.format != FORMAT {
        let message = match settings.format {
            0 => "there is no format 0".to_owned(),
            newer => format!("the theme has format {newer}: it was made for a newer boards"),
        };
        return Err(fault(Spot::START, message));
    }
    let line = text.lines().zip(1..).find(|(line, _)| line.starts_with("parent:"));
    let at = line.map_or(Spot::START, |(_, line)| Spot { line, column: 1 });
    Ok(settings.parent.map(|parent| (parent, Some((path, at)))))
}

/// The path of a theme's folder as people see it, by name or path.
fn place(theme: &str) -> String {
    if theme.contains(['/', '\\']) { theme.trim_end_matches('/').to_owned() } else { format!("themes/{theme}") }
}

/// The folder of a theme, by name or path.
fn folder(themes: &Path, theme: &str) -> Result<Option<ThemeFolder>> {
    let by_path = theme.contains(['/', '\\']);
    let folder = if by_path { Path::new(theme).to_owned() } else { themes.join(theme) };
    let path = place(theme);
    let name =
        Path::new(theme).file_name().map_or_else(|| theme.to_owned(), |name| name.to_string_lossy().into_owned());
    // A name such as `..` would lead out of the folder of themes.
    if !by_path && (theme.is_empty() || theme.starts_with('.')) {
        return Ok(None);
    }
    if folder.is_dir() {
        return Ok(Some(ThemeFolder { name, path, built_in: false, files: read(&folder)? }));
    }
    if theme == "plain" {
        let mut files = BTreeMap::new();
        compiled(&PLAIN, &mut files);
        return Ok(Some(ThemeFolder { name, path, built_in: true, files }));
    }
    Ok(None)
}

/// Every file of a folder, hidden ones and editors' copies left out.
fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let shown = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().as_encoded_bytes();
        entry.depth() == 0 || !(name.starts_with(b".") || name.ends_with(b"~"))
    };
    for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(shown) {
        let entry = entry.map_err(|error| Error::io(folder)(io::Error::from(error)))?;
        if entry.file_type().is_file()
            && let Ok(path) = entry.path().strip_prefix(folder)
        {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let bytes = file_within(entry.path(), FILE_BYTES).map_err(Error::io(entry.path()))?;
            files.insert(parts.join("/"), fits(entry.path(), bytes)?);
        }
    }
    Ok(files)
}

/// The most bytes of a theme's file.
pub(super) const FILE_BYTES: u64 = 16 << 20;

/// What there is in a theme's file that isn't too large.
pub(super) fn fits<T>(path: &Path, read: Result<T, TooLarge>) -> crate::Result<T> {
    read.map_err(|TooLarge { bytes, most }| {
        let message = format!("{}: the file has {bytes} bytes, at most {most} are read of a theme", path.display());
        Error::other(message, "make it smaller, or have the pages take it from elsewhere")
    })
}

/// Every file of a folder that is part of the program.
fn compiled(folder: &Dir<'_>, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in folder.files() {
        files.insert(file.path().to_string_lossy().replace('\\', "/"), file.contents().to_vec());
    }
    for inner in folder.dirs() {
        compiled(inner, files);
    }
}

/// What to do about a theme that isn't there: the names of those that are.
fn known(themes: &Path, missing: &str) -> String {
    let folders = fs::read_dir(themes).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.push("plain".to_owned());
    names.sort();
    names.dedup();
    match super::check::nearest(missing, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of themes with these files.
    fn themes(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn faults(files: &[(&str, &str)], theme: &str) -> Vec<String> {
        let (theme, found) = load(themes(files).path(), theme, None).unwrap();
        assert_eq!(theme.is_none(), !found.is_empty());
        let line = |fault: Diagnostic| {
            format!(
                "{}:{}:{}: [{}] {}, {}",
                fault.path, fault.at.line, fault.at.column, fault.code, fault.message, fault.hint
            )
        };
        found.into_iter().map(line).collect()
    }

    const CHILD: &str = "format: 1\nname: Mine\nparent: plain\n";

    #[test]
    fn the_built_in_theme_is_whole() {
        let (theme, found) = load(Path::new("nowhere"), "plain", None).unwrap();
        assert_eq!(found, []);
        let names: Vec<_> = theme.unwrap().assets().keys().cloned().collect();
        assert_eq!(names, ["icon.svg", "moved.js", "script.js", "stats.css", "style.css", "write.js"]);
    }

    #[test]
    fn a_child_fills_its_gaps_from_its_parent() {
        let folder =
            themes(&[("mine/theme.yml", CHILD), ("mine/assets/style.css", "a{}"), ("mine/assets/logo.png", "")]);
        let theme = load(folder.path(), "mine", None).unwrap().0.unwrap();
        assert_eq!(theme.assets()["style.css"], b"a{}");
        assert!(theme.assets().contains_key("script.js") && theme.assets().contains_key("logo.png"));
    }

    #[test]
    fn a_folder_is_a_theme_too() {
        let folder = themes(&[("mine/theme.yml", CHILD)]);
        let path = folder.path().join("mine/");
        assert!(load(Path::new("nowhere"), path.to_str().unwrap(), None).unwrap().0.is_some());
    }

    #[test]
    fn the_key_covers_names_and_bytes() {
        let key = |files: &[(&str, &str)]| load(themes(files).path(), "mine", None).unwrap().0.unwrap().key();
        let bare = key(&[("mine/theme.yml", CHILD)]);
        let one = key(&[("mine/theme.yml", CHILD), ("mine/assets/a", "b")]);
        let other = key(&[("mine/theme.yml", CHILD), ("mine/assets/b", "b")]);
        let again = key(&[("mine/theme.yml", CHILD), ("mine/assets/a", "b")]);
        assert!(bare != one && one != other && one == again);
    }

    #[test]
    fn a_theme_or_parent_that_is_not_there_is_told_with_what_there_is() {
        assert_eq!(
            faults(&[], "plane"),
            ["themes/plane:1:1: [theme-missing] there is no theme `plane`, did you mean `plain`?"]
        );
        let files = [("mine/theme.yml", "format: 1\nname: Mine\nparent: gothic\n")];
        assert_eq!(
            faults(&files, "mine"),
            ["mine/theme.yml:3:1: [theme-missing] there is no theme `gothic`, there are: mine, plain"
                .replace("mine/", "themes/mine/")
                .as_str()]
        );
        assert_eq!(faults(&[], "/none/"), ["/none:1:1: [theme-missing] there is no theme `/none/`, there are: plain"]);
        assert_eq!(faults(&[], ".."), ["themes/..:1:1: [theme-missing] there is no theme `..`, there are: plain"]);
    }

    #[test]
    fn themes_that_are_each_others_parents_are_told() {
        let files =
            [("a/theme.yml", "format: 1\nname: A\nparent: b\n"), ("b/theme.yml", "format: 1\nname: B\nparent: a\n")];
        assert_eq!(
            faults(&files, "a"),
            [
                "themes/b/theme.yml:3:1: [theme-config] the themes are each other's parents: a, b, a, leave one `parent` out"
            ]
        );
    }

    #[test]
    fn settings_that_cannot_be_read_are_told_with_their_place() {
        let fault = |text| faults(&[("mine/theme.yml", text)], "mine").remove(0);
        assert!(fault("format: 1\nname: Mine\ncolour: red\n").starts_with("themes/mine/theme.yml:3:1: [theme-config]"));
        assert!(fault("format: 2\nname: Mine\n").contains("newer boards"));
        assert!(fault("name: Mine\n").contains("format"));
        assert!(faults(&[("mine/assets/a", "")], "mine")[0].contains("has no theme.yml"));
    }
}
