//! What attackers write, and that nothing comes of it.

use super::*;

/// Texts that try to run a script, load something, forge a hole or escape from an attribute.
const ATTACKS: &[&str] = &[
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](  javascript:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](java&#10;script:alert(1))",
    "[a](java&Tab;script&colon;alert(1))",
    "[a](&#1;javascript:alert(1))",
    "[a](&#x6A;&#x61;vascript&#58;alert(1))",
    "[a](javascript&#x3A;alert(1))",
    "[a](\\javascript:alert(1))",
    "[a](vbscript:msgbox)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](feed:javascript:alert(1))",
    "[a](file:///etc/passwd)",
    "[a]\n\n[a]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "javascript://a.example/%0aalert(1)",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml,<svg onload=alert(1)>)",
    "![a\" onerror=\"alert(1)](https://b.example)",
    "![a](https://b.example/\"onerror=\"alert(1))",
    "![a](b.png \"c\\\" onerror=\\\"alert(1)\")",
    "[a](https://b.example/\"onclick=\"alert(1))",
    "[a](https://b.example \"c\\\" onclick=\\\"alert(1)\")",
    "[a](https://b.example '\" onclick=alert(1) x=\"')",
    "[a](<https://b.example\" onclick=\"alert(1)>)",
    "<https://b.example/\"onclick=\"alert(1)>",
    "https://b.example/\"onclick=\"alert(1)",
    "https://b.example/'onclick='alert(1)",
    "@a\"onclick=\"alert(1)",
    "```a\"onclick=\"alert(1)\nb\n```",
    "# a\" onclick=\"alert(1)",
    "# a {onclick=alert(1)}",
    "[^\"onclick=\"]\n\n[^\"onclick=\"]: a",
    "<script>alert(1)</script>",
    "a <script>alert(1)</script>",
    "<ScRiPt\n>alert(1)</sCrIpT >",
    "<script/src=//b.example>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "a <img src=x onerror=alert(1)> b",
    "<a href=\"javascript:alert(1)\">b</a>",
    "<a href=\"https://b.example\" onclick=alert(1)>b</a>",
    "<iframe src=//b.example></iframe>",
    "<form action=//b.example><button>c</button></form>",
    "<object data=b></object><embed src=b><base href=//b.example><meta http-equiv=refresh content=0>",
    "<style>@import '//b.example'</style>",
    "<link rel=stylesheet href=//b.example>",
    "<b onclick=alert(1)>c</b>",
    "<b style=\"position:fixed\" id=d class=e>c</b>",
    "<details ontoggle=alert(1) open>c</details>",
    "<details open=\"\" ontoggle=\"alert(1)\">c</details>",
    "<abbr title='\" onclick=alert(1) x=\"'>c</abbr>",
    "<abbr title=\"&quot; onclick=alert(1)\">c</abbr>",
    "<abbr title=`\"onclick=alert(1)`>c</abbr>",
    "<abbr title=\"&#xFDD1;0&#xFDD7;\">c</abbr>",
    "<kbd/onclick=alert(1)>c</kbd>",
    "<br onload=alert(1)>",
    "<q cite=javascript:alert(1)>c</q>",
    "<del cite=javascript:alert(1)>c</del>",
    "<b>\u{FDD1}0\u{FDD7}</b>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?a <img src=x onerror=alert(1)> ?>",
    "<!a <img src=x onerror=alert(1)>>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<details><summary><details><table><b></details></summary><img src=x onerror=alert(1)>",
    "<b><i></b></i><u><p></u>",
    "<dl><dt><dl><dd></dt></dl>",
    "</p></div></body><b>",
    "\u{FDD0}\u{FDD1}0\u{FDD7}\u{FDD2}0\u{FDD6}a\u{FDD7}",
    "&#xFDD0;&#xFDD1;0&#xFDD7;&#64976;",
    "<a href=\"\u{FDD1}0\u{FDD7}\">",
    "[a](\u{FDD1}0\u{FDD7}) [b](&#xFDD1;0&#xFDD7; \"&#xFDD1;0&#xFDD7;\")",
    "![\u{FDD6}](b\u{FDD7}\" onerror=\"alert(1))",
    "`\u{FDD4}0\u{FDD6}<script>\u{FDD7}`",
    "a\u{0}b\u{8}c\u{1b}[31md\u{7f}\u{85}\u{FFFE}",
    "\u{FEFF}<script>alert(1)</script>",
];

