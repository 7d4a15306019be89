//! HTML of all kinds in → whether its Markdown shows the same words, and the same structure. Examples first, then the law.

use proptest::prelude::*;

use super::tree::BLOCKS;
use super::{Element, Node, Shape, read, usual};
use crate::markdown::{self, Limits, render};

fn of(html: &str) -> String {
    super::markdown(html, &usual)
}

#[test]
fn lines_keep_their_marks() {
    assert_eq!(of("<p>a <b>b</b> <em>c</em> <s>d</s> <kbd>e</kbd></p>"), "a **b** *c* ~~d~~ <kbd>e</kbd>");
    assert_eq!(of("<p>a<b>&quot;b&quot;</b>c <b>x </b>y</p>"), "a<b>\"b\"</b>c **x** y");
    assert_eq!(of("a<br>\nb<br/>c"), "a\\\nb\\\nc");
    assert_eq!(of("<p><code>a`b</code> <code> </code></p>"), "``a`b``");
    assert_eq!(of("<p>1. not a list\n<p># nor a heading</p><p>- x"), "1\\. not a list\n\n\\# nor a heading\n\n\\- x");
    assert_eq!(of("a_b _c_ *d* [e] &lt;f&gt; &amp;amp; ~g~"), "a_b \\_c\\_ \\*d\\* \\[e\\] \\<f> \\&amp; \\~g\\~");
}

#[test]
fn links_and_pictures_keep_their_addresses() {
    assert_eq!(of("<a href='https://a.example/x y'>b</a>"), "[b](https://a.example/x%20y)");
    assert_eq!(of("<a href='https://a.example/'>https://a.example/</a>"), "<https://a.example/>");
    assert_eq!(of("see https://a.example/_b_."), "see <https://a.example/_b_>.");
    assert_eq!(of("<img src='https://a.example/b.png' alt='c'>"), "![c](https://a.example/b.png)");
    assert_eq!(of("<img src='b.png'><img src='c.png'>d"), "![](b.png) ![](c.png)d");
    assert_eq!(of("<a href='javascript:x()'>b</a> <a href='mailto:a@b.example'>c</a>"), "b c");
    assert_eq!(
        of("<a href='https://a.example/1'><img src='https://a.example/2.png'></a>"),
        "[![](https://a.example/2.png)](https://a.example/1)"
    );
    assert_eq!(of("<iframe src='//video.example/1'></iframe>"), "<https://video.example/1>");
}

#[test]
fn blocks_keep_their_structure() {
    assert_eq!(of("<h2>a</h2><p>b</p><hr><p>c</p>"), "## a\n\nb\n\n***\n\nc");
    assert_eq!(of("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>"), "> a\n>\n> > b");
    assert_eq!(of("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"), "- a\n  - b\n- c");
    assert_eq!(of("<ol start=3><li><p>a</p><p>b</p></li><li>c</ol>"), "3. a\n\n   b\n\n4. c");
    assert_eq!(
        of("<pre><code class='lang-rust'>fn a() {\n  ```\n}\n</code></pre>"),
        "````rust\nfn a() {\n  ```\n}\n````"
    );
    assert_eq!(
        of("<details><summary>a</summary><p>b</p></details>"),
        "<details>\n<summary>a</summary>\n\nb\n\n</details>"
    );
    assert_eq!(
        of("<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td>x<br>y</td></tr></table>"),
        "| a | b |\n| --- | --- |\n| 1\\|2 | x<br>y |"
    );
    assert_eq!(of("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"), "|  |\n| --- |\n| a |\n| b |");
    assert_eq!(
        of("<table><tr><td>a<tr><td>b<td>c<td>d<tr><td>e<td>f</table>"),
        "|  |  |  |\n| --- | --- | --- |\n| a |\n| b | c | d |\n| e | f |"
    );
    assert_eq!(of("<p>a<div>b</div>c</p>"), "a\n\nb\n\nc");
}

#[test]
fn a_dialect_tells_what_tags_do_not() {
    let shape = |it: &Element| match it.attribute("class") {
        "gone" => Shape::Gone,
        "cover" => Shape::Spoiler,
        "quote" => Shape::Quote { words: "ada:".into(), address: "/t/1/2".into() },
        _ => Shape::Usual,
    };
    let html = "<div class=gone>x</div><div class=cover>a</div><aside class=quote><blockquote>b</blockquote></aside>";
    let expected = "<details>\n<summary>Spoiler</summary>\n\na\n\n</details>\n\n> [ada:](/t/1/2)\n>\n> b";
    assert_eq!(super::markdown(html, &shape), expected);
}

#[test]
fn hostile_html_ends_soon_and_keeps_its_words() {
    for tag in ["div", "b", "blockquote", "ul><li", "table><tr><td", "details", "a href=https://a.example"] {
        let html = format!("{}x", format!("<{tag}>").repeat(20_000));
        assert!(of(&html).contains('x'), "{tag}");
    }
    let _ = of(&"<p>".repeat(50_000));
    let _ = of(&"</div>".repeat(50_000));
    let _ = of(&"&#x1F600;<".repeat(20_000));
    assert_eq!(of("<script>alert(1)</script><style>x{}</style>a<!-- b -->"), "a");
    assert_eq!(of("a\0b"), "ab");
}

/// The words of a tree as a reader sees them.
fn words_of(html: &str) -> Vec<String> {
    fn walk(nodes: &[Node], out: &mut String) {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(it) if it.name == "br" || BLOCKS.contains(&it.name.as_str()) => {
                    out.push(' ');
                    walk(&it.children, out);
                    out.push(' ');
                }
                Node::Element(it) => walk(&it.children, out),
            }
        }
    }
    let mut text = String::new();
    walk(&read(html).children, &mut text);
    text.split_whitespace().map(str::to_owned).collect()
}

/// The words that its Markdown shows.
fn words_shown(html: &str) -> Vec<String> {
    let body = render(&of(html), &Limits { bytes: 1 << 24, nesting: 1000 }).body;
    markdown::text(&body, &[]).split_whitespace().map(str::to_owned).collect()
}

fn html() -> impl Strategy<Value = String> {
    let word = "[a-zA-Z0-9]{1,5}|[-*_#>+=~`|\\[\\]():.!&;\\\\$@ ]{1,3}|https://a\\.example/[a-z_]{1,4}";
    let leaf = prop_oneof![
        4 => word.prop_map(|text| text.replace('&', "&amp;").replace('<', "&lt;")),
        1 => Just(String::from("<br>")),
        1 => Just(String::from("\n")),
        1 => Just(String::from("<hr>")),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let tags = prop::sample::select(vec![
            "p",
            "b",
            "i",
            "s",
            "code",
            "a href='https://a.example/'",
            "blockquote",
            "ul",
            "ol",
            "li",
            "pre",
            "h2",
            "div",
            "span",
            "kbd",
            "details",
            "table",
            "tr",
            "td",
        ]);
        (tags, prop::collection::vec(inner, 0..5), any::<bool>()).prop_map(|(tag, inner, closed)| {
            let name = tag.split(' ').next().unwrap_or(tag);
            let end = if closed { format!("</{name}>") } else { String::new() };
            format!("<{tag}>{}{end}", inner.concat())
        })
    })
}

proptest! {
    #[test]
    fn words_before_are_words_after(html in html()) {
        prop_assert_eq!(words_shown(&html), words_of(&html), "{}\n{}", html, of(&html));
    }
}
