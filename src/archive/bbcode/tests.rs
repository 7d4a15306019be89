//! BBCode of several boards in → whether its Markdown says the same. It reads no files.

use super::*;
use crate::markdown::{Limits, render, text};
use proptest::prelude::*;

fn typed(text: &str) -> String {
    markdown(text, &Style::typed())
}

fn kept(text: &str) -> String {
    let post = |id: &str| Some(format!("viewtopic.php?p={id}"));
    let file = |number: &str, _: &str| Some((format!("file.php?id={number}"), String::from("a.bin")));
    xml_markdown(text, &Style { uid: "1a2b3c", escaped: true, post: &post, file: &file, ..Style::typed() })
}

#[test]
fn tags_become_markdown() {
    assert_eq!(typed("[b]a[/b] [I]b[/i] [u]c[/u] [s]d[/s]"), "**a** *b* <u>c</u> ~~d~~");
    assert_eq!(typed("one\ntwo\n\nthree"), "one\\\ntwo\n\nthree");
    assert_eq!(
        typed("[url=https://x.example/]x[/url] [url]www.y.example[/url]"),
        "[x](https://x.example/) [www.y.example](http://www.y.example)"
    );
    assert_eq!(typed("[img]https://x.example/a.png[/img]"), "![](https://x.example/a.png)");
    assert_eq!(typed("[list][*]a\n[*]b [b]c[/b]\n[/list]"), "- a\n- b **c**");
    assert_eq!(typed("[list=1]\n[*]a[list][*]b[/list]\n[*]c[/list]"), "1. a\n   - b\n2. c");
    assert_eq!(typed("[code]a [b]c[/b]\n  d[/code]"), "```\na [b]c[/b]\n  d\n```");
    assert_eq!(typed("[php]echo 1;[/php]"), "```php\necho 1;\n```");
    assert_eq!(typed("[color=red]a[/color] [size=20]b[/size]"), "a b");
    assert_eq!(typed("[spoiler=End]x[/spoiler]"), "<details>\n<summary>End</summary>\n\nx\n\n</details>");
    assert_eq!(typed("[quote='Ada' pid='7' dateline='1']x[/quote]y"), "> Ada:\n>\n> x\n\ny");
    assert_eq!(typed("[quote author=Ada L link=topic=1.msg2#msg2 date=3]x[/quote]"), "> Ada L:\n>\n> x");
    assert_eq!(typed("[table][tr][td]a[/td][td]b[/td][/tr][/table]"), "|  |  |\n| --- | --- |\n| a | b |");
    assert_eq!(typed("[youtube]abcdefghijk[/youtube]"), "<https://www.youtube.com/watch?v=abcdefghijk>");
}

#[test]
fn what_is_no_tag_stays_text() {
    assert_eq!(typed("a[1] [foo]b[/foo] [b]c"), "a\\[1\\] \\[foo\\]b\\[/foo\\] \\[b\\]c");
    assert_eq!(typed("[b][i]x[/b]y[/i]"), "<b>*x*</b>y");
    assert_eq!(typed("[*]x [/quote] [code]y"), "\\[\\*\\]x \\[/quote\\] \\[code\\]y");
    assert_eq!(typed("[url=javascript:alert(1)]x[/url]"), "x");
    assert_eq!(typed("<b>& &amp;"), "\\<b>& \\&amp;");
}

#[test]
fn a_file_may_stand_alone() {
    let file =
        |number: &str, _: &str| (number == "5").then(|| (String::from("file.php?id=5"), String::from("cup.png")));
    let style = Style { file: &file, ..Style::typed() };
    assert_eq!(markdown("[attachment=5] [attachment=6]", &style), "![cup.png](file.php?id=5) \\[attachment=6\\]");
}

