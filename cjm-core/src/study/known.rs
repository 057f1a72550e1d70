//! A person as known at the time: separate customers until an event links their identities.
//!
//! Answers: the record of a person whose parts are stepped apart and merged at the linking event.
//! Does not know: which links the whole log allows (see [`crate::engine::stitch`]), one-part people.

use hashbrown::HashMap;

use crate::customer::identity::Identity;
use crate::engine::CustomerState;
use crate::engine::stitch::People;
use crate::insight::record::Side;
use crate::signal::Hear;

use super::walk::Walker;

/// One customer among those who will turn out to be one.
struct Part {
    state: CustomerState,
    side: Side,
}

/// The customers of one person by identity.
#[derive(Default)]
struct Parts {
    list: Vec<Option<Part>>,
    /// By identity node: whose it is.
    home: HashMap<u32, usize, foldhash::fast::RandomState>,
}

impl Walker<'_> {
    /// A person's events, in order: each belongs to the customer its identities were known to be by then.
    pub(super) fn person_as_known(&mut self, rows: &[usize], people: &People<'_>) {
        if rows.is_empty() {
            return;
        }
        self.record.clear();
        let mut parts = Parts::default();
        for row in rows {
            let own = people.own(*row);
            let Some((strong, weaker)) = own.split_first() else { continue };
            let mut place = self.part(&mut parts, *strong, people, *row);
            for weak in weaker {
                place = self.link(&mut parts, place, *weak, *row);
            }
            self.with(&mut parts, place, |walker| walker.event(*row));
        }
        for place in 0..parts.list.len() {
            self.with(&mut parts, place, Self::finish);
        }
        // links make one of all parts; the first that is left stands for the person
        if let Some(part) = parts.list.into_iter().flatten().next() {
            self.state = part.state;
            self.settle();
        }
    }

    /// The customer of an identity, who begins with this event if nobody has it yet.
    fn part(&self, parts: &mut Parts, node: u32, people: &People<'_>, row: usize) -> usize {
        if let Some(known) = parts.home.get(&node) {
            return *known;
        }
        let mut state = CustomerState::new(self.guide.plan);
        state.facts.identities.add(Identity {
            key: people.key(node),
            since: self.guide.binding.time(row),
            source: "".into(),
            event: "".into(),
            own: true,
        });
        state.renew_origin();
        let place = parts.list.len();
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        parts.list.push(Some(Part { state, side: Side { number, ..Side::default() } }));
        parts.home.insert(node, place);
        place
    }

    /// An identity turns out to be this customer's. Gives where the customer is from now on.
    fn link(&mut self, parts: &mut Parts, place: usize, node: u32, row: usize) -> usize {
        let other = *parts.home.entry(node).or_insert(place);
        let taken = |place: usize, parts: &mut Parts| parts.list.get_mut(place).and_then(Option::take);
        if other == place {
            return place;
        }
        // what was due before the linking event happened to each of them alone
        let at = self.guide.binding.time(row);
        for part in [place, other] {
            self.with(parts, part, |walker| walker.pass(at));
        }
        let (Some(one), Some(two)) = (taken(place, parts), taken(other, parts)) else { return place };
        let leads = one.state.facts.identities.leads(&two.state.facts.identities);
        let (to, lead, from, rest) = if leads { (place, one, other, two) } else { (other, two, place, one) };
        self.record.unite(rest.side.number, lead.side.number);
        // the states are united in the later row; whoever stood in the other one is there no more
        let row = |part: &Part| part.state.facts.lifecycle.row;
        if let Some(left) = row(&lead).min(row(&rest)) {
            self.record.moved(Some(left), None, at.as_micros());
        }
        let (state, moments) = self.guide.plan.merge(&lead.state, &rest.state);
        let last = self.record.later(lead.side.last, rest.side.last);
        let segments = lead.side.segments | rest.side.segments;
        self.record.side = Side { number: lead.side.number, segments, last };
        let mut recorder = self.guide.recorder(&mut self.record);
        moments.into_iter().for_each(|dated| recorder.hear(dated));
        let side = self.record.side;
        if let Some(free) = parts.list.get_mut(to) {
            *free = Some(Part { state, side });
        }
        parts.home.values_mut().filter(|home| **home == from).for_each(|home| *home = to);
        to
    }

    /// Does something with the state of one part at hand.
    fn with(&mut self, parts: &mut Parts, place: usize, f: impl FnOnce(&mut Self)) {
        let Some(part) = parts.list.get_mut(place).and_then(Option::as_mut) else { return };
        std::mem::swap(&mut self.state, &mut part.state);
        std::mem::swap(&mut self.record.side, &mut part.side);
        f(self);
        std::mem::swap(&mut self.state, &mut part.state);
        std::mem::swap(&mut self.record.side, &mut part.side);
    }
}
