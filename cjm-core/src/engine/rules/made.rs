//! What an item of a rule is: its kind and what it names.
//!
//! Answers: kind and target of an action. Does not know: conditions and policy.

use std::sync::Arc;

use crate::blueprint::model::Action;
use crate::engine::decision::ActionKind;

/// What kind of thing an action is.
pub(crate) fn kind_of(action: &Action) -> ActionKind {
    let kinds = [
        (action.send.is_some(), ActionKind::Send),
        (action.ask.is_some(), ActionKind::Ask),
        (action.ticket.is_some(), ActionKind::Ticket),
        (action.call.is_some(), ActionKind::Call),
        (action.tag.is_some(), ActionKind::Tag),
        (action.untag.is_some(), ActionKind::Untag),
        (action.emit.is_some(), ActionKind::Emit),
    ];
    kinds.iter().find(|(is, _)| *is).map_or(ActionKind::Set, |(_, kind)| *kind)
}

/// The message, survey, queue, call, tag, fields or event that an action names.
pub(crate) fn target_of(action: &Action) -> Arc<str> {
    let names =
        [&action.send, &action.ask, &action.ticket, &action.call, &action.tag, &action.untag, &action.emit];
    match names.into_iter().flatten().next() {
        Some(name) => name.as_str().into(),
        None => action.set.keys().map(String::as_str).collect::<Vec<_>>().join(",").into(),
    }
}
