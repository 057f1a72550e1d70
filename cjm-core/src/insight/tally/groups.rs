//! Groups: which persona, scenario, segment or dimension's value a trip belongs to.
//!
//! Answers: the cells of every group of a trip, found by number, without looking a name up for each trip.
//! Does not know: what is counted.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use smallvec::SmallVec;

use crate::insight::record::{CustomerRecord, TripRecord};
use crate::insight::rows::Group;
use crate::plan::Plan;

use super::cells::GroupCells;

/// What tables are cut by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// The persona of the trip.
    Persona,
    /// The scenarios of the landed event.
    Scenario,
    /// The segments of the customer: of a trip those when it opened, of the customer those at the end.
    Segment,
    /// A dimension: an event attribute or a profile field.
    Dimension(Arc<str>),
}

/// A group of a trip: its place, and the scenario's bit where only the trip's steps in it count.
pub(super) type Member = (usize, Option<u128>);
/// The groups of a trip, everyone first.
pub(super) type Members = SmallVec<[Member; 4]>;
/// The groups of a customer as a whole, everyone first.
pub(super) type Owned = SmallVec<[usize; 4]>;
/// The group that every trip belongs to.
pub(super) const EVERYONE: Member = (0, None);

/// Texts by number: values of dimensions, stated reasons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(IndexSet<Arc<str>>);

impl Labels {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        let place = match self.0.get_index_of(text) {
            Some(place) => place,
            None => self.0.insert_full(text.into()).0,
        };
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> Option<&Arc<str>> {
        self.0.get_index(number as usize)
    }
}

/// The cells of every group that occurred.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Groups {
    cells: IndexMap<Group, GroupCells>,
    /// By cut, by number of its value (0 for none, else one more): the place of the group; 0 is not known yet.
    places: Vec<Vec<u32>>,
}

impl Groups {
    pub(super) fn new(plan: &Plan, n_cuts: usize) -> Self {
        let everyone = (Group::default(), GroupCells::new(plan));
        Self { cells: IndexMap::from([everyone]), places: vec![Vec::new(); n_cuts] }
    }

    /// Every group with its cells, everyone first, the others in the order in which they occurred.
    pub fn iter(&self) -> impl Iterator<Item = (&Group, &GroupCells)> {
        self.cells.iter()
    }

    /// The cells of everyone.
    pub fn everyone(&self) -> Option<&GroupCells> {
        self.cells.first().map(|(_, cells)| cells)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut GroupCells> {
        self.cells.get_index_mut(place).map(|(_, cells)| cells)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut GroupCells> {
        self.cells.values_mut()
    }

    /// The groups a trip belongs to.
    pub(super) fn of_trip(
        &mut self,
        plan: &Plan,
        cuts: &[Cut],
        labels: &mut Labels,
        trip: &TripRecord,
    ) -> Members {
        let mut members = Members::from_slice(&[EVERYONE]);
        let mut dimensions = trip.dimensions.iter();
        for (at, cut) in cuts.iter().enumerate() {
            let mut join = |labels: &Labels, value: Option<u32>, mask| {
                members.push((self.place(plan, labels, (at, cut), value), mask));
            };
            match cut {
                Cut::Scenario => {
                    bits(trip.all_scenarios()).for_each(|bit| join(labels, Some(bit), Some(1_u128 << bit)));
                }
                Cut::Segment => bits(trip.segments).for_each(|bit| join(labels, Some(bit), None)),
                Cut::Persona => {
                    let value = persona(plan, labels, trip);
                    join(labels, value, None);
                }
                Cut::Dimension(_) => join(labels, dimensions.next().copied().flatten(), None),
            }
        }
        members
    }

    /// The groups a customer as a whole belongs to, everyone first: by the profile, the segments at the end and all
    /// trips. A customer is in no scenario, and without a trip of no persona.
    pub(super) fn of_customer(
        &mut self,
        plan: &Plan,
        cuts: &[Cut],
        labels: &mut Labels,
        record: &CustomerRecord,
        segments: u128,
    ) -> Owned {
        let mut owned = Owned::from_slice(&[EVERYONE.0]);
        let mut dimension = 0;
        for (at, cut) in cuts.iter().enumerate() {
            let mut join = |labels: &Labels, value: Option<u32>| {
                let place = self.place(plan, labels, (at, cut), value);
                if !owned.contains(&place) {
                    owned.push(place);
                }
            };
            match cut {
                Cut::Scenario => {}
                Cut::Segment => bits(segments).for_each(|bit| join(labels, Some(bit))),
                Cut::Persona => record.trips().iter().for_each(|trip| {
                    let value = persona(plan, labels, trip);
                    join(labels, value);
                }),
                Cut::Dimension(_) => {
                    let of = |values: &[Option<u32>]| values.get(dimension).copied().flatten();
                    match record.trips() {
                        [] => join(labels, of(&record.profile)),
                        trips => trips.iter().for_each(|trip| join(labels, of(&trip.dimensions))),
                    }
                    dimension += 1;
                }
            }
        }
        owned
    }

    /// The place of a group, which is made when it occurs for the first time.
    fn place(&mut self, plan: &Plan, labels: &Labels, (at, cut): (usize, &Cut), value: Option<u32>) -> usize {
        let number = value.map_or(0, |value| value as usize + 1);
        if let Some(known) = self.places.get(at).and_then(|p| p.get(number)).copied().filter(|p| *p > 0) {
            return known as usize;
        }
        let group = cut.group(plan, labels, value);
        let place = match self.cells.get_index_of(&group) {
            Some(place) => place,
            None => self.cells.insert_full(group, GroupCells::new(plan)).0,
        };
        if let Some(of_cut) = self.places.get_mut(at) {
            of_cut.resize(of_cut.len().max(number + 1), 0);
            if let Some(known) = of_cut.get_mut(number) {
                *known = u32::try_from(place).unwrap_or(0);
            }
        }
        place
    }

    /// Adds the cells of other customers.
    pub(super) fn merge(&mut self, other: Self) {
        for (group, cells) in other.cells {
            match self.cells.get_mut(&group) {
                Some(mine) => mine.merge(cells),
                None => drop(self.cells.insert(group, cells)),
            }
        }
    }
}

impl Cut {
    /// The group of a value: a label's number, or the position of a scenario or segment.
    fn group(&self, plan: &Plan, labels: &Labels, value: Option<u32>) -> Group {
        let listed = |list: &[Arc<str>]| value.and_then(|v| list.get(v as usize)).map(|n| n.to_string());
        let labelled = || value.and_then(|v| labels.text(v)).map(|text| text.to_string());
        let (by, value) = match self {
            Self::Persona => ("persona", labelled()),
            Self::Scenario => ("scenario", listed(plan.names.scenarios())),
            Self::Segment => ("segment", listed(plan.names.segments())),
            Self::Dimension(name) => (&**name, labelled()),
        };
        Group { by: Some(by.to_owned()), value }
    }
}

/// The persona of a trip by number.
fn persona(plan: &Plan, labels: &mut Labels, trip: &TripRecord) -> Option<u32> {
    let journey = plan.document.journeys.get(trip.journey as usize);
    let persona = trip.persona.and_then(|p| journey?.personas.get(p as usize));
    persona.map(|p| labels.number(&p.id))
}

/// The positions of the bits of a set, rising.
fn bits(mut set: u128) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(lowest)
    })
}
