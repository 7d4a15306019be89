//! HTML in → Markdown, that reads as a post which no page has to fear.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(html) = std::str::from_utf8(data) {
        boards_fuzz::show(&boards::archive::html::markdown(html, &boards::archive::html::usual));
        boards_fuzz::show(&boards::archive::html::plain(html));
    }
});
