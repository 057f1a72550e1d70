//! Conditions laid over one log: which parts they share and how each part is read.
//!
//! Answers: the list of different parts, and each condition as a formula over it. Does not know: rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reading::{Reading, Shared, verdict};
use super::{Asked, EventConditions};
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::engine::bind::Binding;
use crate::event::{Column, ColumnData, EnvelopeField, EventLog, EventView, Strings};
use crate::expr::parts::{Formula, Part};
use crate::expr::{Program, Scope};
use crate::plan::slots::Slot;

/// Conditions over one log.
pub(super) struct Laid<'a> {
    pub(super) binding: &'a Binding<'a>,
    pub(super) zone: &'a Zone,
    pub(super) slots: &'a [Slot],
    /// The different parts of all conditions.
    pub(super) parts: Vec<LaidPart<'a>>,
    pub(super) shared: Shared<'a>,
    /// Different sets of event names, as atoms; `None` is every event.
    pub(super) masks: Vec<Option<Vec<usize>>>,
    pub(super) conditions: Vec<Laying>,
}

/// A part of conditions.
pub(super) struct LaidPart<'a> {
    pub(super) part: Part,
    /// How it is read by blocks; `None` when rows have to be asked one by one.
    pub(super) reading: Option<Reading<'a>>,
}

/// One condition.
pub(super) struct Laying {
    /// Which set of event names it is asked of.
    pub(super) mask: usize,
    pub(super) node: Option<Node>,
    /// Whether some row may end in an error.
    pub(super) fails: bool,
    /// Whether rows have to be asked one by one for a part of it.
    pub(super) by_row: bool,
}

/// A formula over numbers of parts.
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Part(usize),
}

/// What is found out while conditions are laid over a log.
struct Laywork<'c, 'a> {
    conditions: &'c EventConditions,
    log: &'a EventLog,
    /// Event names by code.
    names: &'c Strings,
    laid: Laid<'a>,
    known: BTreeMap<String, usize>,
    /// Longest text of each slot's columns; `None` where it may be a list.
    longest: BTreeMap<u32, Option<usize>>,
}

impl<'a> Laid<'a> {
    pub(super) fn of(conditions: &'a EventConditions, log: &'a EventLog, binding: &'a Binding<'a>) -> Self {
        let names: Strings = log.event_names().iter().collect();
        let laid = Self {
            binding,
            zone: &conditions.plan.zone,
            slots: &conditions.slots,
            parts: Vec::new(),
            shared: Shared::default(),
            masks: Vec::new(),
            conditions: Vec::new(),
        };
        let (known, longest) = (BTreeMap::new(), BTreeMap::new());
        let mut work = Laywork { conditions, log, names: &names, laid, known, longest };
        for asked in &conditions.list {
            let laying = work.condition(asked);
            work.laid.conditions.push(laying);
        }
        work.laid
    }
}

