//! Two values of one page → what of them differs, in words. Values are compared as they are hashed for the page's key,
//! so no difference can be missed.

use serde_json::{Map, Value};

use crate::config::Settings;
use crate::key::Key;
use crate::trace::Trace;

/// How long a value may be to be shown.
const MOST_CHARACTERS: usize = 60;

/// What differs around all pages: program, theme and settings.
pub(super) fn around(before: &Trace, program: &str, theme: Key, settings: &Settings) -> Vec<String> {
    let mut causes = Vec::new();
    if before.program != program {
        causes.push(String::from("another build of the program"));
    }
    if before.theme != theme {
        causes.push(String::from("the theme was changed"));
    }
    let value = |settings: &Settings| serde_json::to_value(settings).unwrap_or_default();
    let (old, new) = (value(&before.settings), value(settings));
    let each = differing("", &old, &new);
    causes.extend(each.into_iter().map(|difference| format!("settings: {difference}")));
    causes
}

/// What differs between two values of a page.
pub(super) fn between(old: &Value, new: &Value) -> Vec<String> {
    // Below the name of the page's kind.
    let inner = |value: &Value| match value {
        Value::Object(map) if map.len() == 1 => map.values().next().cloned().unwrap_or_default(),
        value => value.clone(),
    };
    differing("", &inner(old), &inner(new))
}

fn differing(at: &str, old: &Value, new: &Value) -> Vec<String> {
    match (old, new) {
        _ if old == new => Vec::new(),
        // Somebody else is said in a word, not in all that is shown of them.
        _ if person(old).zip(person(new)).is_some_and(|(old, new)| old != new) => {
            let (old, new) = (person(old).unwrap_or_default(), person(new).unwrap_or_default());
            vec![format!("{at}: `{old}` → `{new}`")]
        }
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => fields(at, old, new),
        (Value::Array(old), Value::Array(new)) if old.iter().chain(new).all(|it| !it.is_number()) => {
            entries(at, old, new)
        }
        _ => match (text(old), text(new)) {
            (Some(old), Some(new)) => vec![format!("{at}: {old} → {new}")],
            _ => vec![format!("{at} was changed")],
        },
    }
}

/// The handle of the person whose card a value is.
fn person(value: &Value) -> Option<&str> {
    value.get("handle")?.as_str()
}

fn fields(at: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let each = old.iter().zip(new.values());
    each.flat_map(|((name, old), new)| differing(&below(name), old, new)).collect()
}

/// Lists are compared by what their entries are called, so that one that comes first doesn't change all others.
fn entries(at: &str, old: &[Value], new: &[Value]) -> Vec<String> {
    let mut differences = Vec::new();
    for (place, entry) in new.iter().enumerate() {
        let name = name(entry, place);
        match old.iter().enumerate().find(|(place, old)| self::name(old, *place) == name) {
            None => differences.push(format!("{at}: {name} came")),
            Some((_, old)) if old != entry => {
                differences.extend(differing(&format!("{at}, {name}"), old, entry));
            }
            Some(_) => {}
        }
    }
    for (place, entry) in old.iter().enumerate() {
        let name = name(entry, place);
        if !new.iter().enumerate().any(|(place, new)| self::name(new, place) == name) {
            differences.push(format!("{at}: {name} went"));
        }
    }
    if differences.is_empty() {
        differences.push(format!("{at}: their order"));
    }
    differences
}

/// What an entry of a list is called: by its name, title or address, or else by its place.
fn name(entry: &Value, place: usize) -> String {
    let named = ["stem", "title", "handle", "name", "Address"].iter().find_map(|field| entry.get(field)?.as_str());
    let paired = || match entry {
        Value::Array(parts) => parts.first().and_then(|first| Some(serde_json::to_string(first).ok()?.to_string())),
        _ => None,
    };
    named.map(|name| format!("`{name}`")).or_else(paired).unwrap_or_else(|| format!("number {}", place + 1))
}

/// A value that is short enough to be shown.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => String::from("nothing"),
        Value::String(text) => format!("`{text}`"),
        Value::Array(bytes) if bytes.len() == 20 => {
            let byte = |byte: &Value| Some(format!("{:02x}", u8::try_from(byte.as_u64()?).ok()?));
            bytes.iter().take(5).map(byte).collect::<Option<Vec<_>>>()?.concat()
        }
        value => value.to_string(),
    };
    (text.chars().count() <= MOST_CHARACTERS).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_goes_and_changes_is_told_by_name() {
        let old = json!({ "Board": { "title": "Tea", "topics": [{ "title": "a", "replies": 1 }, { "title": "b", "replies": 0 }] } });
        let new = json!({ "Board": { "title": "Teas", "topics": [{ "title": "c", "replies": 0 }, { "title": "a", "replies": 2 }] } });
        let expected = ["title: `Tea` → `Teas`", "topics: `c` came", "topics, `a`.replies: 1 → 2", "topics: `b` went"];
        assert_eq!(between(&old, &new), expected);
        assert_eq!(between(&old, &old), [""; 0]);
    }

    #[test]
    fn ids_are_shown_as_git_does_and_long_texts_are_not() {
        let id = |byte: u8| vec![byte; 20];
        let old = json!({ "Copy": { "blob": id(0xab), "text": "a".repeat(100) } });
        let new = json!({ "Copy": { "blob": id(1), "text": "b".repeat(100) } });
        assert_eq!(between(&old, &new), ["blob: ababababab → 0101010101", "text was changed"]);
    }

    #[test]
    fn somebody_else_is_said_in_a_word() {
        let old = json!({ "Home": { "last": { "handle": "ada", "name": "Ada", "hue": 1 }, "posts": 1 } });
        let new = json!({ "Home": { "last": { "handle": "bob", "name": "Bob", "hue": 2 }, "posts": 1 } });
        assert_eq!(between(&old, &new), ["last: `ada` → `bob`"]);
    }

    #[test]
    fn an_order_that_changed_is_told() {
        let list = |names: [&str; 2]| json!({ "Home": { "latest": names.map(|name| json!({ "title": name })) } });
        assert_eq!(between(&list(["a", "b"]), &list(["b", "a"])), ["latest: their order"]);
    }
}
