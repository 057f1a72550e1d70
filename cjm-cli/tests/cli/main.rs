//! The `cjm` command tested from outside, in one program: what it prints, how it ends, what it makes of real data.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod command;
mod common;
mod data;
mod docs;
mod engine;
mod events;
mod one_answer;
mod readme;
