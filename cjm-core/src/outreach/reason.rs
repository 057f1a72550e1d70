//! Why something was not done: one list of reasons with names that never change.
//!
//! Answers: the name of a reason, in which order they are checked. Does not know: who checks, nor the words that
//! people read (see [`crate::base::catalogue::refusal`]).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::caps::CapPlace;

/// Declares the reasons once: variant, what it carries, name.
macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident $(($of:ty))? = $slug:literal; )+) => {
        /// Why a match, or one item of it, was refused.
        ///
        /// Encoded by position: a new reason goes to the end.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum RefusalReason { $( $(#[$doc])* $name $(($of))?, )+ }

        impl RefusalReason {
            /// Every name, in the order of this list.
            pub const NAMES: &'static [&'static str] = &[$($slug),+];

            /// The stable name, as in `cool_down`.
            ///
            /// ```
            /// use cjm_core::outreach::{CapPlace, RefusalReason};
            /// assert_eq!(RefusalReason::Capped(CapPlace::Rule(0)).name(), "capped");
            /// ```
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name { .. } => $slug,)+ }
            }
        }
    };
}

reasons! {
    /// The rule's `if` does not hold.
    IfFalse = "if_false";
    /// The rule's `if` ended in an error.
    ConditionError = "condition_error";
    /// The rule's goal was reached since the match began.
    GoalReached = "goal_reached";
    /// The rule's `exit` came since the match began.
    Exited = "exited";
    /// Outside the rule's ramp.
    Ramp = "ramp";
    /// The rule serves another arm of its experiment.
    OtherArm = "other_arm";
    /// In an arm that gets nothing; it would have been decided otherwise.
    HeldOut = "held_out";
    /// An earlier match of the rule and key has a step ahead.
    Running = "running";
    /// The rule decided for the customer too lately.
    CoolDown = "cool_down";
    /// Another rule of the group decided at that instant.
    Group = "group";
    /// No channel is listed.
    NoChannel = "no_channel";
    /// The customer does not consent to the purpose on the channel.
    NoConsent = "no_consent";
    /// What the channel needs is not known.
    Unreachable = "unreachable";
    /// A cap is used up.
    Capped(CapPlace) = "capped";
    /// Quiet hours drop it.
    QuietDropped = "quiet_dropped";
    /// Quiet hours would hold it longer than allowed.
    HeldTooLong = "held_too_long";
    /// The message or offer does not hold any more, or its text can not be written.
    Invalid = "invalid";
    /// A budget is spent.
    Budget = "budget";
    /// No queue takes the ticket.
    Unrouted = "unrouted";
    /// The customer has all the waits that are allowed.
    TooManyWaits = "too_many_waits";
    /// A step's `unless` holds.
    Unless = "unless";
    /// Rules set each other off deeper than allowed.
    TooDeep = "too_deep";
    /// The event is later than now allows.
    Future = "future";
    /// The event came late, and the rule only records late events.
    Late = "late";
    /// What it rests on was taken back before it was made.
    Retracted = "retracted";
    /// The customer has all the open tickets that are allowed.
    TooManyTickets = "too_many_tickets";
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::catalogue::refusal;

    #[test]
    fn names_are_unique_and_have_words_in_both_languages() {
        let names: BTreeSet<&str> = RefusalReason::NAMES.iter().copied().collect();
        assert_eq!(names.len(), RefusalReason::NAMES.len());
        for name in RefusalReason::NAMES {
            let words = refusal::find(name).unwrap_or_else(|| panic!("no words for `{name}`"));
            assert!(!words.en.is_empty() && !words.zh.is_empty() && !words.en.ends_with('.'), "{name}");
        }
        assert_eq!(refusal::ALL.len(), RefusalReason::NAMES.len());
    }

    #[test]
    fn they_are_written_by_their_names() {
        for (reason, json) in [
            (RefusalReason::IfFalse, r#""if_false""#),
            (RefusalReason::HeldTooLong, r#""held_too_long""#),
            (RefusalReason::Capped(CapPlace::Rule(1)), r#"{"capped":{"rule":1}}"#),
            (RefusalReason::Capped(CapPlace::Outreach(0)), r#"{"capped":{"outreach":0}}"#),
        ] {
            assert_eq!(serde_json::to_string(&reason).unwrap(), json);
            assert_eq!(serde_json::from_str::<RefusalReason>(json).unwrap(), reason);
            assert!(json.contains(reason.name()), "{reason}");
            let bytes = postcard::to_stdvec(&reason).unwrap();
            assert_eq!(postcard::from_bytes::<RefusalReason>(&bytes).unwrap(), reason);
        }
    }

    #[test]
    fn every_name_is_the_one_that_is_written() {
        for (place, name) in RefusalReason::NAMES.iter().enumerate() {
            let mut bytes = postcard::to_stdvec(&(place as u32)).unwrap();
            bytes.extend([0, 0]);
            let (reason, _) = postcard::take_from_bytes::<RefusalReason>(&bytes).unwrap();
            assert_eq!(reason.name(), *name);
            assert!(serde_json::to_string(&reason).unwrap().contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
