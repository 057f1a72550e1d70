//! Conditions that hold for all facts, or for none.
//!
//! Answers: what can be decided from the text alone. Does not know: what facts there really are.

use super::Program;
use super::val::Val;

/// `Some(true)`: holds whatever the facts are. `Some(false)`: can never hold. `None`: depends, or is not decided.
pub fn verdict(program: &Program) -> Option<bool> {
    match program.0.body.known(program.0.body.root) {
        Some(Val::Bool(b)) => Some(*b),
        _ => None,
    }
}
