//! What rules remember, as parts of an encoded state: one part for each rule, another for each exposure.
//!
//! Answers: the parts by stable ids, and what rules remember from parts. Does not know: the envelope.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::event::{AttributeId, EventId};
use crate::outreach::{DecisionId, Exposure, Folded, Usage, Use, number_of_ramp, ramp_of_number};
use crate::plan::Layout;
use crate::rule::{Ids, Match, MatchPart, Part};
use crate::ticket::TicketId;

use super::ack::AckOutcome;
use super::rules::{Ahead, Ends, Made, Marks, OpenGoal, RuleState};

/// What is remembered of one rule.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RulePart {
    matcher: Option<Part>,
    uses: Vec<UsePart>,
    folded: Vec<FoldedPart>,
    ahead: Vec<AheadPart>,
    goals: Vec<GoalPart>,
    ends: Option<(Marks, Marks)>,
    made: Vec<MadePart>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct UsePart {
    at: Timestamp,
    id: DecisionId,
    channel: Option<u64>,
    purpose: Option<u64>,
    by: u8,
    counts: bool,
    held_out: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FoldedPart {
    channel: Option<u64>,
    purpose: Option<u64>,
    shared: bool,
    newest: Timestamp,
    n: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct AheadPart {
    due: Timestamp,
    first_due: Timestamp,
    step: u32,
    item: Option<u32>,
    made: Vec<DecisionId>,
    found: MatchPart,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct GoalPart {
    decision: DecisionId,
    from: Timestamp,
    until: Option<Timestamp>,
    arm: Option<u32>,
    held_out: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct MadePart {
    id: DecisionId,
    due: Timestamp,
    first_due: Timestamp,
    step: u32,
    item: u32,
    channel: Option<u64>,
    arm: Option<u32>,
    escalates: Option<TicketId>,
    by: u8,
    outcomes: u16,
    last: Option<AckOutcome>,
    withdrawn: bool,
    held_out: bool,
    found: MatchPart,
}

/// An arm or a ramp that the customer was exposed to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ExposurePart {
    experiment: u64,
    arm: u64,
    by: u8,
    since: Timestamp,
}

impl RulePart {
    /// How many matches are under way.
    pub(super) fn n_under_way(&self) -> usize {
        self.matcher.as_ref().map_or(0, Part::n_under_way) + self.ahead.len()
    }

    /// The same with nothing under way; a schedule still knows which of its times have been.
    pub(super) fn begun_again(self) -> Self {
        Self { matcher: self.matcher.map(Part::clock_alone), ahead: Vec::new(), ..self }
    }

    /// What is under way with the goals and the record of what it led to, and what decisions used up. Both know when
    /// the goal and the exit came.
    pub(super) fn part_ways(self) -> (Self, Self) {
        let (matcher, windows) = self.matcher.map(Part::part_ways).unzip();
        let Self { uses, folded, ahead, goals, ends, made, .. } = self;
        let rest = Self {
            matcher: windows,
            uses,
            folded,
            ahead: Vec::new(),
            goals: Vec::new(),
            ends: ends.clone(),
            made: Vec::new(),
        };
        let under_way = Self { matcher, uses: Vec::new(), folded: Vec::new(), ahead, goals, ends, made };
        (under_way, rest)
    }

    /// Puts stages that are gone where others took their place.
    pub(super) fn restage(&mut self, stages: &BTreeMap<(u64, u64), (u64, u64)>) {
        if let Some(matcher) = self.matcher.as_mut().filter(|_| !stages.is_empty()) {
            matcher.restage(stages);
        }
    }
}

impl RuleState {
    /// The rules of which anything is remembered, by position; `matched` are those of which patterns do.
    pub(super) fn remembered(&self, matched: &[u32]) -> Vec<u32> {
        let mut rules = matched.to_vec();
        rules.extend(self.usage.iter().map(|used| used.rule));
        rules.extend(self.usage.folded().map(|folded| folded.rule));
        rules.extend(self.ahead.iter().map(|ahead| ahead.found.rule));
        rules.extend(self.goals.iter().map(|goal| goal.rule));
        rules.extend(self.ends.iter().map(|ends| ends.rule));
        rules.extend(self.made.iter().map(|made| made.found.rule));
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// What is remembered of one rule; of its pattern too when `matched`.
    pub(super) fn part(&self, layout: &Layout, rule: u32, matched: bool) -> RulePart {
        let channel = |place: Option<u32>| place.and_then(|place| layout.channels.id(place));
        let purpose = |place: Option<u32>| place.and_then(|place| layout.purposes.id(place));
        let use_part = |used: &Use| {
            let Use { at, id, by, counts, held_out, .. } = *used;
            UsePart {
                at,
                id,
                channel: channel(used.channel),
                purpose: purpose(used.purpose),
                by,
                counts,
                held_out,
            }
        };
        let folded_part = |folded: &Folded| {
            let Folded { shared, newest, n, .. } = *folded;
            FoldedPart {
                channel: channel(folded.channel),
                purpose: purpose(folded.purpose),
                shared,
                newest,
                n,
            }
        };
        let ahead_part = |ahead: &Ahead| AheadPart {
            due: ahead.due,
            first_due: ahead.first_due,
            step: ahead.step,
            item: ahead.item,
            made: ahead.made.clone(),
            found: ahead.found.part(layout),
        };
        let goal_part = |goal: &OpenGoal| {
            let OpenGoal { decision, from, until, arm, held_out, .. } = *goal;
            GoalPart { decision, from, until, arm, held_out }
        };
        let ends = self.ends.iter().find(|ends| ends.rule == rule);
        RulePart {
            matcher: matched.then(|| self.matcher.part(rule, layout)),
            uses: self.usage.iter().filter(|used| used.rule == rule).map(use_part).collect(),
            folded: self.usage.folded().filter(|folded| folded.rule == rule).map(folded_part).collect(),
            ahead: self.ahead.iter().filter(|ahead| ahead.found.rule == rule).map(ahead_part).collect(),
            goals: self.goals.iter().filter(|goal| goal.rule == rule).map(goal_part).collect(),
            ends: ends.map(|ends| (ends.goal.clone(), ends.exit.clone())),
            made: self.made.iter().filter(|made| made.found.rule == rule).map(|m| m.part(layout)).collect(),
        }
    }

    /// Takes in what was remembered of one rule; `false`, and nothing changed, when its pattern is damaged.
    pub(super) fn take(&mut self, layout: &Layout, rule: u32, part: RulePart) -> bool {
        let channel = |id: Option<u64>| id.and_then(|id| layout.channels.place(id));
        let purpose = |id: Option<u64>| id.and_then(|id| layout.purposes.place(id));
        if part.matcher.is_some_and(|matcher| !self.matcher.take(rule, matcher, layout)) {
            return false;
        }
        let uses = part.uses.into_iter().map(|used| {
            let UsePart { at, id, by, counts, held_out, .. } = used;
            Use {
                at,
                id,
                rule,
                channel: channel(used.channel),
                purpose: purpose(used.purpose),
                by,
                counts,
                held_out,
            }
        });
        let folded = part.folded.into_iter().map(|folded| {
            let FoldedPart { shared, newest, n, .. } = folded;
            Folded {
                rule,
                channel: channel(folded.channel),
                purpose: purpose(folded.purpose),
                shared,
                newest,
                n,
            }
        });
        let known = std::mem::take(&mut self.usage);
        let dropped = known.dropped();
        self.usage =
            Usage::of(known.iter().copied().chain(uses), known.folded().copied().chain(folded), dropped);
        for ahead in part.ahead {
            let AheadPart { due, first_due, step, item, made, found } = ahead;
            let found = Match::of_part(rule, found, layout);
            self.put_ahead(Ahead { due, first_due, step, item, made, found });
        }
        for goal in part.goals {
            let GoalPart { decision, from, until, arm, held_out } = goal;
            self.goals.push(OpenGoal { rule, decision, from, until, arm, held_out });
        }
        self.goals.sort_by_key(|goal| (goal.from, goal.decision));
        for made in part.made {
            self.remember(Made::of_part(rule, made, layout));
        }
        if let Some((goal, exit)) = part.ends
            && let Some(ends) = self.ends_mut(rule)
        {
            *ends = Ends { rule, goal, exit };
        }
        true
    }

    /// The arms and ramps that the customer was exposed to.
    pub(super) fn exposures(&self, layout: &Layout) -> Vec<ExposurePart> {
        let part = |exposure: &Exposure| {
            let (by, since) = (exposure.by, exposure.since);
            if let Some(ramp) = ramp_of_number(exposure.experiment) {
                return Some(ExposurePart { experiment: layout.ramps.id(ramp)?, arm: 0, by, since });
            }
            let experiment = layout.experiments.id(exposure.experiment)?;
            let arm = layout.arms.get(exposure.experiment as usize)?.id(exposure.arm)?;
            Some(ExposurePart { experiment, arm, by, since })
        };
        self.arms.iter().filter_map(part).collect()
    }

    /// Takes in an exposure; `false` when the plan knows no such experiment, arm or ramp.
    pub(super) fn expose(&mut self, layout: &Layout, part: &ExposurePart) -> bool {
        if let Some(ramp) = layout.ramps.place(part.experiment) {
            let experiment = number_of_ramp(ramp);
            self.arms.insert(Exposure { experiment, by: part.by, since: part.since, arm: 0 });
            return true;
        }
        let Some(experiment) = layout.experiments.place(part.experiment) else { return false };
        let arm = layout.arms.get(experiment as usize).and_then(|arms| arms.place(part.arm));
        let Some(arm) = arm else { return false };
        self.arms.insert(Exposure { experiment, by: part.by, since: part.since, arm });
        true
    }
}

impl Made {
    fn part(&self, layout: &Layout) -> MadePart {
        let Self {
            id,
            due,
            first_due,
            step,
            item,
            arm,
            escalates,
            by,
            outcomes,
            last,
            withdrawn,
            held_out,
            ..
        } = *self;
        let channel = self.channel.and_then(|place| layout.channels.id(place));
        let found = self.found.part(layout);
        MadePart {
            id,
            due,
            first_due,
            step,
            item,
            channel,
            arm,
            escalates,
            by,
            outcomes,
            last,
            withdrawn,
            held_out,
            found,
        }
    }

    fn of_part(rule: u32, part: MadePart, layout: &Layout) -> Self {
        let MadePart {
            id,
            due,
            first_due,
            step,
            item,
            arm,
            escalates,
            by,
            outcomes,
            last,
            withdrawn,
            held_out,
            ..
        } = part;
        let channel = part.channel.and_then(|id| layout.channels.place(id));
        let found = Match::of_part(rule, part.found, layout);
        Self {
            id,
            due,
            first_due,
            step,
            item,
            channel,
            arm,
            escalates,
            by,
            outcomes,
            last,
            withdrawn,
            held_out,
            found,
        }
    }
}

impl Ids for Layout {
    fn event_id(&self, event: EventId) -> Option<u64> {
        self.events.id(event.0)
    }

    fn event(&self, id: u64) -> Option<EventId> {
        self.events.place(id).map(EventId)
    }

    fn attribute_id(&self, attribute: AttributeId) -> Option<u64> {
        self.attributes.id(attribute.0)
    }

    fn attribute(&self, id: u64) -> Option<AttributeId> {
        self.attributes.place(id).map(AttributeId)
    }

    fn journey_id(&self, journey: u32) -> Option<u64> {
        self.journeys.id(journey)
    }

    fn journey(&self, id: u64) -> Option<u32> {
        self.journeys.place(id)
    }

    fn stage_ids(&self, journey: u32, stage: u32) -> Option<(u64, u64)> {
        let stages = &self.parts.get(journey as usize)?.stages;
        Some((self.journeys.id(journey)?, stages.id(stage)?))
    }

    fn stage(&self, journey: u64, stage: u64) -> Option<(u32, u32)> {
        let journey = self.journeys.place(journey)?;
        Some((journey, self.parts.get(journey as usize)?.stages.place(stage)?))
    }
}
