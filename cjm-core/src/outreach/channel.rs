//! Which channel reaches a customer: the first that may be used, and why those before it may not.
//!
//! Answers: the choice, every refusal. Does not know: consent, identities and caps (it asks through [`Reach`]).

use smallvec::SmallVec;

use super::caps::CapPlace;
use super::reason::RefusalReason;

/// What choosing a channel asks of a customer at one instant, for one rule and purpose.
pub trait Reach {
    /// Whether the customer consents to the purpose on the channel.
    fn consents(&self, channel: u32) -> bool;

    /// Whether what the channel needs is known; a channel that needs nothing always reaches.
    fn reaches(&self, channel: u32) -> bool;

    /// The first cap of the channel that is used up.
    fn capped(&self, channel: u32) -> Option<CapPlace>;
}

/// The channel chosen and the refusals of those tried before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Position of the channel; `None` when every one was refused or none is listed.
    pub channel: Option<u32>,
    /// The channels that were tried and refused, in the order tried.
    pub refused: SmallVec<[(u32, RefusalReason); 2]>,
}

impl Choice {
    /// Why no channel was chosen; `None` when one was. Of several refusals that of the channel that came furthest
    /// (consent, then reach, then caps), of equals the first.
    pub fn reason(&self) -> Option<RefusalReason> {
        if self.channel.is_some() {
            return None;
        }
        let came = |reason: &RefusalReason| match reason {
            RefusalReason::NoConsent => 0,
            RefusalReason::Unreachable => 1,
            _ => 2,
        };
        let furthest = self.refused.iter().map(|(_, reason)| *reason).rev().max_by_key(came);
        Some(furthest.unwrap_or(RefusalReason::NoChannel))
    }
}

/// The first channel of `own`, or of `order` when `own` lists none, that is consented to, reaches and is not capped.
/// A channel listed twice is tried once.
///
/// ```
/// use cjm_core::outreach::{CapPlace, Reach, RefusalReason, choose};
/// struct Everywhere;
/// impl Reach for Everywhere {
///     fn consents(&self, _: u32) -> bool { true }
///     fn reaches(&self, channel: u32) -> bool { channel != 0 }
///     fn capped(&self, _: u32) -> Option<CapPlace> { None }
/// }
/// let choice = choose(&[], &[0, 1], &Everywhere);
/// assert_eq!(choice.channel, Some(1));
/// assert_eq!(choice.refused.as_slice(), [(0, RefusalReason::Unreachable)]);
/// ```
pub fn choose(own: &[u32], order: &[u32], ask: &impl Reach) -> Choice {
    let mut choice = Choice::default();
    for channel in if own.is_empty() { order } else { own } {
        if choice.refused.iter().any(|(tried, _)| tried == channel) {
            continue;
        }
        match refusal(*channel, ask) {
            None => {
                choice.channel = Some(*channel);
                break;
            }
            Some(reason) => choice.refused.push((*channel, reason)),
        }
    }
    choice
}

fn refusal(channel: u32, ask: &impl Reach) -> Option<RefusalReason> {
    if !ask.consents(channel) {
        Some(RefusalReason::NoConsent)
    } else if !ask.reaches(channel) {
        Some(RefusalReason::Unreachable)
    } else {
        ask.capped(channel).map(RefusalReason::Capped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RefusalReason::{Capped, NoChannel, NoConsent, Unreachable};

    /// What holds per channel, a letter each: `d`enied, `u`nreachable, `c`apped, `f`ree.
    struct Letters(&'static str);

    impl Letters {
        fn is(&self, channel: u32, letter: char) -> bool {
            self.0.chars().nth(channel as usize) == Some(letter)
        }
    }

    impl Reach for Letters {
        fn consents(&self, channel: u32) -> bool {
            !self.is(channel, 'd')
        }
        fn reaches(&self, channel: u32) -> bool {
            !self.is(channel, 'u')
        }
        fn capped(&self, channel: u32) -> Option<CapPlace> {
            self.is(channel, 'c').then_some(CapPlace::Outreach(channel))
        }
    }

    fn check(
        letters: &'static str,
        own: &[u32],
        order: &[u32],
        channel: Option<u32>,
        refused: &[(u32, RefusalReason)],
        reason: Option<RefusalReason>,
    ) {
        let choice = choose(own, order, &Letters(letters));
        assert_eq!(choice.channel, channel, "{letters} {own:?} {order:?}");
        assert_eq!(choice.refused.as_slice(), refused, "{letters} {own:?} {order:?}");
        assert_eq!(choice.reason(), reason, "{letters} {own:?} {order:?}");
    }

    #[test]
    fn the_first_that_may_be_used() {
        let cap = |n| Capped(CapPlace::Outreach(n));
        check("fff", &[], &[2, 0, 1], Some(2), &[], None);
        check("fff", &[1], &[2, 0, 1], Some(1), &[], None);
        check("duf", &[], &[0, 1, 2], Some(2), &[(0, NoConsent), (1, Unreachable)], None);
        check("cdf", &[0, 1, 2], &[], Some(2), &[(0, cap(0)), (1, NoConsent)], None);
        check("dcf", &[0, 1], &[2], None, &[(0, NoConsent), (1, cap(1))], Some(cap(1)));
        check(
            "duu",
            &[0, 1, 2],
            &[],
            None,
            &[(0, NoConsent), (1, Unreachable), (2, Unreachable)],
            Some(Unreachable),
        );
        check("cc", &[1, 0], &[], None, &[(1, cap(1)), (0, cap(0))], Some(cap(1)));
        check("d", &[0, 0, 0], &[], None, &[(0, NoConsent)], Some(NoConsent));
        check("", &[], &[], None, &[], Some(NoChannel));
    }
}
