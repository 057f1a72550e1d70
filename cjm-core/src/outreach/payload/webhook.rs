//! The envelope of a decision for a plain web hook: a CloudEvents 1.0 event in JSON.
//!
//! Answers: the envelope. Does not know: decisions (it takes whatever can be written as JSON), addresses, signatures.

use serde::Serialize;
use serde_json::json;

use super::write::required;
use super::{Payload, PayloadError};
use crate::base::time::Timestamp;

/// Longest envelope in bytes.
pub const MAX_ENVELOPE_BYTES: usize = 256 * 1024;

/// What stands around the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The decision's id: the same whenever it is handed over again, so that the receiver can tell.
    pub id: &'a str,
    /// The blueprint's id.
    pub blueprint: &'a str,
    /// What it is: `decision`, `revoke`, `refusal` ..
    pub kind: &'a str,
    /// When it is due.
    pub time: Timestamp,
}

/// The envelope with its data; nothing of it is cut.
///
/// ```
/// use cjm_core::Timestamp;
/// use cjm_core::outreach::payload::webhook::{Envelope, envelope};
/// let time = Timestamp::parse("2026-03-01T12:00:00+08:00")?;
/// let head = Envelope { id: "4f1c", blueprint: "restaurant", kind: "decision", time };
/// let sent = envelope(&head, &serde_json::json!({"send": "cart_reminder"}))?;
/// assert_eq!(sent.body["id"], "4f1c");
/// assert_eq!(sent.body["source"], "cjm/restaurant");
/// assert_eq!(sent.body["type"], "cjm.decision");
/// assert_eq!(sent.body["data"]["send"], "cart_reminder");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PayloadError::Missing`] without an id, blueprint or kind; [`PayloadError::Unfit`] for data that JSON has no form
/// for; [`PayloadError::TooLong`] beyond [`MAX_ENVELOPE_BYTES`].
pub fn envelope(head: &Envelope<'_>, data: &impl Serialize) -> Result<Payload, PayloadError> {
    let data = serde_json::to_value(data).map_err(|e| PayloadError::Unfit { why: e.to_string() })?;
    let body = json!({
        "specversion": "1.0",
        "id": required("id", head.id)?,
        "source": format!("cjm/{}", required("blueprint", head.blueprint)?),
        "type": format!("cjm.{}", required("kind", head.kind)?),
        "time": head.time.to_string(),
        "datacontenttype": "application/json",
        "data": data,
    });
    let size = body.to_string().len();
    if size > MAX_ENVELOPE_BYTES {
        return Err(PayloadError::TooLong { field: "envelope", size, limit: MAX_ENVELOPE_BYTES });
    }
    Ok(Payload { body, n_cut: 0 })
}
