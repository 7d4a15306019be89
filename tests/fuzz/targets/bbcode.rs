//! BBCode in → Markdown, that reads as a post which no page has to fear.
#![no_main]

use boards::archive::bbcode::{Style, markdown, xml_markdown};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let post = |id: &str| Some(format!("/viewtopic.php?p={id}"));
        let file = |number: &str, _: &str| Some((format!("/file.php?id={number}"), String::from("cup.png")));
        boards_fuzz::show(&markdown(text, &Style { smilies: true, member: &post, ..Style::typed() }));
        let style = Style { uid: "1a2b3c", escaped: true, post: &post, file: &file, ..Style::typed() };
        boards_fuzz::show(&xml_markdown(text, &style));
    }
});
