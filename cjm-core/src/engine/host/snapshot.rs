//! A whole engine as bytes: an envelope around the states and what the host keeps beside them.
//!
//! Answers: `snapshot`, and `restore` of any bytes as an engine or a typed error. The same engine always gives the
//! same bytes. Does not know: files; who keeps every change at once wants a store.
//!
//! Envelope: `CJME`, format (u16), length of the body (u64), body, first 8 bytes of the SHA-256 of all before;
//! integers little-endian.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::hash::sha256_fields;
use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::plan::Plan;

use super::super::decision::Refusal;
use super::super::state::CustomerState;
use super::outbox::{Outbox, OutboxPart};
use super::people::keys_of;
use super::stage::Stage;
use super::{Engine, Refused, RefusedLink};

/// The format written; older ones are read, newer ones refused.
const FORMAT: u16 = 1;
const MAGIC: &[u8; 4] = b"CJME";
const HEAD: usize = 4 + 2 + 8;
const HASH: usize = 8;

#[derive(Serialize, Deserialize)]
struct Body {
    now: Option<Timestamp>,
    /// By customer key.
    states: Vec<Vec<u8>>,
    /// Hashes of counted links: of the identity for which it counts, and of the other.
    links: Vec<(u64, u32)>,
    refused_links: Vec<RefusedLink>,
    outbox: OutboxPart,
    stage: Stage,
    refusals: Vec<(IdentityKey, Vec<Refusal>)>,
    refused: Refused,
}

impl Engine {
    /// The whole engine as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let kept = |(_, state): (u32, Cow<'_, CustomerState>)| {
            Some((keys_of(&state).into_iter().next()?, state.encode()))
        };
        let mut states: Vec<(IdentityKey, Vec<u8>)> = self.people.iter().filter_map(kept).collect();
        states.sort_by(|a, b| a.0.cmp(&b.0));
        let body = Body {
            now: self.now,
            refusals: self.refusals.all(),
            states: states.into_iter().map(|(_, bytes)| bytes).collect(),
            links: self.people.links(),
            refused_links: self.refused_links.iter().cloned().collect(),
            outbox: self.outbox.part(),
            stage: self.stage.clone(),
            refused: self.refused.clone(),
        };
        let body = postcard::to_stdvec(&body).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEAD + body.len() + HASH);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&body);
        let hash = sha256_fields([bytes.as_slice()]);
        bytes.extend_from_slice(hash.first_chunk::<HASH>().unwrap_or(&[0; HASH]));
        bytes
    }

    /// Reads an engine back under a plan, which may be another than the one it was written under.
    ///
    /// # Errors
    /// `state` for bytes that are damaged or no engine at all, `newer_format` for a newer format.
    pub fn restore(plan: Arc<Plan>, bytes: &[u8]) -> Result<Self> {
        let body: Body =
            postcard::from_bytes(open(bytes)?).map_err(|_| damaged("its body can not be read"))?;
        let mut engine = Self::new(plan);
        for state in &body.states {
            let state = CustomerState::decode(&engine.plan, state)?;
            engine.people.put(None, state);
        }
        engine.people.set_links(&body.links);
        engine.now = body.now;
        engine.outbox = Outbox::of_part(body.outbox);
        engine.stage = body.stage;
        engine.refused = body.refused;
        engine.refused_links = body.refused_links.into();
        body.refusals.iter().flat_map(|(_, own)| own).for_each(|refusal| engine.refusals.add(refusal));
        Ok(engine)
    }
}

/// The body of an envelope whose length and hash are right.
fn open(bytes: &[u8]) -> Result<&[u8]> {
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(|| damaged("it is too short"))?;
    if !head.starts_with(MAGIC) {
        return Err(damaged("it is no snapshot of an engine"));
    }
    let format = head.get(4..6).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
    if format > FORMAT {
        let words = format!("the snapshot has format {format}; this version reads up to {FORMAT}");
        return Err(Error::new(ErrorCode::NewerFormat, words));
    }
    let length = head.get(6..).and_then(|b| b.first_chunk()).map_or(0, |b| u64::from_le_bytes(*b));
    let (body, hash) =
        rest.split_at_checked(rest.len().saturating_sub(HASH)).ok_or_else(|| damaged("it is too short"))?;
    if body.len() as u64 != length {
        return Err(damaged("its length is not what it says"));
    }
    let signed = bytes.get(..bytes.len() - hash.len()).unwrap_or_default();
    if sha256_fields([signed]).first_chunk::<HASH>().map(<[u8; HASH]>::as_slice) != Some(hash) {
        return Err(damaged("its hash is not that of its bytes"));
    }
    Ok(body)
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorCode::State, format!("the snapshot can not be read: {why}"))
}