#[test]
fn smilies_that_stand_by_themselves_are_emoji() {
    let style = Style { smilies: true, ..Style::typed() };
    let text = |text: &str| markdown(text, &style);
    assert_eq!(text("a :) b :D!\n:cry:"), "a 🙂 b 😀!\\\n😢");
    assert_eq!(text("std::p a:)b (8) :tea: [code]x :) y[/code]"), "std::p a:)b (8) :tea:\n\n```\nx :) y\n```");
    assert_eq!(
        kept("<r><E>:tea:</E> <E>:x-ray:</E> <CODE><s>[code]</s>:)<e>[/code]</e></CODE></r>"),
        "🍵 :x-ray:\n\n```\n:)\n```"
    );
}

#[test]
fn what_smf_alone_has_is_read() {
    let member = |id: &str| Some(format!("index.php?action=profile;u={id}"));
    let file = |id: &str, _: &str| (id == "5").then(|| (String::from("file.php?id=5"), String::from("cup.png")));
    let style = Style { escaped: true, member: &member, file: &file, ..Style::typed() };
    let text = |text: &str| markdown(text, &style);
    assert_eq!(text("a<br />b &#039;c&#039;[br]d"), "a\\\nb 'c'\\\nd");
    assert_eq!(text("[list type=decimal]<br />[li]a[/li]<br />[li]b[/li]<br />[/list]"), "1. a\n2. b");
    assert_eq!(text("[member=7]Ada[/member] [me=Bob]waits[/me]"), "[@Ada](index.php?action=profile;u=7) \\* Bob waits");
    assert_eq!(text("[attach id=5 type=image/png]x.png[/attach] [attach=6]"), "![x.png](file.php?id=5) \\[attach=6\\]");
    assert_eq!(text("[code]if (a &lt; b)<br />&nbsp; c;[/code]"), "```\nif (a < b)\n  c;\n```");
    assert_eq!(text("[abbr=exempli gratia]e.g.[/abbr] [red]x[/red]"), "e.g. (exempli gratia) x");
}

#[test]
fn what_phpbb_2_and_3_0_keep_is_read() {
    assert_eq!(kept("[b:1a2b3c]a[/b:1a2b3c] [b]c[/b]"), "**a** \\[b\\]c\\[/b\\]");
    assert_eq!(kept("[quote:1a2b3c=\"Ada\"]x[/quote:1a2b3c]"), "> Ada:\n>\n> x");
    assert_eq!(kept("[quote=&quot;A]da&quot;:1a2b3c]x[/quote:1a2b3c]"), "> A\\]da:\n>\n> x");
    assert_eq!(kept("[list:1a2b3c][*:1a2b3c]a[/*:m:1a2b3c][*:1a2b3c]b[/*:m:1a2b3c][/list:u:1a2b3c]"), "- a\n- b");
    assert_eq!(kept("[code:1:1a2b3c]&lt;x&gt;[/code:1:1a2b3c]"), "```\n<x>\n```");
    let smile = "hi <!-- s:) --><img src=\"{SMILIES_PATH}/x.gif\" alt=\":)\" title=\"Smile\" /><!-- s:) -->!";
    assert_eq!(kept(smile), "hi 🙂!");
    let link = "<!-- m --><a class=\"postlink\" href=\"http://x.example/?a=1&amp;b=2\">http://x.example/?a= ... 2</a><!-- m -->";
    assert_eq!(kept(link), "[http://x.example/?a= ... 2](<http://x.example/?a=1&b=2>)");
    assert_eq!(
        kept("[attachment=0:1a2b3c]<!-- ia0 -->cup.png<!-- ia0 -->[/attachment:1a2b3c]"),
        "![cup.png](file.php?id=0)"
    );
}

