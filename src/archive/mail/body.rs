//! A mail's bytes → its text in Markdown, and the files that came with it. Alternatives are told apart, charsets undone,
//! forwarded mails quoted; what is left out is named.

use encoding_rs::{Encoding, WINDOWS_1252};
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::fields::bounded;
use super::head::parser;
use super::plain::{self, Layout};
use crate::archive::control_characters::repaired;
use crate::archive::html;
use crate::archive::item::{Attachment, Content};

/// How deep mails may be forwarded within each other.
const DEEPEST_LEVELS: usize = 4;
/// The largest file that is shown as code in the text.
const MOST_SHOWN_BYTES: usize = 48 << 10;

/// What a mail holds.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Its text in Markdown.
    pub text: String,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// Parts that are left out: why, and their names.
    pub left: Vec<(&'static str, String)>,
}

/// Reads a mail. `trim` leaves out signatures and what PGP wraps around.
pub(super) fn read(bytes: &[u8], trim: bool) -> Body {
    let mut body = Body::default();
    let bytes = &*bounded(bytes);
    let mended = parted(bytes);
    let bytes = mended.as_deref().unwrap_or(bytes);
    match parser().parse(bytes) {
        Some(mail) => body.mail(&mail, trim, 0),
        None => body.text = plain::markdown(&decoded(bytes, None), Layout { trim, ..Layout::default() }),
    }
    body
}

/// A mail in parts whose head doesn't say so any more, as Pipermail keeps it: the same with the header that it has lost.
fn parted(bytes: &[u8]) -> Option<Vec<u8>> {
    let (head, text) = bytes.split_at(memchr::memmem::find(bytes, b"\n\n")? + 1);
    let typed = |line: &[u8]| line.get(..13).is_some_and(|it| it.eq_ignore_ascii_case(b"content-type:"));
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let opening = lines.by_ref().find(|line| !line.starts_with(b"This is a"))?;
    let boundary = opening.strip_prefix(b"--").filter(|it| (4..=70).contains(&it.len()))?;
    let plain = boundary.iter().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(b));
    if !plain || head.split(|b| *b == b'\n').any(typed) || !lines.next().is_some_and(typed) {
        return None;
    }
    let has = |kind: &str| {
        text.split(|b| *b == b'\n').any(|line| typed(line) && line[13..].trim_ascii().starts_with(kind.as_bytes()))
    };
    let kind = if has("text/plain") && has("text/html") { "alternative" } else { "mixed" };
    let header = format!("MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=\"");
    Some([head, header.as_bytes(), boundary, b"\"\n", text].concat())
}

impl Body {
    fn mail(&mut self, mail: &Message<'_>, trim: bool, depth: usize) {
        for part in mail.text_body.iter().filter_map(|id| mail.part(*id)) {
            let text = match &part.body {
                PartType::Html(_) => html::markdown(&text_of(mail, part), &html::usual),
                PartType::Text(_) => plain::markdown(&text_of(mail, part), layout(part, trim)),
                _ => continue,
            };
            self.append(&text);
        }
        for part in mail.attachments.iter().filter_map(|id| mail.part(*id)) {
            // Some programs name their only text an attachment; it has been read.
            self.part(mail, part, trim, depth);
        }
    }

