//! Single values as a log reads them: one judgement for live events and for rows of a log.
//!
//! Answers: the value as its declared type has it, the instant of a time, the text of an id; or the reason why there is
//! none. Does not know: events, rows, counting.

use std::borrow::Cow;

use super::cast::{Reading, convert};
use super::reject::Reason;
use super::ticks;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::blueprint::model::AttributeType;

/// The value as `ty` declares it. Null stays null. Another type is taken only where nothing is lost: `"5"` as the whole
/// number 5, 139 as the text `139`, `"38.00"` as money; times without an offset are of `zone`.
///
/// # Errors
/// The reason why a row with this value is refused.
pub fn typed(value: ValueRef<'_>, ty: &AttributeType, zone: Option<&Zone>) -> Result<Value, Reason> {
    convert(value, &ty.kind, Reading { zone, unit: None, untyped: false }, 0)
}

/// The instant that an event's time is; without an offset it is of `zone`.
///
/// # Errors
/// The reason why a row with this time is refused.
pub fn instant(value: ValueRef<'_>, zone: Option<&Zone>) -> Result<Timestamp, Reason> {
    ticks::instant(value, zone, None)
}

/// The text of an id, a name or another field of the envelope: whole numbers as they are written; the empty text and
/// null are none.
///
/// # Errors
/// [`Reason::WrongType`] for anything else.
pub fn id(value: ValueRef<'_>) -> Result<Option<Cow<'_, str>>, Reason> {
    match value {
        ValueRef::Null | ValueRef::Text("") => Ok(None),
        ValueRef::Text(text) => Ok(Some(text.into())),
        other => whole_text(other).map(|text| Some(text.into())).ok_or(Reason::WrongType),
    }
}

/// A whole number as it is written, `7.0` as `7`; `None` for anything else.
pub(super) fn whole_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Int(x) => Some(x.to_string()),
        ValueRef::Number(x) if x.fract() == 0.0 && x.abs() <= (1_u64 << 53) as f64 => {
            Some((x as i64).to_string())
        }
        _ => None,
    }
}
