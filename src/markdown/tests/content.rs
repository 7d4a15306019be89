//! What authors write, and what becomes of it.

use super::*;

const REL: &str = "rel=\"nofollow ugc noopener\"";

#[test]
fn refused_links_are_words() {
    assert_eq!(
        line("[*a*](javascript:b) vector<std::string> <http://> ![c](data:d) ![](e:f) [g](http://)"),
        "<p><a class=\"refused\"><em>a</em></a> vector&lt;std::string&gt; &lt;http://&gt; <span class=\"refused\">c</span> \
         <span class=\"refused\">e:f</span> <a class=\"refused\">g</a></p>"
    );
    let refused = |scheme: &str, column| Fault {
        at: spot(2, column),
        kind: FaultKind::RefusedScheme { scheme: scheme.to_owned() },
    };
    assert_eq!(
        rendered("\n[a](b:c) <Ds::e> [f](//) ![g](mailto:h)").faults,
        [
            refused("b", 1),
            Fault { at: spot(2, 10), kind: FaultKind::NoScheme { scheme: "ds".to_owned() } },
            Fault { at: spot(2, 18), kind: FaultKind::BrokenAddress },
            refused("mailto", 26)
        ]
    );
}

#[test]
fn empty_headings_are_left_out() {
    assert_eq!(line("# a\n\n##\n\n### b"), "<h3 id=\"P-a\">a</h3> <h4 id=\"P-b\">b</h4>");
    assert_eq!(line("# <!-- -->\n\n# <b></b>"), "<h3 id=\"P-section\"><b></b></h3>");
}

#[test]
fn headings_stand_below_the_page_and_have_ids_of_their_own() {
    assert_eq!(
        line("# A *b*\n\n## A b\n\n### C\n\n###### D {#x}\n\n[e](#a-b) [f](#A-B-1)"),
        "<h3 id=\"P-a-b\">A <em>b</em></h3> <h4 id=\"P-a-b-1\">A b</h4> <h5 id=\"P-c\">C</h5> \
         <h6 id=\"P-d-x\">D {#x}</h6> <p><a href=\"#P-a-b\">e</a> <a href=\"#P-a-b-1\">f</a></p>"
    );
}

#[test]
fn links_into_the_forum_are_holes() {
    let rendered = rendered("a\n\n[b](../c/d%20e.md#f \"g\\\"h\") [i](#j)\n[k]\n\n[k]: /l\\m");
    let link = |target: &str, fragment: Option<&str>, at| Link {
        kind: LinkKind::Link,
        target: target.to_owned(),
        fragment: fragment.map(str::to_owned),
        at,
    };
    assert_eq!(
        rendered.links,
        [link("../c/d e.md", Some("f"), spot(3, 1)), link("/l/m", None, spot(4, 1)), link("", Some("j"), spot(3, 29))]
    );
    assert_eq!(
        filled(&rendered, &OutsideImages::Link),
        "<p>a</p>\n<p><a href=\"to-0\" title=\"g&quot;h\">b</a> <a href=\"to-2\">i</a>\n<a href=\"to-1\">k</a></p>\n"
    );
    assert_eq!(
        fill(&rendered.body, &PostIds::prefixed("P-"), &[], &OutsideImages::Link).as_str(),
        "<p>a</p>\n<p><a class=\"missing\" title=\"g&quot;h\">b</a> <a class=\"missing\">i</a>\n\
         <a class=\"missing\">k</a></p>\n"
    );
}

#[test]
fn attachments_are_saved_under_their_name() {
    let file = Filling::File { address: "/x/0af3".into(), name: "a \"b\".zip".into() };
    let body = rendered("[c](a.zip) ![d](a.zip)").body;
    assert_eq!(
        fill(&body, &PostIds::default(), &[file.clone(), file], &OutsideImages::Link).as_str(),
        "<p><a href=\"/x/0af3\" download=\"a &quot;b&quot;.zip\">c</a> <a href=\"/x/0af3\">d</a></p>\n"
    );
}

