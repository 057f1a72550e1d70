//! Stores on disks that fail: power cuts, kills, full and broken disks at every access; who is erased meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod broken;
mod disk;
mod erased;
mod face;
mod killed;
mod power;
#[path = "../../../cjm-io/tests/common/story.rs"]
mod story;
mod vfs;
