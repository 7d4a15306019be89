//! What holds for every text.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use proptest::prelude::*;

use super::*;

/// Every tag that a page may have, with its attributes.
const KNOWN: &[(&str, &str)] = &[
    ("a", "aria-label class download href id rel title"),
    ("abbr", "title"),
    ("b", ""),
    ("blockquote", ""),
    ("br", ""),
    ("code", "class"),
    ("dd", ""),
    ("del", ""),
    ("details", "open"),
    ("div", "aria-label class role tabindex"),
    ("dl", ""),
    ("dt", ""),
    ("em", ""),
    ("h3", "id"),
    ("h4", "id"),
    ("h5", "id"),
    ("h6", "id"),
    ("hr", ""),
    ("i", ""),
    ("img", "alt decoding height loading referrerpolicy src title width"),
    ("input", "aria-label checked disabled type"),
    ("ins", ""),
    ("kbd", ""),
    ("li", "id"),
    ("mark", ""),
    ("ol", "start"),
    ("p", "class"),
    ("pre", "class tabindex"),
    ("q", ""),
    ("rp", ""),
    ("rt", ""),
    ("ruby", ""),
    ("s", ""),
    ("section", "aria-label class role"),
    ("small", ""),
    ("span", "class"),
    ("strong", ""),
    ("sub", ""),
    ("summary", "class"),
    ("sup", "class"),
    ("table", ""),
    ("tbody", ""),
    ("td", "class"),
    ("th", "class scope"),
    ("thead", ""),
    ("tr", ""),
    ("u", ""),
    ("ul", ""),
    ("wbr", ""),
];

/// Reads a page as a browser does and keeps what is known.
static JUDGE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.tags(KNOWN.iter().map(|(tag, _)| *tag).collect());
    builder.tag_attributes(KNOWN.iter().map(|(tag, names)| (*tag, names.split_whitespace().collect())).collect());
    builder.url_schemes(["http", "https", "mailto"].into()).link_rel(None);
    builder
});

/// A page is as a browser reads it: well-formed, of known tags and attributes only, without an address that runs
/// something, with ids that are its own, and without a trace of holes.
pub(super) fn hold(source: &str, page: &str) {
    let judged = JUDGE.clean(page).to_string();
    assert_eq!(tags(page), tags(&judged), "\nfrom {source:?}\nmade {page}\nread {judged}");
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{source:?}: {ids:?}");
    let forbidden = |c: char| matches!(c, '\u{FDD0}'..='\u{FDEF}') || c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!page.contains(forbidden), "{source:?}: {page:?}");
}

/// The tags of well-formed HTML in order, each with the names of its attributes, and with the values of those that
/// are addresses.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in html.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
        let mut shown = String::new();
        for (at, part) in tag.split('"').enumerate() {
            match at % 2 {
                0 => shown.push_str(part.trim_end_matches('=')),
                _ if shown.ends_with("href") || shown.ends_with("src") => shown.push_str(&part.replace("&#39;", "'")),
                _ => {}
            }
        }
        tags.push(shown);
    }
    tags
}

/// Pieces of Markdown and HTML that make trouble when they meet.
fn tokens() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["\n", "\n\n", " ", "    ", "> ", "- ", "1. ", "# ", "```\n", "a", "b c", "@d", "é"]),
        3 => prop::sample::select(vec![
            "*", "**", "_", "~~", "`", "[", "](e)", "](#a)", "](http://f.example)", "![", "![g](h)", "![](http://i.example)", "[^1]", "\n[^1]: ",
            "|a|b|\n|-|-:|\n|", "|", "- [ ] ", "> [!NOTE]\n> ", "---\n", "http://j.example/k", "<l@m.example>", "\\", "&amp;", "&#xFDD1;", "\u{FDD1}",
        ]),
        3 => prop::sample::select(vec![
            "<b>", "</b>", "<i title=x>", "</i>", "<br>", "<hr>", "<details>", "<details open>\n", "</details>", "\n</details>\n", "<summary>",
            "</summary>", "<dl>", "</dl>", "<dt>", "</dt>", "<dd>", "</dd>", "<ruby>", "</ruby>", "<rt>", "</rt>", "<abbr title=\"a&quot;b\">",
            "</abbr>", "<script>", "</script>", "<div>\n", "</div>", "<p>", "</p>", "<a href=x>", "</a>", "<!--", "-->", "<table>", "<svg>", "<",
        ]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_page_is_as_a_browser_reads_it(text in prop_oneof![3 => tokens(), 1 => any::<String>()]) {
        let rendered = rendered(&text);
        hold(&text, &filled(&rendered, &OutsideImages::Link));
        hold(&text, &filled(&rendered, &OutsideImages::Allow));
        hold(&text, fill(&rendered.body, &PostIds::default(), &[], &OutsideImages::Link).as_str());
        hold(&text, short(&text).as_str());
        let fillings: Vec<_> = rendered.links.iter().map(|_| Filling::Missing).collect();
        let _ = (super::super::text(&rendered.body, &fillings), excerpt(&rendered.body, &fillings, 20));
    }

    #[test]
    fn line_ends_do_not_matter(text in tokens()) {
        prop_assert_eq!(rendered(&text), rendered(&text.replace('\n', "\r\n")));
    }

    #[test]
    fn faults_and_links_have_a_place_in_the_text(text in tokens()) {
        let rendered = rendered(&text);
        let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
        for at in rendered.faults.iter().map(|fault| fault.at).chain(rendered.links.iter().map(|link| link.at)) {
            let line = lines.get(at.line as usize - 1).copied();
            prop_assert!(line.is_some_and(|length| at.column as usize <= length + 1), "{:?} in {:?}", at, text);
        }
    }

    // Tables are left out: by GitHub's rule, a row's cells beyond those of the head are ignored.
    #[test]
    fn words_never_vanish(
        words in prop::collection::vec("[A-Za-z0-9é茶]{1,8}", 1..20),
        between in prop::collection::vec(prop::sample::select(vec![
            " ", "\n", "\n\n", " *", "* ", " **", "** ", " <b>", "</b> ", " <x> ", "\n> ", "\n- ", "\n\n# ", " | ", " @", " [", "] ", " `", "` ",
            "\n\n<details>\n", "\n</details>\n\n", " <summary>", "</summary> ", "\n\n<div>\n", " ~~", "~~ ", "\n\n[^1]: ", " [^1] ", "\n1. ", " <dl> ", " <dt> ", "\\\n",
        ]), 20),
    ) {
        let source: String = words.iter().zip(&between).map(|(word, between)| format!("{word}{between}")).collect();
        let shown = super::super::text(&rendered(&source).body, &[]);
        for word in &words {
            prop_assert!(shown.contains(word.as_str()), "{:?} of {:?} in {:?}", word, source, shown);
        }
    }

    #[test]
    fn an_excerpt_is_the_start_of_the_words(text in "[a-z é*>`\n-]{0,80}", characters in 0_usize..60) {
        let body = rendered(&text).body;
        let excerpt = excerpt(&body, &[], characters);
        let shown = excerpt.trim_end_matches('…');
        prop_assert!(shown.chars().count() <= characters);
        prop_assert!(!shown.contains('\n') && !shown.contains("  "));
    }
}