#[test]
fn outside_links_say_so() {
    assert_eq!(
        line("[a](http://b.example \"t\") <https://c.example/?d&e> [f](//g.example) [h](mailto:i@j.example)"),
        format!(
            "<p><a href=\"http://b.example\" {REL} title=\"t\">a</a> \
             <a href=\"https://c.example/?d&amp;e\" {REL}>https://c.example/?d&amp;e</a> \
             <a href=\"//g.example\" {REL}>f</a> <a href=\"mailto:i@j.example\" {REL}>h</a></p>"
        )
    );
    assert_eq!(rendered("[a](http://b.example) http://c.example ![d](http://e.example)").counts.outside_links, 2);
}

#[test]
fn bare_addresses_are_links_but_not_in_code_and_links() {
    let link = |address: &str| format!("<a href=\"{address}\" {REL}>{address}</a>");
    assert_eq!(
        line("See https://a.example/b_c_d?e=f&g*. (HTTP://h.example/i_(j)) \"http://k.example\""),
        format!(
            "<p>See {}*. ({}) \"{}\"</p>",
            link("https://a.example/b_c_d?e=f&amp;g"),
            link("HTTP://h.example/i_(j)").replacen("HTTP", "http", 1),
            link("http://k.example")
        )
    );
    for plain in ["ftp://a.example", "javascript://a.example/%0aalert(1)", "a@b.example", "www.a.example", "http://"] {
        assert_eq!(line(plain), format!("<p>{plain}</p>"));
    }
    assert_eq!(line("`http://a.example @b`"), "<p><code>http://a.example @b</code></p>");
    assert_eq!(line("[http://a.example @b](c)"), "<p><a href=\"to-0\">http://a.example @b</a></p>");
}

#[test]
fn an_email_address_is_no_link() {
    assert_eq!(line("<a@b.example> c@d.example"), "<p>&lt;a@b.example&gt; c@d.example</p>");
}

#[test]
fn mentions_are_holes() {
    let rendered = rendered("Hi @Ada,\n*@bob.* `@no` \\@no @a_b_ [@no](c) &commat;eve");
    let mentions: Vec<_> = rendered.links.iter().filter(|link| link.kind == LinkKind::Mention).collect();
    let found: Vec<_> = mentions.iter().map(|link| (link.target.as_str(), link.at)).collect();
    assert_eq!(found, [("ada", spot(1, 4)), ("bob", spot(2, 2)), ("a_b_", spot(2, 20)), ("eve", spot(2, 35))]);
    assert_eq!(rendered.counts.mentions, 4);
    let members = [
        Filling::Member { name: "Ada <L>".into(), address: Some("/m/ada".into()) },
        Filling::Member { name: "Someone".into(), address: None },
    ];
    assert_eq!(
        fill(&rendered.body, &PostIds::default(), &members, &OutsideImages::Link).as_str(),
        "<p>Hi <a class=\"mention\" href=\"/m/ada\">@Ada &lt;L&gt;</a>,\n\
         <em><span class=\"mention\">@Someone</span>.</em> <code>@no</code> @no @a_b_ \
         <a class=\"missing\">@no</a> @eve</p>\n"
    );
}

#[test]
fn images_of_the_forum_are_holes() {
    let rendered = rendered("![a *b* `c` ![d](e)](f.png \"g\") [![h](i.png)](j.md)");
    assert_eq!(
        filled(&rendered, &OutsideImages::Link),
        "<p><img src=\"to-0\" alt=\"a b c d\" title=\"g\" width=\"3\" height=\"2\" loading=\"lazy\" decoding=\"async\"> \
         <a href=\"to-1\"><img src=\"to-2\" alt=\"h\" width=\"3\" height=\"2\" loading=\"lazy\" decoding=\"async\"></a></p>\n"
    );
    assert_eq!(
        fill(&rendered.body, &PostIds::default(), &[], &OutsideImages::Link).as_str(),
        "<p><span class=\"missing\">a b c d</span> <a class=\"missing\"><span class=\"missing\">h</span></a></p>\n"
    );
    assert_eq!(rendered.counts.images, 2);
}

