//! Names in → what they look like, so that two which a reader takes for one are found.

use std::collections::HashMap;
use std::sync::LazyLock;

use caseless::Caseless;
use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection;

/// Unicode's skeleton of a text ([UTS 39](https://www.unicode.org/reports/tr39/#Confusable_Detection)), in small letters:
/// texts that look the same have the same.
#[must_use]
pub fn skeleton(text: &str) -> String {
    confusable_detection::skeleton(text).collect::<String>().to_lowercase()
}

/// Whether a character shows nothing by itself and takes no room: joiners, marks of direction, fillers
/// (`Default_Ignorable_Code_Point`, which skeletons leave out).
#[must_use]
pub fn ignorable(c: char) -> bool {
    !c.is_ascii() && confusable_detection::skeleton(c.encode_utf8(&mut [0; 4])).next().is_none()
}

/// Whether nothing of a text is seen.
#[must_use]
pub fn blank(text: &str) -> bool {
    // The blank of Braille is a symbol by its properties.
    text.chars().all(|c| c.is_whitespace() || c.is_control() || c == '\u{2800}' || ignorable(c))
}

/// What a name looks like to a reader: its [`skeleton`] whatever its case, accents, white space and punctuation, with `i`
/// and `l` as one letter. What has no letters or digits is told apart by its signs.
#[must_use]
pub fn look(name: &str) -> String {
    // Most names are ASCII, in which each character's look doesn't depend on those beside it.
    static ASCII: LazyLock<[String; 128]> =
        LazyLock::new(|| std::array::from_fn(|byte| letters(char::from(byte as u8).encode_utf8(&mut [0; 4]))));
    let look = match name.is_ascii() {
        true => name.bytes().map(|byte| ASCII[usize::from(byte)].as_str()).collect(),
        false => letters(name),
    };
    if look.is_empty() { signs(name).split_whitespace().collect() } else { look }
}

/// Letters of the shapes in which some names are set as plain ones: wide, round, bold, small capitals, white on black.
#[must_use]
pub fn unstyled(name: &str) -> String {
    name.chars().map(plain).nfkc().collect()
}

/// The plain letter of a small capital, or of one that is white on black. Unicode takes apart neither.
fn plain(c: char) -> char {
    const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\0ʏᴢ";
    let of = |from: char, at: usize| char::from_u32(u32::from(from) + at as u32).unwrap_or(c);
    match c {
        '\u{1f150}'..='\u{1f169}' => of('A', c as usize - 0x1f150),
        '\u{1f170}'..='\u{1f189}' => of('A', c as usize - 0x1f170),
        '\u{262}'..='\u{a7af}' => SMALL_CAPITALS.chars().position(|it| it == c).map_or(c, |at| of('a', at)),
        _ => c,
    }
}

/// The letters and digits of a look.
fn letters(name: &str) -> String {
    // Marks are left out, but for those of kana, which make other letters.
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '\u{3099}' | '\u{309A}');
    signs(name).chars().filter(kept).map(|c| if c == 'i' { 'l' } else { c }).collect()
}

/// The skeleton of a name in any case: that of `I` is `l`, so it is taken before letters are made small, and that of `m`
/// is `rn`, so it is taken afterwards again.
fn signs(name: &str) -> String {
    let small: String = confusable_detection::skeleton(&unstyled(name)).default_case_fold().collect();
    confusable_detection::skeleton(&small).collect()
}

/// Of each of some people, of whom pages show a handle, if they have one, and a name, the place of somebody else whose
/// handle or, failing that, whose name looks like their name; the first of several. Each is compared once, however many
/// there are.
pub(super) fn alike(people: &[Option<(Option<&str>, &str)>]) -> Vec<Option<u32>> {
    let looks =
        people.par_iter().with_min_len(256).map(|person| person.map(|(handle, name)| (handle.map(look), look(name))));
    let looks: Vec<Option<(Option<String>, String)>> = looks.collect();
    // Of each look the first two who have it as their handle, and the first two who have it as their name.
    let mut holders: HashMap<&str, [[Option<u32>; 2]; 2]> = HashMap::new();
    for (own, id) in looks.iter().zip(0..) {
        let Some((handle, name)) = own else { continue };
        for (look, by) in handle.iter().map(|handle| (handle, 0)).chain([(name, 1)]) {
            let places = &mut holders.entry(look).or_default()[by];
            if let Some(free) = places.iter_mut().find(|place| place.is_none()) {
                *free = Some(id);
            }
        }
    }
    let other = |(own, id): (&Option<(Option<String>, String)>, u32)| {
        let (_, name) = own.as_ref()?;
        holders.get(name.as_str())?.iter().flatten().flatten().copied().find(|other| *other != id)
    };
    looks.iter().zip(0..).map(other).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_a_reader_takes_for_one_look_alike() {
        for other in [
            "ada lovelace",
            "ADA LOVELACE",
            "\u{410}d\u{430} L\u{43e}velace",
            "\u{ff21}da Lovelace",
            "Ada  Lovelace.",
            "A\u{200b}da\u{a0}Lovelace",
            "\u{202a}Ada Lovelace\u{202c}",
            "Ada \u{2605} Lovelace",
            "A\u{336}d\u{336}a\u{336} Lovelace",
            "Ada Iovelace",
            "\u{1d400}da Lovelace",
            "\u{24b6}da Lovelace",
            "\u{1d00}\u{1d05}\u{1d00} Lovelace",
            "\u{1f130}\u{1f133}\u{1f130} Lovelace",
            "\u{1f150}\u{1f173}\u{1f170} Lovelace",
        ] {
            assert_eq!(look(other), look("Ada Lovelace"), "{other:?}");
        }
        assert_eq!(look("Mia"), look("rnia"));
        assert_eq!(look("ADMIN"), look("admin"));
        assert_eq!(look("b0b"), look("Bob"));
        for (one, other) in [("Ada", "Ida"), ("か", "が"), ("!", "?"), ("Bob", "Bo")] {
            assert_ne!(look(one), look(other));
        }
    }

    #[test]
    fn what_is_not_seen_is_blank() {
        for text in ["", " ", "\u{200b}", "\u{3164}\u{2800}", "\u{202e}\u{a0}"] {
            assert!(blank(text), "{text:?}");
        }
        assert!(!blank("."));
    }

    #[test]
    fn somebody_else_is_found_by_the_handle_before_the_name() {
        let people = [("ada", "Ada"), ("bob", "Ada"), ("cleo", "Cleo"), ("dan", "Bob"), ("eve", "E"), ("fay", "E")];
        let mut people = people.map(|(handle, name)| Some((Some(handle), name)));
        assert_eq!(alike(&people), [Some(1), Some(0), None, Some(1), Some(5), Some(4)]);
        people[1] = None;
        assert_eq!(alike(&people), [None, None, None, None, Some(5), Some(4)]);
        // Of two who have the name, the one with a handle of that look is meant.
        assert_eq!(alike(&[Some((None, "Ada")), Some((Some("ada"), "A")), Some((Some("eve"), "Ada"))])[2], Some(1));
    }

    proptest! {
        #[test]
        fn the_look_of_ascii_is_that_of_its_characters(name in "[ -~]{0,12}") {
            let whole = letters(&name);
            prop_assert_eq!(look(&name), if whole.is_empty() { signs(&name).split_whitespace().collect() } else { whole });
        }
    }
}
