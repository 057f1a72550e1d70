//! Journey maps as Mermaid text, and Mermaid `journey` text as journey maps.
//!
//! Answers: both diagrams that Mermaid can draw of a map, and what a `journey` diagram says.
//! Does not know: how Mermaid draws. Signs that mean something to Mermaid are written as entity codes (`#58;` is a
//! colon), so any name comes through and comes back.

mod export;
mod import;
mod lines;
#[cfg(test)]
mod tests;

pub use self::import::{MermaidError, MermaidJourney, MermaidProblem, MermaidSection, MermaidTask, read};

pub(super) use self::export::{flowchart, journey};