#[test]
fn images_of_other_sites_follow_the_policy() {
    let rendered = rendered(
        "![a<](https://b.example/?c&d \"t\") [![e](http://f.example)](http://g.example) ![](http://h.example)",
    );
    let show = |images: OutsideImages| filled(&rendered, &images).trim_end().to_owned();
    assert_eq!(
        show(OutsideImages::Link),
        format!(
            "<p><a class=\"image\" href=\"https://b.example/?c&amp;d\" {REL}>a&lt;</a> \
             <a href=\"http://g.example\" {REL}>e</a> \
             <a class=\"image\" href=\"http://h.example\" {REL}>http://h.example</a></p>"
        )
    );
    let more = "loading=\"lazy\" decoding=\"async\"";
    let quiet = format!("referrerpolicy=\"no-referrer\" {more}");
    assert_eq!(
        show(OutsideImages::Allow),
        format!(
            "<p><img src=\"https://b.example/?c&amp;d\" alt=\"a&lt;\" title=\"t\" {quiet}> \
             <a href=\"http://g.example\" {REL}><img src=\"http://f.example\" alt=\"e\" {quiet}></a> \
             <img src=\"http://h.example\" alt=\"\" {quiet}></p>"
        )
    );
    let proxied = show(OutsideImages::Proxy("https://p.example/?u=".to_owned()));
    let source = "src=\"https://p.example/?u=https%3A%2F%2Fb.example%2F%3Fc%26d\"";
    assert!(proxied.contains(&format!("<img {source} alt=\"a&lt;\" title=\"t\" {more}>")), "{proxied}");
    assert_eq!(rendered.faults, [Fault { at: spot(1, 78), kind: FaultKind::NoAltText }]);
}

#[test]
fn footnotes_stand_at_the_end_with_a_way_back() {
    assert_eq!(
        line("a[^1] b[^Two] c[^1] f[^none]\n\n[^two]: Second.\n[^1]: First.\n[^3]: Lost."),
        "<p>a<sup class=\"footnote\"><a id=\"P-fnref:1\" href=\"#P-fn:1\" aria-label=\"Footnote 1\">1</a></sup> \
         b<sup class=\"footnote\"><a id=\"P-fnref:2\" href=\"#P-fn:2\" aria-label=\"Footnote 2\">2</a></sup> \
         c<sup class=\"footnote\"><a id=\"P-fnref:1:2\" href=\"#P-fn:1\" aria-label=\"Footnote 1\">1</a></sup> \
         f[^none]</p> \
         <section class=\"footnotes\" role=\"group\" aria-label=\"Footnotes\"> <ol> \
         <li id=\"P-fn:1\"><p>First. \
         <a class=\"footnote-back\" href=\"#P-fnref:1\" aria-label=\"Back to reference 1\">↩</a> \
         <a class=\"footnote-back\" href=\"#P-fnref:1:2\" aria-label=\"Back to reference 1-2\">↩</a></p> </li> \
         <li id=\"P-fn:2\"><p>Second. \
         <a class=\"footnote-back\" href=\"#P-fnref:2\" aria-label=\"Back to reference 2\">↩</a></p> </li> \
         <li><p>Lost.</p> </li> </ol> </section>"
    );
}

#[test]
fn alerts_have_a_visible_title() {
    assert_eq!(
        line("> [!TIP]\n> a\n\n> b"),
        "<div class=\"alert tip\"> <p class=\"alert-title\">Tip</p> <p>a</p> </div> <blockquote> <p>b</p> </blockquote>"
    );
}

#[test]
fn tables_align_by_class() {
    assert_eq!(
        line("|a|b|c|\n|:-|-:|:-:|\n|d|e|\n"),
        "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table\"><table> \
         <thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"align-right\">b</th>\
         <th scope=\"col\" class=\"align-center\">c</th></tr></thead> \
         <tbody> <tr><td>d</td><td class=\"align-right\">e</td><td class=\"align-center\"></td></tr> </tbody> </table></div>"
    );
}