#[test]
fn attacks_become_words() {
    for attack in ATTACKS {
        for text in
            [(*attack).to_owned(), format!("<b>x</b> {attack}"), format!("- {attack}"), format!("|a|\n|-|\n|{attack}|")]
        {
            let rendered = rendered(&text);
            for images in
                [OutsideImages::Link, OutsideImages::Allow, OutsideImages::Proxy("https://p.example/".to_owned())]
            {
                let page = filled(&rendered, &images);
                laws::hold(&text, &page);
                laws::hold(&text, fill(&rendered.body, &PostIds::prefixed("P-"), &[], &images).as_str());
            }
            laws::hold(&text, short(&text).as_str());
        }
    }
}

#[test]
fn holes_can_not_be_forged() {
    for forged in ["\u{FDD4}0\u{FDD6}mallory\u{FDD7}", "&#xFDD4;0&#xFDD6;mallory&#xFDD7;"] {
        for text in [
            format!("@ada {forged}"),
            format!("@ada `{forged}`"),
            format!("@ada <b>{forged}</b>"),
            format!("@ada\n\n<dl>{forged}</dl>"),
        ] {
            let rendered = rendered(&text);
            assert_eq!(rendered.links.len(), 1, "{text}");
            let member = Filling::Member { name: "Ada".into(), address: None };
            let page = fill(&rendered.body, &PostIds::default(), &[member], &OutsideImages::Link);
            assert_eq!(page.as_str().matches("@Ada").count(), 1, "{text}");
            assert!(page.as_str().contains("mallory"), "{text}");
        }
    }
}

#[test]
fn fillings_are_escaped() {
    let rendered = rendered("[a](b) @c ![d](e)");
    let evil = "\"><script>";
    let fillings = [
        Filling::File { address: evil.into(), name: evil.into() },
        Filling::Member { name: evil.into(), address: Some(evil.into()) },
        Filling::Picture { address: evil.into(), width: 1, height: 1 },
    ];
    laws::hold("fillings", fill(&rendered.body, &PostIds::prefixed(evil), &fillings, &OutsideImages::Link).as_str());
}

#[test]
fn texts_that_nest_or_never_end_take_no_time() {
    let size = 64 * 1024;
    let tokens = [
        ">",
        "> ",
        "[",
        "![",
        "*",
        "**a ",
        "_",
        "`",
        "``` ",
        "~",
        "- ",
        "1. ",
        "- a\n",
        "<",
        "<b>",
        "<b",
        "<b ",
        "</b>",
        "<!--",
        "<!-- ",
        "<details>\n\n",
        "<details>",
        "<div>\n",
        "<?",
        "<![CDATA[",
        "|",
        "|a\n|-\n",
        "&",
        "&#",
        "\\",
        "@",
        "@a",
        "@a ",
        "http://",
        "http://a.example ",
        "a://",
        ":",
        "[a](",
        "[a](b) ",
        "[a](<b",
        "![a](b)",
        "[a]: b\n",
        "[^1]",
        "[^1]: a\n",
        "# a\n",
        "a\n=\n",
        "(",
        "\"",
        "\n",
        "\t",
        " ",
        "a",
        "a*_`~[",
        "*a _b ",
        "é",
        "\u{0}",
        "\u{FDD1}",
        "[[a]]",
        "<a@b.example>",
        "<http://a.example>",
        "> - ",
        "<summary>",
        "<dl><dt>",
        "<dl></dl>",
        "<ruby>a<rt>b",
        "<b></b>",
        "a <i>b\n\n",
        "<summary></summary>",
        "#",
        "[a](#a) ",
    ];
    for piece in tokens {
        let text = piece.repeat(size / piece.len());
        let start = std::time::Instant::now();
        let rendered = rendered(&text);
        let page = filled(&rendered, &OutsideImages::Link);
        let took = start.elapsed();
        assert!(took.as_millis() < 2000, "{piece:?} took {took:?}");
        assert!(page.len() < 40 * size, "{piece:?} became {} bytes", page.len());
    }
}
