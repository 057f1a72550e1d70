//! What rules read of events, and what tells how a customer felt, so that a state keeps just that of its recent ones.
//!
//! Answers: by event the attributes that some rule, touchpoint or scored question looks at. Does not know: states.

use crate::event::{EnvelopeField, EventId};
use crate::expr::Program;
use crate::journey::JourneySpec;
use crate::rule::{PatternSpec, Read};

use super::super::rule::RuleSpec;
use super::super::slots::Slot;
use super::super::{SurveySpec, reserved};
use super::Builder;

impl Builder<'_> {
    /// By event: what the rules that hear it read of it, by key, condition or argument.
    pub(super) fn kept(&self, list: &[RuleSpec], patterns: &[PatternSpec]) -> Vec<Vec<Read>> {
        let mut kept: Vec<Vec<Read>> = vec![Vec::new(); self.names.n_events()];
        let mut keep = |events: &[EventId], reads: &[Read]| {
            for event in events {
                let declared = self.names.attributes_of(*event);
                let has = |read: &Read| match read {
                    Read::Channel => true,
                    Read::Attribute(attribute) => declared.iter().any(|(known, _)| known == attribute),
                };
                let Some(known) = kept.get_mut(event.index()) else { continue };
                known.extend(reads.iter().copied().filter(has));
                known.sort_unstable();
                known.dedup();
            }
        };
        let reads = |program: &Program| self.reads_of(program);
        for (rule, pattern) in list.iter().zip(patterns) {
            let own = pattern.programs().chain(rule.programs()).flat_map(reads);
            let own: Vec<Read> = own.chain(pattern.attribute().map(Read::Attribute)).collect();
            keep(&pattern.events(), &own);
            if let Some(goal) = &rule.goal {
                keep(&goal.events, &goal.condition.iter().flat_map(reads).collect::<Vec<_>>());
            }
            if let Some(exit) = &rule.exit {
                keep(&exit.events, &exit.condition.iter().flat_map(reads).collect::<Vec<_>>());
            }
        }
        kept
    }

    /// Adds what tells of recent events where they landed and how the customer felt: behind what rules read, which
    /// goes first where there is not room for all.
    pub(super) fn keep_scores(
        &self,
        kept: &mut [Vec<Read>],
        journeys: &[JourneySpec],
        surveys: &[SurveySpec],
    ) {
        let mut keep = |event: usize, read: Read| {
            if let Some(known) = kept.get_mut(event).filter(|known| !known.contains(&read)) {
                known.push(read);
            }
        };
        if let Some(answered) = self.names.event(reserved::ANSWERED) {
            let scored = surveys.iter().flat_map(|survey| &survey.questions).map(|q| q.attribute);
            for attribute in self.names.attribute("survey").into_iter().chain(scored) {
                keep(answered.index(), Read::Attribute(attribute));
            }
        }
        for journey in journeys {
            for (event, places) in journey.landing.iter().enumerate() {
                for touchpoint in places.iter().filter_map(|place| journey.touchpoint(*place)) {
                    let score = touchpoint.score.as_ref().map(|score| &score.value);
                    let programs = score.into_iter().chain(&touchpoint.condition);
                    programs.flat_map(|program| self.reads_of(program)).for_each(|read| keep(event, read));
                }
            }
        }
    }

    /// What a program reads of the event at hand and of those matched before.
    pub(super) fn reads_of(&self, program: &Program) -> Vec<Read> {
        let slots = self.slots.borrow();
        let read = |number: &u32| match slots.get_index(*number as usize).copied() {
            Some(Slot::Attribute(attribute)) => vec![Read::Attribute(attribute)],
            Some(Slot::AttributeOr(attribute, EnvelopeField::Channel)) => {
                vec![Read::Channel, Read::Attribute(attribute)]
            }
            Some(Slot::AttributeOr(attribute, _)) => vec![Read::Attribute(attribute)],
            Some(Slot::Envelope(EnvelopeField::Channel)) => vec![Read::Channel],
            Some(Slot::Step { read, .. }) => vec![read],
            _ => Vec::new(),
        };
        program.slots().iter().flat_map(read).collect()
    }
}
