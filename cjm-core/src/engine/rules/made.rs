//! What an item of a rule is.
//!
//! Answers: the kind of an action. Does not know: conditions and policy.

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
