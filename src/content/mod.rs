//! A snapshot in → the whole [`Forum`] and every fault of its files out. Nothing here knows pages or addresses;
//! what only the forum as a whole can tell (a reply to nothing, a dead link) is judged by `rules`.

mod attachment;
mod date;
pub mod draft;
mod files;
mod folders;
mod forum;
mod history;
mod keyring;
mod load;
mod look;
mod member;
mod moderation;
mod month;
mod names;
mod packed;
mod people;
mod post;
mod posts;
mod resolve;
mod signatures;
mod size;
mod summary;
mod topic;
mod topic_cache;

pub use attachment::{Attachment, AttachmentFault, AttachmentKind, judge};
pub use files::ForumFiles;
pub use folders::{BOARD, DEEPEST_LEVELS, Unknown};
pub use forum::{Board, BoardId, Dated, Edit, Forum, Post, Threading, Topic, TopicId};
pub use history::Past;
pub use keyring::{Keyring, Signature, key_identity, key_is_usable, unknown_key_type};
pub use load::{Sources, load, settings, settings_at};
pub use look::{blank, ignorable, look, skeleton, unstyled};
pub use member::{Avatar, MEMBERS, Member, MemberFile, Role, is_picture, read as read_member};
pub use moderation::{FILE as TOPIC, Moderation};
pub use month::{Calendar, Month};
pub use names::{PATH_BYTES, Stem, folded, handle_fault, handled, name_fault, page_number, reserved, suggested_name};
pub use people::{Person, PersonId};
pub use post::{
    Archive, FRONT_BYTES, FRONT_MATTER, Opening, PostFile, Sourced, TEXT_ENCODING, body_of, counts_of,
    read as read_post, split, text_of,
};
pub use posts::{Posts, ReadTopic};
pub use resolve::{LinkTarget, Resolver, normal};
pub use size::{FILE_SIZE, POST_BYTES, SETTINGS_BYTES};
pub use summary::{Aliased, First, NEVER, Name, TextChange, TopicSummary};
pub use topic::{TopicFile, read as read_topic};
pub use topic_cache::TopicCache;
