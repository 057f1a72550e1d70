//! A row of a log as the kernel sees an event: the log's codes and columns by the plan's numbers.
//!
//! Answers: event and attributes of a row without copying. Does not know: which rows are one customer.

use rust_decimal::Decimal;

use crate::base::money;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::blueprint::model::{AttributeKind, AttributeType};
use crate::event::{AttributeId, Column, EnvelopeField, EventId, EventLog, EventView};
use crate::plan::{Plan, reserved};

/// Which of the log's names and columns are which of the plan's.
pub(crate) struct Binding<'a> {
    log: &'a EventLog,
    /// By the log's name code.
    events: Vec<Option<EventId>>,
    /// By the plan's attribute.
    attributes: Vec<Option<Bound<'a>>>,
    /// By the log's name code: whether no touchpoint takes it.
    unmapped: Vec<bool>,
}

struct Bound<'a> {
    column: &'a Column,
    /// Numbers of the column are amounts of money by the blueprint.
    money: bool,
}

impl<'a> Binding<'a> {
    pub(crate) fn new(plan: &Plan, log: &'a EventLog) -> Self {
        let events: Vec<_> = log.event_names().iter().map(|name| plan.names.event(name)).collect();
        // a log with the blueprint's types has amounts where they are declared, and plain numbers where those are
        let is_typed = log.is_typed_by(&plan.document);
        let bound = |name: &std::sync::Arc<str>| {
            let column = log.columns().get(log.column(name)?)?;
            let events = || plan.document.events.values();
            let is_money = |ty: &AttributeType| ty.kind == AttributeKind::Money;
            let money = !is_typed && events().any(|e| e.attributes.get(&**name).is_some_and(is_money));
            Some(Bound { column, money })
        };
        let attributes = plan.names.attributes().map(bound).collect();
        let takes = |event: EventId| {
            plan.journeys.iter().any(|j| j.landing.get(event.index()).is_some_and(|l| !l.is_empty()))
        };
        let consent = plan.consent.as_ref().and_then(|c| c.event);
        let of_engine = |name: &str, event: Option<EventId>| {
            reserved::ALL.contains(&name) || (event.is_some() && event == consent)
        };
        let unmapped = log
            .event_names()
            .iter()
            .zip(&events)
            .map(|(name, event)| !event.is_some_and(takes) && !of_engine(name, *event))
            .collect();
        Self { log, events, attributes, unmapped }
    }

    /// The row as an event.
    #[inline]
    pub(crate) fn row(&'a self, row: usize) -> RowView<'a> {
        let code = self.log.names().get(row);
        let at = self.log.times_us().get(row).copied().unwrap_or_default();
        let event = self.events.get(code as usize).copied().flatten();
        RowView { binding: self, row, code, event, at: Timestamp::saturating(at) }
    }

    /// The event of a row.
    #[inline]
    pub(crate) fn event(&self, row: usize) -> Option<EventId> {
        self.events.get(self.log.names().get(row) as usize).copied().flatten()
    }

    /// The time of a row.
    pub(crate) fn time(&self, row: usize) -> Timestamp {
        Timestamp::saturating(self.log.times_us().get(row).copied().unwrap_or_default())
    }

    /// The sequence of a row among events of one instant.
    pub(crate) fn sequence(&self, row: usize) -> i64 {
        match self.log.sequence().map_or(ValueRef::Null, |c| c.value(row)) {
            ValueRef::Int(n) => n,
            _ => 0,
        }
    }

    /// The column that holds an attribute, and whether its numbers are amounts of money by the blueprint.
    pub(crate) fn column(&self, attribute: AttributeId) -> Option<(&'a Column, bool)> {
        self.attributes.get(attribute.index())?.as_ref().map(|bound| (bound.column, bound.money))
    }

    /// Whether no touchpoint takes events of this code.
    #[inline]
    pub(crate) fn is_unmapped(&self, code: u32) -> bool {
        self.unmapped.get(code as usize).copied().unwrap_or(false)
    }
}

/// One row of a log.
pub(crate) struct RowView<'a> {
    binding: &'a Binding<'a>,
    row: usize,
    /// The log's code of the name.
    pub(crate) code: u32,
    event: Option<EventId>,
    at: Timestamp,
}

impl EventView for RowView<'_> {
    #[inline]
    fn event(&self) -> Option<EventId> {
        self.event
    }

    #[inline]
    fn time(&self) -> Timestamp {
        self.at
    }

    #[inline]
    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        let Some(Some(bound)) = self.binding.attributes.get(attribute.index()) else { return ValueRef::Null };
        match bound.column.value(self.row) {
            ValueRef::Number(x) if bound.money => money::of_float(x).map_or(ValueRef::Null, ValueRef::Money),
            ValueRef::Int(x) if bound.money => ValueRef::Money(Decimal::from(x)),
            value => value,
        }
    }

    #[inline]
    fn clears(&self, attribute: AttributeId) -> bool {
        let bound = self.binding.attributes.get(attribute.index()).and_then(Option::as_ref);
        bound.is_some_and(|bound| bound.column.clears(self.row))
    }

    fn envelope(&self, field: EnvelopeField) -> ValueRef<'_> {
        let log = self.binding.log;
        match field {
            EnvelopeField::Id => log.event_id().map_or(ValueRef::Null, |c| c.value(self.row)),
            EnvelopeField::Source => log.source().map_or(ValueRef::Null, |c| c.value(self.row)),
            EnvelopeField::Channel => log.channel().map_or(ValueRef::Null, |c| c.value(self.row)),
            EnvelopeField::Sequence => match log.sequence().map_or(ValueRef::Null, |c| c.value(self.row)) {
                ValueRef::Int(n) => ValueRef::Int(n),
                _ => ValueRef::Int(0),
            },
            EnvelopeField::Name => {
                log.event_names().get(self.code as usize).map_or(ValueRef::Null, |n| ValueRef::Text(n))
            }
            EnvelopeField::Time => ValueRef::Time(self.at),
        }
    }
}