    fn part(&mut self, mail: &Message<'_>, part: &MessagePart<'_>, trim: bool, depth: usize) {
        let kind =
            part.content_type().map(|it| (it.ctype().to_lowercase(), it.subtype().unwrap_or_default().to_lowercase()));
        let (kind, subtype) = kind.unwrap_or_default();
        let name = part.attachment_name().map(str::to_owned);
        let called = || name.clone().unwrap_or_else(|| format!("{kind}/{subtype}"));
        match (&part.body, subtype.as_str()) {
            (_, "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature") => {
                self.left.push(("a signature by itself", called()));
            }
            (_, "vcard" | "x-vcard" | "directory") => self.left.push(("an address card", called())),
            (PartType::Multipart(_), _) => {}
            // The parser's own words for a mail need a part.
            (PartType::Message(inner), _) if inner.parts.is_empty() => {
                self.left.push(("a mail that can't be read", called()));
            }
            (PartType::Message(inner), _) if depth < DEEPEST_LEVELS => self.forwarded(inner, trim, depth),
            (PartType::Message(inner), _) => {
                self.left.push(("forwarded too often", inner.subject().unwrap_or("").to_owned()))
            }
            (PartType::Html(_), _) if name.is_none() => {
                self.append(&html::markdown(&text_of(mail, part), &html::usual))
            }
            (PartType::Text(_), _) if name.is_none() => {
                self.append(&plain::markdown(&text_of(mail, part), layout(part, trim)));
            }
            (PartType::Text(_), _) if part.len() <= MOST_SHOWN_BYTES => {
                let text = text_of(mail, part).replace("\r\n", "\n");
                let language = if text.contains("\n+++ ") || subtype.contains("diff") || subtype.contains("patch") {
                    "diff"
                } else {
                    ""
                };
                self.append(&format!("{}:\n\n{}", html::code(&called()), html::fence(&text, language)));
            }
            (PartType::Text(text), _) | (PartType::Html(text), _) => {
                self.file(called(), text.as_bytes().to_vec());
            }
            (PartType::Binary(bytes) | PartType::InlineBinary(bytes), _) => {
                let name = name.unwrap_or_else(|| format!("part.{}", ending(&subtype)));
                self.file(name, bytes.to_vec());
            }
        }
    }

    /// A file that the text doesn't show; its address is one that no text has.
    fn file(&mut self, name: String, bytes: Vec<u8>) {
        let address = format!("part:{}", self.attachments.len() + 1);
        self.attachments.push(Attachment { address, name, content: Content::Bytes(bytes) });
    }

    fn forwarded(&mut self, inner: &Message<'_>, trim: bool, depth: usize) {
        let mut within = Body::default();
        within.mail(inner, trim, depth + 1);
        let from = super::head::read(inner.raw_message(), &|| None, i64::MAX / 2);
        let head = format!("**{}** ({}):", html::plain_words(&from.subject), html::plain_words(&from.name));
        let text = format!("{head}\n\n{}", within.text);
        let quoted: Vec<String> = text
            .trim_end()
            .lines()
            .map(|line| if line.is_empty() { String::from(">") } else { format!("> {line}") })
            .collect();
        self.append(&quoted.join("\n"));
        self.left.append(&mut within.left);
        for file in within.attachments {
            if let Content::Bytes(bytes) = file.content {
                self.file(file.name, bytes);
            }
        }
    }

    fn append(&mut self, block: &str) {
        if !block.trim().is_empty() {
            if !self.text.is_empty() {
                self.text.push_str("\n\n");
            }
            self.text.push_str(block);
        }
    }
}

fn layout(part: &MessagePart<'_>, trim: bool) -> Layout {
    let told = |name: &str, value: &str| {
        let of = part.content_type().and_then(|it| it.attribute(name));
        of.is_some_and(|it| it.eq_ignore_ascii_case(value))
    };
    Layout { flowed: told("format", "flowed"), delsp: told("delsp", "yes"), trim }
}

/// A part's text. Where its charset is not told, or wrongly, the bytes tell: UTF-8 when they are, else Windows-1252, in
/// which every byte is something.
fn text_of(mail: &Message<'_>, part: &MessagePart<'_>) -> String {
    let (PartType::Text(text) | PartType::Html(text)) = &part.body else { return String::new() };
    let told = part.content_type().and_then(|it| it.attribute("charset"));
    let known = told.is_none_or(|it| Encoding::for_label(it.trim().as_bytes()).is_some());
    if known && !text.contains('\u{fffd}') {
        return repaired(text).into_owned();
    }
    let raw = mail.raw_message().get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    let bytes = match part.encoding {
        mail_parser::Encoding::None => Some(raw.to_vec()),
        mail_parser::Encoding::QuotedPrintable => mail_parser::decoders::quoted_printable::quoted_printable_decode(raw),
        mail_parser::Encoding::Base64 => mail_parser::decoders::base64::base64_decode(raw),
    };
    match bytes {
        Some(bytes) => decoded(&bytes, told),
        None => text.clone().into_owned(),
    }
}

