//! A name → whether it reads as a role that somebody has in the forum.

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use self::Reach::{Alone, Anywhere, Word};
use crate::content::{ignorable, look, unstyled};

/// Where in a name a word says what somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// As the whole name, or between brackets or bars. In others it may be part of a name: Ham, T. J. Mod.
    Alone,
    /// As a word of the name.
    Word,
    /// Anywhere, since the language is written without spaces or joins such words to others.
    Anywhere,
}

/// What the roles are called in the languages that forums are mostly written in, since readers take the word of their own
/// language for a role: Arabic, Chinese, Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese,
/// Russian, Spanish, Swedish, Turkish and Ukrainian. Case and accents don't count.
const WORDS: [(&str, Reach); 63] = [
    ("admin", Word),
    ("administracja", Word),
    ("administrador", Word),
    ("administradora", Word),
    ("administrateur", Word),
    ("administration", Word),
    ("administrator", Word),
    ("amministratore", Word),
    ("assistance", Alone),
    ("beheerder", Word),
    ("bot", Alone),
    ("eigenaar", Alone),
    ("eigentümer", Alone),
    ("equipe", Alone),
    ("equipo", Alone),
    ("maintainer", Word),
    ("mod", Alone),
    ("moderador", Word),
    ("moderadora", Word),
    ("moderateur", Word),
    ("moderation", Word),
    ("moderator", Word),
    ("moderatore", Word),
    ("moderatorin", Word),
    ("officiel", Word),
    ("official", Word),
    ("oficial", Word),
    ("offiziell", Word),
    ("owner", Alone),
    ("propietario", Alone),
    ("propriétaire", Alone),
    ("proprietario", Alone),
    ("soporte", Alone),
    ("staff", Alone),
    ("suporte", Alone),
    ("superadmin", Word),
    ("supermod", Word),
    ("support", Alone),
    ("system", Alone),
    ("team", Alone),
    ("webmaster", Word),
    ("yönetici", Word),
    ("właściciel", Alone),
    ("админ", Word),
    ("администратор", Word),
    ("администрация", Word),
    ("адміністратор", Word),
    ("адмін", Word),
    ("владелец", Alone),
    ("модератор", Word),
    ("поддержка", Alone),
    ("підтримка", Alone),
    ("مدير", Word),
    ("مشرف", Word),
    ("スタッフ", Alone),
    ("モデレーター", Anywhere),
    ("官方", Anywhere),
    ("版主", Anywhere),
    ("管理人", Anywhere),
    ("管理员", Anywhere),
    ("管理員", Anywhere),
    ("管理者", Anywhere),
    ("관리자", Anywhere),
];

/// Words that stand beside those that are [`Alone`] and leave them what they are: TheTeam, Forum Support.
const BESIDE: [&str; 6] = ["community", "forum", "head", "real", "site", "the"];

/// Signs that part a name from what stands beside it.
const BARS: [char; 18] =
    ['(', ')', '[', ']', '{', '}', '<', '>', '|', '/', '\\', '·', '•', '—', '【', '】', '「', '」'];

/// How the [`WORDS`] look.
static LOOKS: LazyLock<Vec<(String, Reach)>> =
    LazyLock::new(|| WORDS.iter().map(|(word, reach)| (look(word), *reach)).collect());
/// How the words [`BESIDE`] them look.
static BESIDE_LOOKS: LazyLock<[String; BESIDE.len()]> = LazyLock::new(|| BESIDE.map(look));

/// Whether a name reads as a role.
pub(super) fn reads_as_role(name: &str) -> bool {
    let name = unstyled(name);
    // Some letters look like others only when they are small, and others only when they are not.
    says_role(&name) || says_role(&name.to_lowercase())
}

fn says_role(name: &str) -> bool {
    let part = |text: &str| made_of_roles(&bare(text), false);
    let word = |text: &str| {
        let text = bare(text);
        let singular = text.strip_suffix('s').unwrap_or(&text);
        LOOKS.iter().any(|(look, reach)| *reach == Word && (*look == text || look == singular))
    };
    let whole = look(name);
    part(name)
        || name.split(BARS).any(part)
        || words(name).any(|text| word(text) || humps(text).any(word))
        || LOOKS.iter().any(|(look, reach)| *reach == Anywhere && whole.contains(look.as_str()))
}

/// The look of a text without the number behind it.
fn bare(text: &str) -> String {
    look(text.trim_end_matches(|c: char| !c.is_alphabetic()))
}

/// Whether a look is that of nothing but roles, in the plural or not, and of words beside them; `met` is whether a role
/// stands before it.
fn made_of_roles(look: &str, met: bool) -> bool {
    let plural =
        |rest: &str, met| made_of_roles(rest, met) || rest.strip_prefix('s').is_some_and(|it| made_of_roles(it, met));
    let role = || LOOKS.iter().filter_map(|(word, _)| look.strip_prefix(word.as_str())).any(|rest| plural(rest, true));
    let beside =
        || BESIDE_LOOKS.iter().filter_map(|word| look.strip_prefix(word.as_str())).any(|it| made_of_roles(it, met));
    if look.is_empty() { met } else { role() || beside() }
}

/// The words of a name.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let inside = |c: char| c.is_alphanumeric() || is_combining_mark(c) || ignorable(c);
    name.split(move |c| !inside(c)).filter(|word| !word.is_empty())
}

/// The parts of a word that is written `LikeThis` or `LIKEThis`.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let letters: Vec<(usize, char)> = word.char_indices().collect();
    let starts = letters.windows(2).enumerate().filter_map(|(at, pair)| {
        let ((_, before), (start, c)) = (pair[0], pair[1]);
        let after = letters.get(at + 2).is_some_and(|(_, after)| after.is_lowercase());
        (c.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && after)).then_some(start)
    });
    let edges: Vec<usize> = [0].into_iter().chain(starts).chain([word.len()]).collect();
    (1..edges.len()).map(move |at| &word[edges[at - 1]..edges[at]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_read_as_roles_are_told() {
        for name in [
            "Admin",
            "A d m I n",
            "admin_",
            "Admin2",
            "adm1n",
            "Admins 22",
            "ᴀᴅᴍɪɴ",
            "🅼🅾🅳",
            "🄼🄾🄳",
            "ⓜⓞⓓ",
            "𝐌𝐨𝐝",
            "ＭＯＤ",
            "ModTeam",
            "modteam",
            "TheAdmin",
            "theadmin",
            "SiteAdmin",
            "XXAdminXx",
            "[MOD] Ada",
            "Ada (moderator)",
            "Ada | Staff",
            "Support Team",
            "The Mods",
            "Administrador",
            "Modérateur Jean",
            "Админ",
            "Модератор Иван",
            "论坛管理员",
            "Yönetici",
            "Bo (Moder\u{430}tor)",
        ] {
            assert!(reads_as_role(name), "{name}");
        }
    }

    #[test]
    fn names_that_have_a_role_in_them_by_chance_are_not() {
        for name in [
            "Adminton",
            "Modestas",
            "Teamo",
            "Stafford",
            "Dr. Bot Ham",
            "T. J. Mod",
            "Robot",
            "Theo",
            "Ada Owner",
            "Badminton",
            "BadMin",
            "Modern",
            "The Real Ada",
            "Forum",
            "",
            "22",
        ] {
            assert!(!reads_as_role(name), "{name}");
        }
    }

    #[test]
    fn no_word_is_there_twice() {
        let mut looks: Vec<_> = LOOKS.iter().map(|(look, _)| look).collect();
        looks.sort();
        assert!(looks.is_sorted_by(|a, b| a < b), "{looks:?}");
    }
}