#[test]
fn what_phpbb_3_2_keeps_is_read() {
    assert_eq!(kept("<t>a [b]c[/b]<br/>\nd &lt;e&gt;</t>"), "a \\[b\\]c\\[/b\\]\\\nd \\<e>");
    assert_eq!(kept("<r><B><s>[b]</s>a<e>[/b]</e></B> <E>:)</E> <EMOJI seq=\"1f600\">😀</EMOJI></r>"), "**a** 🙂 😀");
    let quote = "<r><QUOTE author=\"Ada\" post_id=\"7\" time=\"1\" user_id=\"2\"><s>[quote=Ada post_id=7 time=1 user_id=2]</s>x<e>[/quote]</e></QUOTE>\n\ny</r>";
    assert_eq!(kept(quote), "> [Ada:](viewtopic.php?p=7)\n>\n> x\n\ny");
    let code = "<r><CODE lang=\"rust\"><s>[code=rust]</s><i>\n</i>a\n  b<e>[/code]</e></CODE></r>";
    assert_eq!(kept(code), "```rust\na\n  b\n```");
    let list = "<r><LIST type=\"1\"><s>[list=1]</s><LI><s>[*]</s>a</LI>\n<LI><s>[*]</s>b</LI><e>[/list]</e></LIST></r>";
    assert_eq!(kept(list), "1. a\n2. b");
    let link = "<r><URL url=\"https://x.example/a\"><LINK_TEXT text=\"x\">https://x.example/a</LINK_TEXT></URL></r>";
    assert_eq!(kept(link), "<https://x.example/a>");
    assert_eq!(kept("<r><FOO><s>[foo]</s>a<e>[/foo]</e></FOO></r>"), "\\[foo\\]a\\[/foo\\]");
    assert_eq!(
        kept(
            "<r><ATTACHMENT filename=\"a.zip\" index=\"3\"><s>[attachment=3]</s>a.zip<e>[/attachment]</e></ATTACHMENT></r>"
        ),
        "[a.zip](file.php?id=3)"
    );
    assert_eq!(kept("<r><b broken"), "\\<r>\\<b broken");
}

#[test]
fn towers_stay_small_and_keep_their_words() {
    let tower = format!("{}x{}", "[quote][b][list][*]".repeat(20_000), "[/list][/b][/quote]".repeat(20_000));
    assert!(typed(&tower).contains('x'));
    let xml = format!("<r>{}x{}</r>", "<B>".repeat(20_000), "</B>".repeat(20_000));
    assert!(kept(&xml).contains('x'));
    for open in ["[b]", "[code]", "[a=\"", "[url=", "[*]", "[/b]", "[quote=\"[", "<!--", "&", "[list][*]"] {
        let many = open.repeat(20_000);
        assert!(kept(&many).len() + typed(&many).len() > 20_000, "{open}");
    }
}

/// The words in a text: letters alone.
fn letters(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphabetic()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn words_before_are_words_after(parts in proptest::collection::vec(prop_oneof![
        "[A-Z]{1,4}",
        "[ \n.,;:!*_#>|`~$0-9-]{1,3}",
        prop_oneof![Just("b"), Just("i"), Just("quote"), Just("list"), Just("li"), Just("center"), Just("color"), Just("u"), Just("sub"), Just("spoiler"), Just("table"), Just("td"), Just("code")]
            .prop_flat_map(|name| prop_oneof![Just(format!("[{name}]")), Just(format!("[/{name}]"))]),
    ], 0..40)) {
        let source = parts.concat();
        let body = render(&typed(&source), &Limits { bytes: 1 << 24, nesting: 1000 }).body;
        let seen = text(&body, &[]);
        // Words are in capitals, tags aren't; what a spoiler is called is the program's word.
        let capital = |text: &str| letters(&text.replace("Spoiler", "")).into_iter().filter(|it| it.chars().all(char::is_uppercase)).collect::<String>();
        prop_assert_eq!(capital(&seen), capital(&source), "{}", typed(&source));
    }

    #[test]
    fn nothing_makes_it_panic(source in "(\\[/?(b|i|\\*|list|code|quote|url|img)(=\"?[a-z é]{0,3}\"?)?(:1a2b3c)?\\]|[a-zé \n<>&;\"=]|<[brt/]>|<br/>|<B>|</B>|&quot;){0,40}") {
        let _ = (typed(&source), kept(&source), kept(&format!("<r>{source}</r>")));
    }
}
