//! Paths and names in → addresses out. An address is relative to the site's root and begins with no slash; that of a
//! page ends in a slash, and its file is the `index.html` there.

use git2::Oid;

use crate::content::page_number;

/// The address of page `number` of the list at `address`, where that is not the list's own.
pub(super) fn page(address: &str, number: u32) -> String {
    format!("{address}page-{number}/")
}

/// The address of a board or topic.
pub(super) fn folder(path: &str) -> String {
    format!("{path}/")
}

/// The address of a member's page.
pub(super) fn member(handle: &str) -> String {
    format!("members/{handle}/")
}

/// The address of a tag's page.
pub(super) fn tag(slug: &str) -> String {
    format!("tags/{slug}/")
}

/// The id of a post on its topic's page.
pub(super) fn post_id(stem: &str) -> String {
    format!("post-{stem}")
}

/// The address of an attachment: under its content's hash, so that it may be cached for ever.
#[must_use]
pub fn attachment_address(blob: Oid, name: &str) -> String {
    let hash: String = blob.as_bytes()[..10].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("assets/{hash}/{name}")
}

/// The name of a tag in addresses: small letters and digits of any script, words joined by `-`, any other sign as `~`
/// and its number, so that two tags share a name only when they differ in case or space alone.
#[must_use]
pub fn tag_slug(tag: &str) -> String {
    let mut slug = String::new();
    for c in tag.trim().chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_alphanumeric() => slug.push(c),
            '_' | '-' => slug.push(c),
            '.' if !slug.is_empty() && !slug.ends_with('.') => slug.push(c),
            c if c.is_whitespace() => {
                if !slug.ends_with('-') {
                    slug.push('-');
                }
            }
            c => slug.push_str(&format!("~{:x}", u32::from(c))),
        }
    }
    if page_number(&slug) { format!("~{slug}") } else { slug }
}

/// An address with everything percent-encoded that may not stand in a URI (RFC 3986), `/` and `#` kept.
#[must_use]
pub fn encoded(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/#?=&:@!$'()*+,;%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_differ_have_addresses_that_differ() {
        assert_eq!(tag_slug("Web  Design"), "web-design");
        assert_eq!(tag_slug("C++"), "c~2b~2b");
        assert_eq!(tag_slug("../x"), "~2e.~2fx");
        assert_eq!(tag_slug("page-2"), "~page-2");
        assert_ne!(tag_slug("c"), tag_slug("c#"));
    }

    #[test]
    fn letters_of_other_scripts_are_encoded_in_addresses() {
        assert_eq!(encoded("tags/чай/#post-a"), "tags/%D1%87%D0%B0%D0%B9/#post-a");
        assert_eq!(encoded("a\"><b"), "a%22%3E%3Cb");
    }
}
