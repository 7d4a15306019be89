//! A file of the content folder in → what it says as a post, a member, a topic and settings, and a page without danger.
#![no_main]

use boards::config::{Policy, Settings};
use boards::content;
use boards::git::Oid;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let faults = &mut Vec::new();
    let _ = content::read_post("a", Oid::ZERO_SHA1, data, &Policy::default(), faults);
    let text = String::from_utf8_lossy(data);
    let _ = content::read_member("members/a/ada.yml", &text, faults);
    let _ = Settings::read("forum.yml", &text);
    boards_fuzz::show(content::split(&text).map_or(&*text, |(_, text, _)| text));
});
