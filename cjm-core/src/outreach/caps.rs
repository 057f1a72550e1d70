//! Caps and cool-downs of a plan: how many decisions of what kind in which span of time.
//!
//! Answers: whether a span looked at from one instant holds another, which cap a contact would break, how long an
//! entry is looked at. Does not know: what a customer used up (see [`Usage`]).

use serde::{Deserialize, Serialize};

use crate::base::time::{DAY_US, Duration, Timestamp};
use crate::base::zone::{Date, Zone};
use crate::blueprint::model::Period;

use super::ids::DecisionId;
use super::usage::{CapOf, Usage};

/// At most so many decisions in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapSpec {
    /// How many; 0 allows none.
    pub at_most: u32,
    /// In which span.
    pub span: Span,
    /// Only those of the channel at this position.
    pub channel: Option<u32>,
    /// Only those for the purpose at this position.
    pub purpose: Option<u32>,
}

/// What a cap looks back on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// (t - D, t].
    Rolling(Duration),
    /// The local day, the local week from Monday or the local month of t in the customer's zone, the whole of it.
    Calendar(Period),
}

/// Which cap: its list and its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapPlace {
    /// One of the rule's own caps.
    Rule(u32),
    /// One of the shared caps.
    Outreach(u32),
}

/// The caps and cool-downs of a whole plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// By position of the rule.
    pub rules: Vec<RuleLimits>,
    /// Shared caps, in document order.
    pub outreach: Vec<CapSpec>,
}

/// The limits of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleLimits {
    /// Its own caps, in document order; they count its own decisions alone.
    pub caps: Vec<CapSpec>,
    /// No two matches of it lead to decisions nearer than this.
    pub cool_down: Option<Duration>,
    /// Whether its decisions use up shared caps. Its own caps they always use up.
    pub counts: bool,
    /// Whether it is checked against shared caps. Against its own caps it always is.
    pub obeys: bool,
}

/// Something that is to reach a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// Position of the rule.
    pub rule: u32,
    /// Position of the channel.
    pub channel: u32,
    /// Position of the purpose, when there is one.
    pub purpose: Option<u32>,
}

impl Default for RuleLimits {
    fn default() -> Self {
        Self { caps: Vec::new(), cool_down: None, counts: true, obeys: true }
    }
}

impl Span {
    /// Whether the span looked at from `at` holds `then`.
    ///
    /// ```
    /// use cjm_core::outreach::Span;
    /// use cjm_core::blueprint::model::Period;
    /// use cjm_core::{Duration, Timestamp, Zone};
    /// let (zone, monday) = (Zone::named("Asia/Shanghai")?, Timestamp::parse("2026-03-02T00:00:00+08:00")?);
    /// let before = monday.minus(Duration::from_micros(1));
    /// assert!(Span::Rolling(Duration::parse("1d")?).holds(before, monday, &zone));
    /// assert!(!Span::Calendar(Period::Week).holds(before, monday, &zone));
    /// # Ok::<(), cjm_core::base::time::TimeError>(())
    /// ```
    pub fn holds(self, then: Timestamp, at: Timestamp, zone: &Zone) -> bool {
        match self {
            Self::Rolling(length) => (Duration::ZERO..length).contains(&at.since(then)),
            Self::Calendar(period) => first_day(period, zone.date(then)) == first_day(period, zone.date(at)),
        }
    }

    /// The first instant from which on the span no longer holds `then`.
    pub fn leaves(self, then: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let period = match self {
            Self::Rolling(length) => return Some(then.plus(length)),
            Self::Calendar(period) => period,
        };
        let date = zone.date(then);
        let first = first_day(period, date);
        let mut days = (1..=32).map(|n| Date::from_days(i64::from(date.days()) + n));
        let next = days.find(|next| first_day(period, *next) != first)?;
        zone.instant(next, Duration::ZERO).ok()
    }

    /// After this long an instant is in no span that is looked at any more, in whatever zone. A local day is below
    /// 48 hours long even where a zone changes sides of the date line.
    pub fn length(self) -> Duration {
        match self {
            Self::Rolling(length) => length,
            Self::Calendar(Period::Day) => Duration::from_micros(3 * DAY_US),
            Self::Calendar(Period::Week) => Duration::from_micros(9 * DAY_US),
            Self::Calendar(Period::Month) => Duration::from_micros(33 * DAY_US),
        }
    }
}

/// The first day of the period that a date lies in, as days since 1970.
pub fn first_day(period: Period, date: Date) -> i64 {
    let days = i64::from(date.days());
    match period {
        Period::Day => days,
        Period::Week => days - i64::from(date.weekday()),
        Period::Month => days - i64::from(date.parts().2),
    }
}

impl CapSpec {
    /// Whether the cap speaks of this channel and purpose.
    pub fn concerns(&self, channel: u32, purpose: Option<u32>) -> bool {
        self.channel.is_none_or(|c| c == channel) && self.purpose.is_none_or(|p| Some(p) == purpose)
    }

    /// Channel caps come before purpose caps, these before customer caps.
    fn rank(&self) -> u8 {
        match (self.channel, self.purpose) {
            (Some(_), _) => 0,
            (None, Some(_)) => 1,
            (None, None) => 2,
        }
    }
}

