//! Tracking plans (埋点方案): what a blueprint needs to be recorded, drawn from it, drawn from data, and checked.
//!
//! Answers: which events with which attributes are needed where ([`plan`](mod@self::plan)), what a log seems to
//! record ([`infer`](mod@self::infer)), what a log lacks against its blueprint ([`check`](mod@self::check)), which
//! rows came too late ([`late`](mod@self::late)). Does not know: files, how a log was read.

mod check;
mod infer;
mod late;
mod plan;
mod used;
mod write;

pub use check::{Issue, TrackingIssue, check};
pub use infer::{InferredEvents, infer};
pub use late::late;
pub use plan::{TrackedAt, TrackingRow, plan};
pub use write::{issues_csv, issues_markdown, plan_csv, plan_markdown};

use crate::blueprint::Blueprint;
use crate::event::EventLog;

impl Blueprint {
    /// The tracking plan: one row per attribute of each event, in document order.
    pub fn tracking_plan(&self) -> Vec<TrackingRow> {
        plan(self.document())
    }

    /// What a log lacks against this blueprint; see [`check`](fn@check) for the order.
    pub fn check_tracking(&self, log: &EventLog) -> Vec<TrackingIssue> {
        check(self.document(), log)
    }
}

#[cfg(test)]
mod tests;