impl<'a> Laywork<'_, 'a> {
    fn condition(&mut self, asked: &Asked) -> Laying {
        let mask = self.mask(&asked.events);
        let node = asked.condition.as_ref().map(|condition| {
            let formula =
                if self.is_light(condition) { condition.formula() } else { Formula::Part(condition.whole()) };
            self.node(formula)
        });
        let parts = node.as_ref().map(Node::parts).unwrap_or_default();
        let parts = parts.iter().filter_map(|part| self.laid.parts.get(*part));
        let fails = parts.clone().any(|part| part.reading.as_ref().is_none_or(Reading::may_fail));
        let by_row = parts.clone().any(|part| part.reading.is_none());
        Laying { mask, node, fails, by_row }
    }

    fn mask(&mut self, events: &[Arc<str>]) -> usize {
        let mask = (!events.is_empty()).then(|| {
            let codes = (0_u32..).zip(self.log.event_names()).filter(|(_, name)| events.contains(name));
            codes.map(|(code, _)| self.laid.shared.atom(self.log.names(), code)).collect::<Vec<_>>()
        });
        let masks = &mut self.laid.masks;
        masks.iter().position(|known| *known == mask).unwrap_or_else(|| {
            masks.push(mask);
            masks.len() - 1
        })
    }

    /// Whether its parts may be asked one by one.
    fn is_light(&mut self, condition: &Program) -> bool {
        let mut longest = 0;
        for slot in condition.slots() {
            let known = self.longest.get(slot).copied();
            let of_slot = known.unwrap_or_else(|| self.longest_of(*slot));
            self.longest.insert(*slot, of_slot);
            let Some(of_slot) = of_slot else { return false };
            longest = longest.max(of_slot);
        }
        condition.is_light(longest)
    }

    fn longest_of(&self, slot: u32) -> Option<usize> {
        let slot = self.conditions.slots.get(slot as usize)?;
        let of_column = |column: &Column| match &column.data {
            ColumnData::Text { texts, .. } => Some(texts.longest()),
            ColumnData::List(_) => None,
            _ => Some(0),
        };
        let attribute = match slot {
            Slot::Attribute(a) | Slot::AttributeOr(a, _) => {
                self.laid.binding.column(*a).map_or(Some(0), |(column, _)| of_column(column))?
            }
            _ => 0,
        };
        let field = match slot {
            Slot::Envelope(EnvelopeField::Name) | Slot::AttributeOr(_, EnvelopeField::Name) => {
                self.names.longest()
            }
            Slot::Envelope(field) | Slot::AttributeOr(_, field) => {
                envelope(self.log, *field).map_or(Some(0), of_column)?
            }
            _ => 0,
        };
        Some(attribute.max(field))
    }

    /// The formula over numbers of parts; what is asked row by row comes last, when the others have decided most.
    fn node(&mut self, formula: Formula) -> Node {
        match formula {
            Formula::All(list) => Node::All(self.nodes(list)),
            Formula::Any(list) => Node::Any(self.nodes(list)),
            Formula::Not(formula) => Node::Not(Box::new(self.node(*formula))),
            Formula::Part(part) => Node::Part(self.part(part)),
        }
    }

    fn nodes(&mut self, list: Vec<Formula>) -> Vec<Node> {
        let mut nodes: Vec<Node> = list.into_iter().map(|formula| self.node(formula)).collect();
        let by_row = |part: &usize| self.laid.parts.get(*part).is_some_and(|part| part.reading.is_none());
        nodes.sort_by_key(|node| node.parts().iter().any(by_row));
        nodes
    }

    fn part(&mut self, part: Part) -> usize {
        let key = part.key();
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let reading = self.reading(&part);
        self.laid.parts.push(LaidPart { part, reading });
        self.known.insert(key, self.laid.parts.len() - 1);
        self.laid.parts.len() - 1
    }

    fn reading(&mut self, part: &Part) -> Option<Reading<'a>> {
        let zone = self.laid.zone;
        let slot = match part.slots().as_slice() {
            [] => return Some(Reading::same(verdict(part, ValueRef::Null, zone))),
            [slot] => *self.conditions.slots.get(*slot as usize)?,
            _ => return None,
        };
        match slot {
            Slot::Attribute(attribute) => match self.laid.binding.column(attribute) {
                Some((column, amounts)) => self.column(part, column, amounts),
                None => Some(Reading::same(verdict(part, ValueRef::Null, zone))),
            },
            Slot::AttributeOr(attribute, field) => match self.laid.binding.column(attribute) {
                Some((column, amounts)) => {
                    let reading = self.column(part, column, amounts)?;
                    if column.validity.is_none() {
                        Some(reading)
                    } else {
                        Some(reading.or(self.field(part, field)?))
                    }
                }
                None => self.field(part, field),
            },
            Slot::Envelope(field) => self.field(part, field),
            _ => None,
        }
    }

    fn column(&mut self, part: &Part, column: &'a Column, amounts: bool) -> Option<Reading<'a>> {
        let cells = (&column.data, column.validity.as_ref());
        Reading::of_column(part, cells, amounts, self.laid.zone, &mut self.laid.shared)
    }

    fn field(&mut self, part: &Part, field: EnvelopeField) -> Option<Reading<'a>> {
        let zone = self.laid.zone;
        match field {
            EnvelopeField::Name => {
                Some(Reading::of_codes(part, self.log.names(), self.names, zone, &mut self.laid.shared))
            }
            EnvelopeField::Time => Reading::of_times(part, self.log.times_us()),
            EnvelopeField::Sequence => {
                let none = verdict(part, ValueRef::Int(0), zone);
                match self.log.sequence().filter(|column| matches!(column.data, ColumnData::Int(_))) {
                    Some(column) => Some(self.column(part, column, false)?.or_says(none)),
                    None => Some(Reading::same(none)),
                }
            }
            field => match envelope(self.log, field) {
                Some(column) => self.column(part, column, false),
                None => Some(Reading::same(verdict(part, ValueRef::Null, zone))),
            },
        }
    }
}

/// The column of a field of the envelope that is text.
fn envelope(log: &EventLog, field: EnvelopeField) -> Option<&Column> {
    match field {
        EnvelopeField::Id => log.event_id(),
        EnvelopeField::Source => log.source(),
        EnvelopeField::Channel => log.channel(),
        EnvelopeField::Name | EnvelopeField::Time | EnvelopeField::Sequence => None,
    }
}

impl Node {
    /// The parts below it.
    fn parts(&self) -> Vec<usize> {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().flat_map(Self::parts).collect(),
            Self::Not(node) => node.parts(),
            Self::Part(part) => vec![*part],
        }
    }
}

/// One event as conditions see it.
pub(super) struct Seen<'a, V: ?Sized> {
    pub(super) view: &'a V,
    pub(super) slots: &'a [Slot],
    pub(super) zone: &'a Zone,
}

impl<V: EventView + ?Sized> Scope for Seen<'_, V> {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        match self.slots.get(slot as usize) {
            Some(Slot::Attribute(a)) => self.view.attribute(*a),
            Some(Slot::AttributeOr(a, field)) => match self.view.attribute(*a) {
                ValueRef::Null => self.view.envelope(*field),
                value => value,
            },
            Some(Slot::Envelope(field)) => self.view.envelope(*field),
            _ => ValueRef::Null,
        }
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}
