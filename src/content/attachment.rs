//! The bytes of a file beside a post → what it is, and whether it may be published. Never decodes a picture: ending,
//! first bytes and the size that its header states are all that is looked at.

use git2::Oid;
use imagesize::ImageType;
use serde::{Deserialize, Serialize};

use crate::config::Policy;
use crate::git::TooLarge;

/// The most pixels that a picture may have.
const MOST_PIXELS: u64 = 50_000_000;

/// A file beside the posts of a topic, or beside a member's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, with the ending.
    pub name: Box<str>,
    /// Its content.
    #[serde(with = "crate::key::oid")]
    pub blob: Oid,
    /// What it is, or why it can't be published.
    pub kind: Result<AttachmentKind, AttachmentFault>,
}

/// What may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentKind {
    /// A picture, with its size in pixels.
    Picture {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Any other allowed file: shown as a link.
    File,
}

/// Why a file can't be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentFault {
    /// Its ending is none of the allowed.
    Type,
    /// Its first bytes are not those of its ending.
    Bytes,
    /// It has more bytes than the forum allows.
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// It has more pixels than boards shows.
    TooManyPixels,
}

/// Judges the file `name` with these bytes, or with more than the policy allows.
#[must_use]
pub fn judge(name: &str, blob: Oid, bytes: Result<&[u8], &TooLarge>, policy: &Policy) -> Attachment {
    Attachment { name: name.into(), blob, kind: kind(name, bytes, policy) }
}

fn kind(name: &str, bytes: Result<&[u8], &TooLarge>, policy: &Policy) -> Result<AttachmentKind, AttachmentFault> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let image = match ending {
        "png" => Some(ImageType::Png),
        "jpg" | "jpeg" => Some(ImageType::Jpeg),
        "gif" => Some(ImageType::Gif),
        "webp" => Some(ImageType::Webp),
        "avif" => None,
        "txt" | "zip" | "pdf" if policy.attachment_types.iter().any(|it| it == ending) => None,
        _ => return Err(AttachmentFault::Type),
    };
    let bytes = bytes.map_err(|large| AttachmentFault::TooLarge { bytes: large.bytes })?;
    let text = || !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    let fits = match ending {
        "txt" => text(),
        "zip" => bytes.starts_with(b"PK\x03\x04"),
        "pdf" => bytes.starts_with(b"%PDF-"),
        "avif" => bytes.get(4..12) == Some(b"ftypavif") || bytes.get(4..12) == Some(b"ftypavis"),
        _ => imagesize::image_type(bytes).ok() == image,
    };
    if !fits {
        return Err(AttachmentFault::Bytes);
    }
    if matches!(ending, "txt" | "zip" | "pdf") {
        return Ok(AttachmentKind::File);
    }
    let size = imagesize::blob_size(bytes).map_err(|_| AttachmentFault::Bytes)?;
    if size.width as u64 * size.height as u64 > MOST_PIXELS {
        return Err(AttachmentFault::TooManyPixels);
    }
    Ok(AttachmentKind::Picture { width: size.width as u32, height: size.height as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00";

    #[test]
    fn only_what_is_what_it_says_is_published() {
        let policy = Policy { attachment_types: vec!["txt".into()], ..Policy::default() };
        assert_eq!(kind("a.gif", Ok(GIF), &policy), Ok(AttachmentKind::Picture { width: 3, height: 2 }));
        assert_eq!(kind("a.png", Ok(GIF), &policy), Err(AttachmentFault::Bytes));
        assert_eq!(kind("a.svg", Ok(b"<svg/>"), &policy), Err(AttachmentFault::Type));
        assert_eq!(kind("a.GIF", Ok(GIF), &policy), Err(AttachmentFault::Type));
        assert_eq!(kind("a.txt", Ok(b"hello"), &policy), Ok(AttachmentKind::File));
        assert_eq!(kind("a.txt", Ok(b"\x00"), &policy), Err(AttachmentFault::Bytes));
        assert_eq!(kind("a.pdf", Ok(b"%PDF-1.7"), &policy), Err(AttachmentFault::Type));
        assert_eq!(
            kind("a.txt", Err(&TooLarge { bytes: 2001, most: 2000 }), &policy),
            Err(AttachmentFault::TooLarge { bytes: 2001 })
        );
        assert_eq!(
            kind("a.gif", Ok(b"GIF89a\xff\xff\xff\xff\x00\x00\x00"), &policy),
            Err(AttachmentFault::TooManyPixels)
        );
    }
}
