//! The delivery entrance.
pub mod item;
pub mod names;
pub mod plan;
mod private;
pub mod report;
pub mod source;
pub mod standing;
pub mod html;
