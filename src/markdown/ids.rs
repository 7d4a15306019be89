//! The place of a post on its page in → the ids of what is in it.

/// The ids that a post has on its page.
///
/// An id within the post begins with the post's own and a `:`, which is in no post's id. Until December 2026 headings had
/// a `-` there, so that a heading could take the id of another post. Links to such a former id still come from other
/// sites, so a heading keeps it beside its own where no other post of the page can have it.
#[derive(Debug, Clone, Default)]
pub struct PostIds<'a> {
    /// Goes before every id in the post: `post-20261122-101500-ada:`.
    pub(super) prefix: String,
    /// The post's own id; empty where headings have no former ids.
    id: &'a str,
    /// The ids of other posts of the page that begin with this post's and a `-`.
    longer: Vec<&'a str>,
}

impl<'a> PostIds<'a> {
    /// The ids in the post whose own id is `id`, on a page on which the posts have the ids `page`.
    #[must_use]
    pub fn on_page(id: &'a str, page: &[&'a str]) -> PostIds<'a> {
        let longer = |other: &&str| other.strip_prefix(id).is_some_and(|rest| rest.starts_with('-'));
        PostIds { prefix: format!("{id}:"), id, longer: page.iter().copied().filter(longer).collect() }
    }

    /// The ids of a text that begin with `prefix`, without former ids.
    #[must_use]
    pub fn prefixed(prefix: &str) -> PostIds<'static> {
        PostIds { prefix: prefix.to_owned(), id: "", longer: Vec::new() }
    }

    /// The former id of the heading that is `words` within its post; `None` where it has none, or where another post has
    /// it or could have a heading of that id.
    pub(super) fn former(&self, words: &str) -> Option<String> {
        let former = format!("{}-{words}", self.id);
        let taken =
            |other: &&str| former.strip_prefix(*other).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        (!self.id.is_empty() && !self.longer.iter().any(taken)).then_some(former)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_keeps_its_former_id_unless_another_post_can_have_it() {
        let page = ["post-ada", "post-ada-2", "post-adam", "post-bob"];
        let former = |id, words| PostIds::on_page(id, &page).former(words);
        assert_eq!(former("post-ada", "cups").as_deref(), Some("post-ada-cups"));
        assert_eq!(former("post-ada", "20").as_deref(), Some("post-ada-20"));
        assert_eq!(former("post-ada", "2"), None);
        assert_eq!(former("post-ada", "2-cups"), None);
        assert_eq!(former("post-ada-2", "cups").as_deref(), Some("post-ada-2-cups"));
        assert_eq!(PostIds::prefixed("a:").former("cups"), None);
    }
}