#[test]
fn tasks_have_names() {
    assert_eq!(
        line("- [ ] a\n- [x] b"),
        "<ul> <li><input type=\"checkbox\" disabled aria-label=\"To do\"> a</li> \
         <li><input type=\"checkbox\" disabled checked aria-label=\"Done\"> b</li> </ul>"
    );
}

#[test]
fn code_keeps_the_name_of_its_language() {
    for (info, class) in [
        ("Rust", " class=\"language-rust\""),
        ("c++ {.x}", " class=\"language-c++\""),
        ("rust,ignore", " class=\"language-rust\""),
        ("", ""),
        ("a\"b", ""),
        ("{.rust}", ""),
    ] {
        assert_eq!(
            html(&format!("```{info}\na <b>\n\n@c\n```")),
            format!("<pre tabindex=\"0\"><code{class}>a &lt;b&gt;\n\n@c\n</code></pre>\n"),
            "{info}"
        );
    }
}

#[test]
fn other_blocks_and_spans_are_plain_html() {
    assert_eq!(line("a\nb\\\nc ~~d~~ **e**\n\n---"), "<p>a b<br> c <del>d</del> <strong>e</strong></p> <hr>");
    assert_eq!(line("3. a\n4. b\n   - c"), "<ol start=\"3\"> <li>a</li> <li>b<ul> <li>c</li> </ul> </li> </ol>");
}

#[test]
fn a_few_raw_tags_are_markup() {
    assert_eq!(
        line("<details open class=x>\n<summary>A <b>b</b></summary>\n\n*c*\n\n</details>\n\nd <kbd>e</kbd><br/>f"),
        "<details open=\"\"> <summary>A <b>b</b></summary> <p><em>c</em></p> </details> <p>d <kbd>e</kbd><br>f</p>"
    );
    assert_eq!(line("<dl><dt>a<dd>b &mdash; c</dl>"), "<dl><dt>a</dt><dd><p class=\"raw\">b — c</p> </dd></dl>");
    assert_eq!(
        line("<ruby>a<rp>(<rt>b<rp>)</ruby> <abbr title='c & \"d\"'>e</abbr>"),
        "<p><ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby> <abbr title=\"c &amp; &quot;d&quot;\">e</abbr></p>"
    );
    assert_eq!(line("<details>a</details> b\n\nc</details>").matches("details").count(), 3);
}

#[test]
fn tags_without_partner_or_place_are_words() {
    let untitled = "<summary class=\"untitled\">Details</summary>";
    for (source, shown) in [
        ("vector<i> a", "<p>vector&lt;i&gt; a</p>"),
        ("a</b> c", "<p>a&lt;/b&gt; c</p>"),
        ("*<b>a* b</b>", "<p><em>&lt;b&gt;a</em> b&lt;/b&gt;</p>"),
        ("a <details> b", "<p>a </p> <details> b</details>"),
        ("**a <details> b**", "<p><strong>a &lt;details&gt; b</strong></p>"),
        ("a <summary>b</summary>", "<p>a &lt;summary&gt;b&lt;/summary&gt;</p>"),
        ("a <ruby>b</ruby>", "<p>a &lt;ruby&gt;b&lt;/ruby&gt;</p>"),
        ("<dl><dd>a</dd></dl>", "<p class=\"raw\">&lt;dd&gt;a&lt;/dd&gt;&lt;/dl&gt;</p>"),
        ("<dl><dt>a</dl>", "<dl><dt>a</dt><dd></dd></dl>"),
        ("a <rt>b", "<p>a &lt;rt&gt;b</p>"),
        ("<div>\na\n</div>", "<p class=\"raw\">&lt;div&gt; a &lt;/div&gt;</p>"),
        ("a <b x", "<p>a &lt;b x</p>"),
    ] {
        let shown = shown.replace("<details> b</details>", &format!("<details>{untitled}<p> b</p> </details>"));
        assert_eq!(line(source), shown, "{source}");
    }
    assert_eq!(
        rendered("a\nb <x>c</x> <i>").faults,
        [("x", 3), ("x", 7), ("i", 12)]
            .map(|(tag, column)| Fault { at: spot(2, column), kind: FaultKind::RawTag { tag: tag.to_owned() } })
    );
}

