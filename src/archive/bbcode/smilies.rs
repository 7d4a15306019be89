//! What people type for faces, and boards show as pictures → emoji. A smiley that none stands for stays as it was typed.

use std::borrow::Cow;

use crate::archive::emoji::named;

/// The codes that phpBB, MyBB and SMF come with, and what they mean.
const SMILIES: &[(&str, &str)] = &[
    (":)", "🙂"),
    (":-)", "🙂"),
    (":smile:", "🙂"),
    (";)", "😉"),
    (";-)", "😉"),
    (":wink:", "😉"),
    (":D", "😀"),
    (":-D", "😀"),
    (";D", "😀"),
    (":grin:", "😀"),
    (":biggrin:", "😀"),
    (":mrgreen:", "😁"),
    (":lol:", "😂"),
    (":(", "🙁"),
    (":-(", "🙁"),
    (":sad:", "🙁"),
    (":'(", "😢"),
    (":cry:", "😢"),
    (":crying:", "😢"),
    (":o", "😮"),
    (":O", "😮"),
    (":-o", "😮"),
    (":eek:", "😮"),
    (":shock:", "😯"),
    (":P", "😛"),
    (":p", "😛"),
    (":-P", "😛"),
    (":razz:", "😛"),
    ("8-)", "😎"),
    (":cool:", "😎"),
    (":?", "😕"),
    (":-?", "😕"),
    (":???:", "😕"),
    (":s", "😕"),
    (":-\\", "😕"),
    (":-/", "😕"),
    (":huh:", "😕"),
    (":confused:", "😕"),
    (":undecided:", "😕"),
    (":|", "😐"),
    (":-|", "😐"),
    (":x", "😠"),
    (":-x", "😠"),
    (":@", "😠"),
    (">:(", "😠"),
    (":mad:", "😠"),
    (":angry:", "😠"),
    (":evil:", "👿"),
    (">:D", "😈"),
    (":twisted:", "😈"),
    (":-X", "🤐"),
    (":-[", "😳"),
    (":oops:", "😳"),
    (":shy:", "😳"),
    ("::)", "🙄"),
    (":roll:", "🙄"),
    (":rolleyes:", "🙄"),
    (":dodgy:", "😒"),
    (":-*", "😘"),
    ("^-^", "😊"),
    (":blush:", "😊"),
    (":angel:", "😇"),
    (":sleepy:", "😴"),
    (":geek:", "🤓"),
    (":ugeek:", "🤓"),
    (":heart:", "❤️"),
    (":idea:", "💡"),
    (":arrow:", "➡️"),
    (":!:", "❗"),
    (":exclamation:", "❗"),
    (":?:", "❓"),
    (":question:", "❓"),
];

/// The emoji of a smiley that is known to be one.
pub(super) fn emoji(code: &str) -> Option<&'static str> {
    let known = || SMILIES.iter().find(|(it, _)| *it == code).map(|(_, emoji)| *emoji);
    let other = || named(code.strip_prefix(':')?.strip_suffix(':')?);
    known().or_else(|| (code == "8)").then_some("😎")).or_else(other)
}

/// Words with their smilies as emoji. Only what stands by itself is one: elsewhere `:p` may be anything.
pub(super) fn shown(words: &str) -> Cow<'_, str> {
    if !words.contains([':', ';', '^', '8']) {
        return Cow::Borrowed(words);
    }
    let mut out = String::with_capacity(words.len());
    for (number, word) in words.split(' ').enumerate() {
        if number > 0 {
            out.push(' ');
        }
        for (number, word) in word.split('\n').enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let bare = word.trim_end_matches(['.', ',', '!']);
            match SMILIES.iter().find(|(code, _)| *code == bare) {
                Some((_, emoji)) => out.extend([emoji, &word[bare.len()..]]),
                None => out.push_str(word),
            }
        }
    }
    Cow::Owned(out)
}
