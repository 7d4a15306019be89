//! Room 2. A snapshot in → the whole [`Forum`] and every fault of its files out. Nothing here knows pages or addresses;
//! what only the forum as a whole can tell (a reply to nothing, a dead link) is judged by `rules`.

mod attachment;
pub mod draft;
mod folders;
mod forum;
mod load;
mod member;
mod memory;
mod moderation;
mod month;
mod names;
mod past;
mod people;
mod post;
mod posts;
mod resolve;
mod sketch;
mod topic;

pub use attachment::{Attachment, AttachmentFault, AttachmentKind, judge};
pub use folders::Unknown;
pub use forum::{Board, BoardId, Dated, Edit, Forum, Post, Threading, Topic, TopicId};
pub use load::{Sources, load, settings};
pub use member::{Avatar, MEMBERS, Member, MemberFile, Role};
pub use memory::Memory;
pub use moderation::Moderation;
pub use month::Month;
pub use names::{Stem, folded, handle_fault, name_fault, page_number, reserved, suggested_name};
pub use past::Past;
pub use people::{Person, PersonId};
pub use post::{Archive, FRONT_BYTES, FRONT_MATTER, Opening, PostFile, TEXT_ENCODING, body_of, split, text_of};
pub use posts::Posts;
pub use resolve::{Place, Places};
pub use sketch::{Aliased, Earliest, Mark, Name, Share, Sketch, Target};
pub use topic::TopicFile;