fn decoded(bytes: &[u8], told: Option<&str>) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let encoding = told.and_then(|it| Encoding::for_label(it.trim().as_bytes()));
    if let Some(encoding) = encoding {
        let (text, _, wrong) = encoding.decode(bytes);
        if !wrong {
            return text.into_owned();
        }
    }
    WINDOWS_1252.decode(bytes).0.into_owned()
}

fn ending(subtype: &str) -> &str {
    match subtype {
        "jpeg" | "pjpeg" => "jpg",
        "svg+xml" => "svg",
        "octet-stream" | "" => "bin",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mail: &[u8]) -> String {
        read(mail, false).text
    }

    #[test]
    fn of_alternatives_the_plain_text_is_read_and_html_where_there_is_no_other() {
        let mail = b"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlain\n--b\nContent-Type: text/html\n\n<b>Rich</b>\n--b--\n";
        assert_eq!(text(mail), "Plain");
        assert_eq!(text(b"Content-Type: text/html\n\n<p>Only <b>rich</b></p>"), "Only **rich**");
    }

    #[test]
    fn mails_within_mails_that_end_too_early_are_read() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nOne\n--b\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n\n--b--\n";
        assert!(text(mail).contains("One"), "{}", text(mail));
    }

    #[test]
    fn parts_are_read_whose_head_was_lost() {
        let lost = b"Subject: x\n\n--b0123\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nb=C3=A4r\n\n--b0123\nContent-Type: application/pgp-signature\n\nxyz\n--b0123--\n";
        assert_eq!(text(lost), "bär");
        let both = b"Subject: x\n\nThis is a multi-part message in MIME format.\n\n--b0123\nContent-Type: text/plain\n\nPlain\n--b0123\nContent-Type: text/html\n\n<b>Rich</b>\n--b0123--\n";
        assert_eq!(text(both), "Plain");
        assert_eq!(text(b"Subject: x\n\n--a line\nof words\n"), "\\--a line\\\nof words");
    }

    #[test]
    fn charsets_told_untold_and_wrong_are_undone() {
        assert_eq!(text(b"Content-Type: text/plain; charset=iso-8859-1\n\nb\xe4r"), "bär");
        assert_eq!(text(b"Subject: x\n\nb\xe4r"), "bär");
        assert_eq!(text("Subject: x\n\nbär".as_bytes()), "bär");
        assert_eq!(text(b"Content-Type: text/plain; charset=utf-8\n\nb\xe4r"), "bär");
        assert_eq!(
            text(
                b"Content-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\nb=E4r"
            ),
            "bär"
        );
    }

    #[test]
    fn files_come_along_texts_are_shown_and_cards_are_left_out() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee\n--b\nContent-Type: image/png; name=cup.png\nContent-Transfer-Encoding: base64\n\naGk=\n--b\nContent-Type: text/x-patch; name=a.diff\nContent-Disposition: attachment; filename=a.diff\n\n--- a\n+++ b\n@@ -1 +1 @@\n--b\nContent-Type: text/vcard; name=ada.vcf\n\nBEGIN:VCARD\n--b--\n";
        let body = read(mail, false);
        assert_eq!(body.text, "See\n\n`a.diff`:\n\n```diff\n--- a\n+++ b\n@@ -1 +1 @@\n```");
        assert_eq!(body.attachments.len(), 1);
        assert_eq!(
            (body.attachments[0].name.as_str(), &body.attachments[0].content),
            ("cup.png", &Content::Bytes(b"hi".to_vec()))
        );
        assert_eq!(body.left, [("an address card", String::from("ada.vcf"))]);
    }

    #[test]
    fn a_forwarded_mail_is_quoted() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nLook:\n--b\nContent-Type: message/rfc822\n\nFrom: Bob <bob@tea.example>\nSubject: Tea\n\nGreen.\n--b--\n";
        assert_eq!(text(mail), "Look:\n\n> **Tea** (Bob):\n>\n> Green.");
    }
}
