//! What every page shows around its own matter, and nothing that changes with each post.

use serde::Serialize;

use super::address::Address;

/// A step on the way from the home page to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crumb<'f> {
    /// What it is called.
    pub title: &'f str,
    /// Its address.
    pub address: Address<'f>,
}

/// What stands around a page's own matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame<'f> {
    /// The page's title, without the forum's.
    pub title: &'f str,
    /// The number of the page in its list, when it isn't the list's own address.
    pub number: Option<u32>,
    /// The page's address.
    pub address: Address<'f>,
    /// The way from the home page to the list or page above this.
    pub crumbs: Vec<Crumb<'f>>,
    /// The feed of what the page shows: its title and address. The forum's own when there is no nearer.
    pub feed: Option<(&'f str, Address<'f>)>,
    /// Search engines are asked to leave the page out.
    pub unlisted: bool,
}
