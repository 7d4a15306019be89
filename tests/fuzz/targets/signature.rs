//! A member's key and a commit's signature in, apart at the first empty line → whose signature it is.
#![no_main]

use boards::content::{Keyring, MemberFile, key_identity, key_is_usable, read_member};
use boards::git::Signed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (key, signature) = text.split_once("\n\n").unwrap_or((&text, ""));
    assert_eq!(key_is_usable(key), key_identity(key).is_some());
    let file = format!("keys:\n- \"{}\"\n", key.replace(['"', '\\', '\n'], ""));
    let (handle, path) = (String::from("ada"), String::from("members/a/ada.yml"));
    let member = read_member(&path, &file, &mut Vec::new());
    let keys = Keyring::of(&[MemberFile { handle, path, member, avatar: None }]);
    let _ = keys.judge(Some(&Signed { signature: signature.to_owned(), payload: data.to_vec() }));
});
