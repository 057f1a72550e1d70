//! Floor 6: checks a whole blueprint and compiles it into one immutable plan.

pub(crate) mod check;
