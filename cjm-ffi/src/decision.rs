//! Decisions as rows.
//!
//! Answers: a decision as C sees it, with the memory behind its texts. Does not know: how it came about.

use std::mem::offset_of;

use cjm_core::outreach::DecisionId;
use cjm_core::{AckOutcome, Decision};

use crate::sized;
use crate::text::cjm_text;
use crate::time::cjm_time;

/// The id of a decision: the same for the same facts, on every machine and after every restart.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct cjm_id {
    /// Its bytes.
    pub bytes: [u8; 16],
}

/// What became of a decision.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum cjm_outcome {
    /// It was handed to the channel.
    CJM_OUTCOME_SENT = 1,
    /// It arrived.
    CJM_OUTCOME_DELIVERED = 2,
    /// It was opened.
    CJM_OUTCOME_OPENED = 3,
    /// It was clicked.
    CJM_OUTCOME_CLICKED = 4,
    /// It was replied to.
    CJM_OUTCOME_REPLIED = 5,
    /// It failed; caps and cool-down are given back.
    CJM_OUTCOME_FAILED = 6,
    /// It was rejected; likewise.
    CJM_OUTCOME_REJECTED = 7,
    /// It was skipped; likewise.
    CJM_OUTCOME_SKIPPED = 8,
    /// It expired; likewise.
    CJM_OUTCOME_EXPIRED = 9,
    /// The customer unsubscribed: the consent is taken back.
    CJM_OUTCOME_UNSUBSCRIBED = 10,
}

impl cjm_outcome {
    /// The outcome of a number that C hands in.
    pub(crate) fn of(number: i32) -> Option<AckOutcome> {
        Some(match number {
            1 => AckOutcome::Sent,
            2 => AckOutcome::Delivered,
            3 => AckOutcome::Opened,
            4 => AckOutcome::Clicked,
            5 => AckOutcome::Replied,
            6 => AckOutcome::Failed,
            7 => AckOutcome::Rejected,
            8 => AckOutcome::Skipped,
            9 => AckOutcome::Expired,
            10 => AckOutcome::Unsubscribed,
            _ => return None,
        })
    }
}

/// Something to be done: a row of the outbox.
///
/// `struct_size` is set by the caller, to `sizeof` this struct. Texts live until the next decision is asked of the
/// same store or engine, or it is closed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_decision {
    /// `sizeof` this struct, as the caller knows it.
    pub struct_size: usize,
    /// Its id.
    pub id: cjm_id,
    /// Its delivery sequence: larger than those before it, and never given again.
    pub sequence: u64,
    /// When it is due.
    pub due: cjm_time,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Which item of the step, from 0.
    pub item: u32,
    /// Id of the rule.
    pub rule: cjm_text,
    /// What it is: `send`, `ask`, `ticket`, `call`, `emit`, `escalate` or `revoke`.
    pub action: cjm_text,
    /// The message, survey, queue, call or event that it names.
    pub target: cjm_text,
    /// The kind of the customer's key.
    pub customer_kind: cjm_text,
    /// The customer's key.
    pub customer: cjm_text,
    /// The channel chosen; empty of what does not reach the customer.
    pub channel: cjm_text,
    /// The purpose; empty of what does not reach the customer.
    pub purpose: cjm_text,
    /// The rule's key; empty of a rule without one.
    pub key: cjm_text,
    /// The arm of the experiment; empty where the rule serves none.
    pub arm: cjm_text,
    /// The whole decision as JSON on one line.
    pub json: cjm_text,
}

// SAFETY: it begins with its size; numbers and empty texts are zero
unsafe impl sized::Struct for cjm_decision {
    // as it was in the first version, whatever comes behind it
    const LEAST: usize = offset_of!(Self, json) + size_of::<cjm_text>();
    const NAME: &'static str = "cjm_decision";
}
const _: () = assert!(!cfg!(target_pointer_width = "64") || <cjm_decision as sized::Struct>::LEAST == 208);

/// The memory behind a row.
#[derive(Debug)]
pub(crate) struct Row {
    decision: Decision,
    json: String,
    sequence: u64,
}

impl Row {
    pub(crate) fn new(sequence: u64, decision: Decision) -> Self {
        Self { json: decision.to_json().to_string(), decision, sequence }
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The row as C sees it; its texts live as long as this does.
    pub(crate) fn view(&self) -> cjm_decision {
        let Decision {
            id, rule, customer, due, step, item, action, target, channel, purpose, key, arm, ..
        } = &self.decision;
        let maybe =
            |text: &Option<std::sync::Arc<str>>| text.as_deref().map_or(cjm_text::EMPTY, cjm_text::of);
        cjm_decision {
            struct_size: size_of::<cjm_decision>(),
            id: cjm_id { bytes: *id.as_bytes() },
            sequence: self.sequence,
            due: due.as_micros(),
            step: *step,
            item: *item,
            rule: cjm_text::of(rule),
            action: cjm_text::of(action.name()),
            target: cjm_text::of(target),
            customer_kind: cjm_text::of(&customer.kind),
            customer: cjm_text::of(&customer.value),
            channel: maybe(channel),
            purpose: maybe(purpose),
            key: maybe(key),
            arm: maybe(arm),
            json: cjm_text::of(&self.json),
        }
    }
}

impl From<cjm_id> for DecisionId {
    fn from(id: cjm_id) -> Self {
        Self::from_bytes(id.bytes)
    }
}
