//! A forum in → the plan of its site out: every page there will be, and all that each will show. Addresses are
//! made only here; what pages look like is the theme's affair.

mod address;
mod authors;
mod board;
mod card;
mod feed;
mod figures;
pub mod forge;
mod frame;
mod links;
mod member;
mod moved;
mod page;
mod paging;
mod plan;
mod sitemap;
mod source;
mod stats;
mod tag;
mod topic;
mod topic_context;

pub use address::{Address, Of, Part, attachment_address, encoded, tag_slug};
pub use authors::AuthorIndex;
pub use board::{BoardPage, BoardRow, HomePage, Latest, TopicRow};
pub use card::Card;
pub use feed::{FeedEntry, FeedOf, FeedPage};
pub use figures::{Figures, News, last_finished};
pub use frame::{Crumb, Frame};
pub use links::{Link, Links};
pub use member::{MemberPage, MemberPost, MembersPage};
pub use moved::{Claim, MovedPage, MovedTable, OldAddress, Ways, claims};
pub use page::{Copy, MissingPage, Page, PageId};
pub use paging::{Pager, Paging};
pub use plan::Plan;
pub use sitemap::{SitemapIndexPage, SitemapPage};
pub use source::Sources;
pub use stats::StatsPage;
pub use tag::{Tag, TagPage, TagRow, TagsPage};
pub use topic::{AcceptedAnswer, Edited, Neighbour, PostItem, ReplyTo, TopicPage};