#[test]
fn an_unclosed_block_ends_with_what_is_around_it() {
    assert_eq!(
        line("> <details>\n> a\n\nb"),
        "<blockquote> <details><summary class=\"untitled\">Details</summary><p class=\"raw\">a </p> </details></blockquote> <p>b</p>"
    );
    assert_eq!(
        rendered("> <details>\n> a\n\nb").faults,
        [Fault { at: spot(1, 3), kind: FaultKind::UnclosedTag { tag: "details".to_owned() } }]
    );
}

#[test]
fn comments_are_left_out_and_reported() {
    assert_eq!(line("a <!-- b --> c"), "<p>a  c</p>");
    assert_eq!(rendered("a <!-- b --> c").faults, [Fault { at: spot(1, 3), kind: FaultKind::HtmlComment }]);
    assert_eq!(line("<!-- a\n\nb"), "<p class=\"raw\">&lt;!-- a  b</p>");
}

#[test]
fn line_ends_do_not_matter() {
    let lf = "# a\n\nb\nc  \nd\n\n```\ne\nf\n```\n<details>\ng\n</details>\n";
    assert_eq!(rendered(lf), rendered(&lf.replace('\n', "\r\n")));
}

#[test]
fn a_text_beyond_the_limits_is_shown_as_typed() {
    let limits = Limits { bytes: 10, nesting: 5 };
    let long = render("\n> <b> @c *d*", &limits);
    assert_eq!(long.body.as_str(), "<pre class=\"plain\" tabindex=\"0\">\n\n&gt; &lt;b&gt; @c *d*</pre>\n");
    assert_eq!(
        (long.faults, long.links),
        (vec![Fault { at: spot(1, 1), kind: FaultKind::TooLong { bytes: 13 } }], vec![])
    );
    assert!(render(">>>> a", &limits).faults.is_empty());
    assert_eq!(
        render("a\n\n>>>>> a", &limits).faults,
        [Fault { at: spot(3, 7), kind: FaultKind::TooDeep { depth: 6 } }]
    );
    let limits = Limits { nesting: 5, ..Limits::default() };
    let deep = |text: &str| matches!(*render(text, &limits).faults, [Fault { kind: FaultKind::TooDeep { .. }, .. }]);
    assert!(deep("<b><i><u><s><q>a</q></s></u></i></b>"));
    assert!(deep(&"<details>\n\n".repeat(6)));
    assert!(deep("![![![![![![a](b)](b)](b)](b)](b)](b)"));
}

#[test]
fn a_short_text_has_no_holes_and_no_ids() {
    assert_eq!(
        short("# a\n\n[b](c) @d ![e](f) ![g](http://h.example)").as_str().replace('\n', " "),
        format!(
            "<p>a</p> <p><a class=\"missing\">b</a> @d <span class=\"missing\">e</span> \
             <a class=\"image\" href=\"http://h.example\" {REL}>g</a></p> "
        )
    );
}

#[test]
fn a_damaged_cache_does_no_harm() {
    for damaged in [
        "\u{FDD1}",
        "\u{FDD1}0\u{FDD7}",
        "\u{FDD2}\u{FDD6}\u{FDD7}",
        "\u{FDD4}",
        "\u{FDDF}a",
        "<img src=\"\u{FDD3}\u{FDD6}a",
    ] {
        let filled = fill(&Body::from_cache(damaged.to_owned()), &PostIds::default(), &[], &OutsideImages::Allow);
        assert!(!filled.as_str().contains(|c| matches!(c, '\u{FDD0}'..='\u{FDEF}')) || damaged.len() > 3, "{filled:?}");
    }
}
