//! The name of a character set, as databases call it, and bytes → text. Wrong bytes become U+FFFD; nothing fails.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How the bytes of texts are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
    /// Bytes that are good UTF-8 are read as such: many a dump says one thing and holds another, and texts of one-byte
    /// sets hardly ever look like UTF-8.
    guess: bool,
}

impl Default for Charset {
    /// That of dumps that declare none: UTF-8, and where that it isn't, what Western boards used.
    fn default() -> Charset {
        Charset { encoding: WINDOWS_1252, guess: true }
    }
}

impl Charset {
    /// The one that a dump declares, by the name of MySQL or PostgreSQL.
    #[must_use]
    pub fn named(name: &str) -> Option<Charset> {
        let encoding = encoding(name)?;
        Some(Charset { encoding, guess: encoding.is_single_byte() || encoding == UTF_8 })
    }

    /// The one that somebody says it is, who has seen the texts.
    #[must_use]
    pub fn requested(name: &str) -> Option<Charset> {
        Some(Charset { encoding: encoding(name)?, guess: false })
    }

    /// Bytes as text.
    #[must_use]
    pub fn decoded(self, bytes: Vec<u8>) -> String {
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if self.guess || self.encoding == UTF_8 || text.is_ascii() => return text,
            Ok(text) => text.into_bytes(),
            Err(error) => error.into_bytes(),
        };
        // What says UTF-8 and isn't was most often copied from elsewhere.
        let encoding = if self.guess && self.encoding == UTF_8 { WINDOWS_1252 } else { self.encoding };
        encoding.decode_without_bom_handling(&bytes).0.into_owned()
    }
}

fn encoding(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().to_ascii_lowercase();
    let label = match name.as_str() {
        "utf8mb3" | "utf8mb4" | "unicode" => "utf-8",
        "ujis" | "euc_jp" | "eucjpms" => "euc-jp",
        "euckr" | "euc_kr" | "uhc" => "euc-kr",
        "cp932" => "shift_jis",
        "koi8r" => "koi8-r",
        "koi8u" => "koi8-u",
        "latin7" => "iso-8859-13",
        "tis620" => "tis-620",
        name => match name.strip_prefix("win") {
            Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => {
                return Encoding::for_label(format!("windows-{number}").as_bytes());
            }
            _ => name,
        },
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_what_was_said_or_what_they_look_like() {
        let read = |charset: Charset, bytes: &[u8]| charset.decoded(bytes.to_vec());
        let latin = Charset::named("latin1").unwrap();
        assert_eq!(read(latin, b"gr\xfc\xdf \x93x\x94"), "grüß “x”");
        assert_eq!(read(latin, "grüß".as_bytes()), "grüß");
        assert_eq!(read(Charset::requested("latin1").unwrap(), "ü".as_bytes()), "Ã¼");
        assert_eq!(read(Charset::named("WIN1251").unwrap(), b"\xf7\xe0\xe9"), "чай");
        assert_eq!(read(Charset::named("utf8mb4").unwrap(), b"\xfc"), "ü");
        assert_eq!(read(Charset::requested("utf8").unwrap(), b"\xfc"), "\u{fffd}");
        assert_eq!(read(Charset::named("gbk").unwrap(), b"\xb2\xe8"), "茶");
        assert_eq!(read(Charset::default(), b"caf\xe9"), "café");
        assert_eq!(Charset::named("klingon"), None);
    }
}
