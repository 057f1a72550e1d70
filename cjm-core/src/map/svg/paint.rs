//! The colours: few, calm, readable on white and in print (text at 4.5:1 or better).
//!
//! Answers: which colour means what. Does not know: where it is used.

pub(super) const INK: &str = "#1b2733";
pub(super) const MUTED: &str = "#5a6675";
pub(super) const RULE: &str = "#dfe4ea";
pub(super) const ZERO: &str = "#aab4c0";
pub(super) const CARD: &str = "#ffffff";
pub(super) const CARD_EDGE: &str = "#b8c2cd";
pub(super) const STAGE: &str = "#1f3b57";
pub(super) const STAGE_OTHER: &str = "#2e5274";
pub(super) const ON_STAGE: &str = "#ffffff";
pub(super) const EXPECTED: &str = "#7a8694";
pub(super) const ACTUAL: &str = "#0b6e8a";
pub(super) const GOOD_GROUND: &str = "#f2f8f5";
pub(super) const BAD_GROUND: &str = "#fcf4f2";
pub(super) const PAIN: &str = "#b3261e";
pub(super) const PAIN_GROUND: &str = "#fbeae8";
pub(super) const CHANCE: &str = "#1c6e43";
pub(super) const CHANCE_GROUND: &str = "#e7f4ec";
pub(super) const NOTE_GROUND: &str = "#f3f5f8";