impl Limits {
    /// The first cap that is used up: the rule's own, then channel, purpose and customer caps, each in document
    /// order.
    ///
    /// ```
    /// use cjm_core::outreach::*;
    /// use cjm_core::{Duration, Timestamp, Zone};
    /// let day = Span::Rolling(Duration::parse("1d")?);
    /// let once = CapSpec { at_most: 1, span: day, channel: None, purpose: None };
    /// let limits = Limits { rules: vec![RuleLimits::default()], outreach: vec![once] };
    /// let contact = Contact { rule: 0, channel: 0, purpose: None };
    /// let (mut usage, zone) = (Usage::default(), Zone::utc());
    /// let noon = Timestamp::parse("2026-03-01T12:00:00Z")?;
    /// assert_eq!(limits.reached(&usage, contact, noon, &zone), None);
    /// usage.use_up(&limits, Use::made(noon, DecisionId::from_bytes([1; 16]), contact, &limits));
    /// assert_eq!(limits.reached(&usage, contact, noon, &zone), Some(CapPlace::Outreach(0)));
    /// # Ok::<(), cjm_core::base::time::TimeError>(())
    /// ```
    pub fn reached(&self, usage: &Usage, to: Contact, at: Timestamp, zone: &Zone) -> Option<CapPlace> {
        self.first(usage, to, at, zone, |_| true)
    }

    /// The first cap naming a channel that is used up: what makes the next channel be tried.
    pub fn channel_reached(
        &self,
        usage: &Usage,
        to: Contact,
        at: Timestamp,
        zone: &Zone,
    ) -> Option<CapPlace> {
        self.first(usage, to, at, zone, |cap| cap.channel.is_some())
    }

    /// Every cap that speaks of a contact, in the order in which they are checked, with how much of it is used up.
    pub fn counted(
        &self,
        usage: &Usage,
        to: Contact,
        at: Timestamp,
        zone: &Zone,
    ) -> Vec<(CapPlace, CapSpec, u32)> {
        let own = self.rule(to.rule);
        let caps = (0_u32..).zip(own.map_or(&[][..], |r| &r.caps));
        let caps = caps.map(|(place, cap)| (CapPlace::Rule(place), cap, CapOf::Rule(to.rule)));
        let obeys = own.is_none_or(|r| r.obeys);
        let mut shared: Vec<_> = (0_u32..).zip(&self.outreach).filter(|_| obeys).collect();
        shared.sort_by_key(|(place, cap)| (cap.rank(), *place));
        let shared = shared.into_iter().map(|(place, cap)| (CapPlace::Outreach(place), cap, CapOf::Outreach));
        let all = caps.chain(shared).filter(|(_, cap, _)| cap.concerns(to.channel, to.purpose));
        all.map(|(place, cap, of)| (place, *cap, usage.used(cap, of, at, zone))).collect()
    }

    /// Until when the rule may not decide again; `None` when it may at `at`.
    ///
    /// Decisions for which `own` holds are left out: those of the match at hand, which do not stand in its way.
    pub fn cools_until(
        &self,
        usage: &Usage,
        rule: u32,
        at: Timestamp,
        own: impl Fn(DecisionId) -> bool,
    ) -> Option<Timestamp> {
        usage.cools_until(rule, self.rule(rule)?.cool_down?, at, own)
    }

    /// How long an entry of this kind is looked at by any cap or cool-down; `None` when none ever looks at it.
    pub fn looks_back(
        &self,
        rule: u32,
        channel: Option<u32>,
        purpose: Option<u32>,
        shared: bool,
    ) -> Option<Duration> {
        let own = self.rule(rule);
        let caps = own.map_or(&[][..], |r| &r.caps).iter();
        let shared_caps: &[CapSpec] = if shared { &self.outreach } else { &[] };
        let spans = caps.chain(shared_caps).filter_map(|cap| {
            let looks = channel.is_some_and(|channel| cap.concerns(channel, purpose));
            looks.then(|| cap.span.length())
        });
        spans.chain(own.and_then(|r| r.cool_down)).max()
    }

    /// The limits of a rule.
    pub fn rule(&self, rule: u32) -> Option<&RuleLimits> {
        self.rules.get(rule as usize)
    }

    fn first(
        &self,
        usage: &Usage,
        to: Contact,
        at: Timestamp,
        zone: &Zone,
        which: impl Fn(&CapSpec) -> bool,
    ) -> Option<CapPlace> {
        let used_up = |cap: &CapSpec, of: CapOf| {
            which(cap) && cap.concerns(to.channel, to.purpose) && !usage.allows(cap, of, at, zone)
        };
        let own = self.rule(to.rule);
        let mut own_caps = (0_u32..).zip(own.map_or(&[][..], |r| &r.caps));
        if let Some((place, _)) = own_caps.find(|(_, cap)| used_up(cap, CapOf::Rule(to.rule))) {
            return Some(CapPlace::Rule(place));
        }
        if own.is_some_and(|r| !r.obeys) {
            return None;
        }
        let shared = (0_u32..).zip(&self.outreach).filter(|(_, cap)| used_up(cap, CapOf::Outreach));
        shared.min_by_key(|(place, cap)| (cap.rank(), *place)).map(|(place, _)| CapPlace::Outreach(place))
    }
}
