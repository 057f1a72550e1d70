//! Decision ids: the same facts give the same id, on every machine and after every restart.
//!
//! Answers: the id of a decision from what it rests on, and its text. Does not know: who decided.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::hash::{Decimal, hex, sha256_fields};
use crate::base::time::Timestamp;
use crate::error::{Error, ErrorCode};

/// The id of a decision: the first 128 bits of the hash over its facts. It reads as 32 hex digits.
///
/// ```
/// use cjm_core::outreach::DecisionId;
/// let id: DecisionId = "2997364d4b72d25cfd0f5a4a144ea7c2".parse()?;
/// assert_eq!(id.to_string(), "2997364d4b72d25cfd0f5a4a144ea7c2");
/// assert!("2997".parse::<DecisionId>().is_err());
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId([u8; 16]);

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionFacts<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// Lineage of the rule, as hex.
    pub lineage: &'a str,
    /// Kind of the customer key.
    pub kind: &'a str,
    /// Value of the customer key.
    pub value: &'a str,
    /// The rule's key as text; empty without one.
    pub key: &'a str,
    /// Source and id of each triggering (for time: arming) event, in match order.
    pub events: &'a [(&'a str, &'a str)],
    /// Its due, where time brings it about.
    pub due: Option<Timestamp>,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Which item of the step, from 0.
    pub item: u32,
}

impl DecisionFacts<'_> {
    /// The id of the decision that rests on these facts: the first 128 bits of SHA-256 over rule, lineage as hex,
    /// kind, value, key, number of events, source and id of each, due in microseconds or nothing, step and item;
    /// each a field with its length before it, numbers as decimal text.
    pub fn id(&self) -> DecisionId {
        let n_events = Decimal::of(i64::try_from(self.events.len()).unwrap_or(i64::MAX));
        let (step, item) = (Decimal::of(i64::from(self.step)), Decimal::of(i64::from(self.item)));
        let due = self.due.map(|due| Decimal::of(due.as_micros()));
        let due = due.as_ref().map_or(&[][..], Decimal::as_bytes);
        let head = [self.rule, self.lineage, self.kind, self.value, self.key].map(str::as_bytes);
        let events = self.events.iter().flat_map(|(source, id)| [source.as_bytes(), id.as_bytes()]);
        let tail = [due, step.as_bytes(), item.as_bytes()];
        let digest = sha256_fields(head.into_iter().chain([n_events.as_bytes()]).chain(events).chain(tail));
        DecisionId(digest.first_chunk::<16>().copied().unwrap_or_default())
    }
}

impl DecisionId {
    /// From its 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionId({self})")
    }
}

impl FromStr for DecisionId {
    type Err = Error;

    /// Reads 32 hex digits of either case.
    ///
    /// # Errors
    /// `argument` for any other text.
    fn from_str(text: &str) -> Result<Self, Error> {
        // `from_str_radix` would take a sign
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| digits);
        number.map(|n| Self(n.to_be_bytes())).ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            Error::new(ErrorCode::Argument, format!("`{shown}` is no decision id; it has 32 hex digits"))
        })
    }
}

impl Serialize for DecisionId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for DecisionId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            return String::deserialize(d)?.parse().map_err(|e: Error| D::Error::custom(e.message()));
        }
        <[u8; 16]>::deserialize(d).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINEAGE: &str = "00112233445566778899aabbccddeeff";

    fn facts() -> DecisionFacts<'static> {
        DecisionFacts {
            rule: "cart_rescue",
            lineage: LINEAGE,
            kind: "member",
            value: "m-1",
            key: "o-1",
            events: &[("till-1", "e1")],
            due: Timestamp::from_micros(1_772_339_400_000_000),
            step: 0,
            item: 0,
        }
    }

    /// Computed apart, with another implementation of SHA-256.
    #[test]
    fn published_vectors() {
        let time_alone = DecisionFacts { rule: "wake_up", key: "", events: &[], due: None, ..facts() };
        let two_events = DecisionFacts {
            rule: "s",
            kind: "phone",
            value: "张三",
            key: "",
            events: &[("till-1", "e1"), ("app", "")],
            due: Timestamp::from_micros(-1),
            step: 1,
            item: 2,
            ..facts()
        };
        for (facts, id) in [
            (facts(), "2997364d4b72d25cfd0f5a4a144ea7c2"),
            (time_alone, "2911851e71fcf605e390179738f9f15e"),
            (two_events, "fda83240f2b6231911a01b9f5264421b"),
        ] {
            assert_eq!(facts.id().to_string(), id, "{facts:?}");
        }
    }

    #[test]
    fn every_fact_counts() {
        let other_lineage = "01".repeat(16);
        let ids: std::collections::BTreeSet<DecisionId> = [
            facts(),
            DecisionFacts { rule: "cart", ..facts() },
            DecisionFacts { lineage: &other_lineage, ..facts() },
            DecisionFacts { kind: "phone", ..facts() },
            DecisionFacts { value: "m-2", ..facts() },
            DecisionFacts { key: "", ..facts() },
            DecisionFacts { events: &[], ..facts() },
            DecisionFacts { events: &[("till-1", "e1"), ("till-1", "e2")], ..facts() },
            DecisionFacts { events: &[("till-1e", "1")], ..facts() },
            DecisionFacts { due: None, ..facts() },
            DecisionFacts { step: 1, ..facts() },
            DecisionFacts { item: 1, ..facts() },
        ]
        .map(|f| f.id())
        .into();
        assert_eq!(ids.len(), 12);
    }

    #[test]
    fn what_is_no_id() {
        let long = "0".repeat(33);
        for text in ["", "0", "+997364d4b72d25cfd0f5a4a144ea7c2", "2997364d4b72d25cfd0f5a4a144ea7cg", &long] {
            let error = text.parse::<DecisionId>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::Argument, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn reads_back_as_text_and_as_bytes(bytes in any::<[u8; 16]>()) {
            let id = DecisionId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<DecisionId>().unwrap(), id);
            prop_assert_eq!(id.to_string().to_uppercase().parse::<DecisionId>().unwrap(), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&json, &format!("\"{id}\""));
            prop_assert_eq!(serde_json::from_str::<DecisionId>(&json).unwrap(), id);
            let binary = postcard::to_stdvec(&id).unwrap();
            prop_assert_eq!(binary.len(), 16);
            prop_assert_eq!(postcard::from_bytes::<DecisionId>(&binary).unwrap(), id);
        }
    }
}
