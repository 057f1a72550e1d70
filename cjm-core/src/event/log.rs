//! The columnar event log: immutable, sorted by customer, then time, sequence and arrival.
//!
//! Answers: which rows a customer has, every value of every row, which rows of the source did not make it.
//! Does not know: how it was built (see [`super::build`]), maps, rules, what events mean.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::bits::Bits;
use super::cells::Codes;
use super::reject::Rejected;
use super::strings::Strings;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Date;

/// Events as columns. Row numbers run through the whole log; customers are numbered from 0 in a stated order:
/// that of a fixed hash of their key, and of first arrival where the hash does not decide. It does not depend on
/// threads or on how the source was cut into batches.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    pub(super) starts: Vec<u32>,
    pub(super) keys: Keys,
    pub(super) kinds: Vec<Arc<str>>,
    pub(super) times: Vec<i64>,
    pub(super) names: Option<Codes>,
    pub(super) event_names: Vec<Arc<str>>,
    pub(super) channel: Option<Column>,
    pub(super) source: Option<Column>,
    pub(super) event_id: Option<Column>,
    pub(super) sequence: Option<Column>,
    pub(super) identities: Vec<Identity>,
    /// Number of each row in the source; empty where rows carry one identity only, so that a customer's own order
    /// says it all.
    pub(super) arrivals: Vec<u32>,
    pub(super) columns: Vec<Column>,
    pub(super) rejected: Rejected,
    pub(super) n_rows_read: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// What the blueprint said of types, where one did.
    pub(super) types: Option<[u8; 16]>,
}

/// The keys of customers.
#[derive(Debug, Clone)]
pub(super) enum Keys {
    /// Whole numbers of one identity kind.
    Int(Vec<i64>),
    /// Texts of one identity kind.
    Text(Strings),
    /// Texts with the index of their identity kind.
    Kinds(Vec<u8>, Strings),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Int(Vec::new())
    }
}

/// A named column of a log.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name of the attribute, or of the envelope's field.
    pub name: Arc<str>,
    /// The values; rows without a value hold any.
    pub data: ColumnData,
    /// Which rows have a value; all of them when there is none.
    pub validity: Option<Bits>,
    /// Rows of `profile_set` that say null in so many words, which clears a field; none of them when absent.
    pub said_null: Option<Bits>,
}

/// The values of a column by row.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// Codes into texts; each text of the list occurs, in the order of arrival, once in the list.
    Text {
        /// Code of each row.
        codes: Codes,
        /// Text of each code.
        texts: Arc<Strings>,
    },
    /// Whole numbers.
    Int(Vec<i64>),
    /// Finite numbers.
    Number(Vec<f64>),
    /// Decimal amounts.
    Money(Vec<Decimal>),
    /// True or false.
    Bool(Bits),
    /// Instants: UTC microseconds.
    Time(Vec<i64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Lists of records; also values of several types, where events declare one name differently.
    List(Vec<Value>),
}

/// An identity that rows carry, in the log's order of kinds.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The kind, as in `phone`.
    pub kind: Arc<str>,
    /// Its values.
    pub column: Column,
}

impl EventLog {
    /// How many events there are.
    pub fn n_events(&self) -> usize {
        self.times.len()
    }

    /// How many customers there are.
    pub fn n_customers(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many rows the source had: events, rejected rows and repeats.
    pub fn n_rows_read(&self) -> u64 {
        self.n_rows_read
    }

    /// The earliest event's time.
    pub fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// The latest event's time.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The rows of a customer, in order; empty beyond the last customer.
    #[inline]
    pub fn rows(&self, customer: usize) -> Range<usize> {
        let at = |i: usize| self.starts.get(i).map_or(0, |row| *row as usize);
        if customer < self.n_customers() { at(customer)..at(customer + 1) } else { 0..0 }
    }

    /// The kind of the first identity column: `customer` unless said.
    pub fn identity_kind(&self) -> &str {
        self.kinds.first().map_or(super::options::DEFAULT_IDENTITY, |kind| kind)
    }

    /// The identity kind that names this customer.
    pub fn customer_kind(&self, customer: usize) -> &str {
        match &self.keys {
            Keys::Kinds(of, _) => {
                let index = of.get(customer).map_or(0, |kind| usize::from(*kind));
                self.kinds.get(index).map_or(super::options::DEFAULT_IDENTITY, |kind| kind)
            }
            _ => self.identity_kind(),
        }
    }

    /// The key of a customer as text; whole numbers as decimal text; empty beyond the last customer.
    pub fn customer_key(&self, customer: usize) -> Cow<'_, str> {
        match &self.keys {
            Keys::Int(keys) => keys.get(customer).map_or(Cow::Borrowed(""), |key| key.to_string().into()),
            Keys::Text(keys) | Keys::Kinds(_, keys) => Cow::Borrowed(keys.get(customer)),
        }
    }

    /// The fixed hash by whose highest bits customers with whole numbers as keys are ordered first, crowded
    /// partitions aside: the same on every machine. For those who test with hostile keys.
    pub fn order_hash(key: i64) -> u64 {
        super::deal::hash_int(key, 0)
    }

    /// Time of each row: UTC microseconds, rising within a customer.
    pub fn times_us(&self) -> &[i64] {
        &self.times
    }

    /// Code of each row's event name.
    pub fn names(&self) -> &Codes {
        static NONE: Codes = Codes::U8(Vec::new());
        self.names.as_ref().unwrap_or(&NONE)
    }

    /// Event name of each code, in the order in which they arrived.
    pub fn event_names(&self) -> &[Arc<str>] {
        &self.event_names
    }

    /// The channel column, if the source has one: always text.
    pub fn channel(&self) -> Option<&Column> {
        self.channel.as_ref()
    }

    /// The source column, if the source has one: always text.
    pub fn source(&self) -> Option<&Column> {
        self.source.as_ref()
    }

    /// The event id column, if the source has one: always text.
    pub fn event_id(&self) -> Option<&Column> {
        self.event_id.as_ref()
    }

    /// The order among events at one instant, if the source has it: always whole numbers.
    pub fn sequence(&self) -> Option<&Column> {
        self.sequence.as_ref()
    }

    /// Identity columns in the log's order of kinds, always text; empty when the rows carry one identity only,
    /// which is then the customer's key.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The attributes: declared ones in the source's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The index of the attribute of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.as_ref() == name)
    }

    /// The value of an attribute; null beyond the ends.
    #[inline]
    pub fn value(&self, column: usize, row: usize) -> ValueRef<'_> {
        self.columns.get(column).map_or(ValueRef::Null, |column| column.value(row))
    }

    /// Where a row stands in the order of events, also among rows of other customers: time, sequence, arrival.
    pub(crate) fn order(&self, row: usize) -> (i64, i64, u32) {
        let sequence = match self.sequence.as_ref().map_or(ValueRef::Null, |column| column.value(row)) {
            ValueRef::Int(sequence) => sequence,
            _ => 0,
        };
        let arrival = self.arrivals.get(row).copied().unwrap_or(row as u32);
        (self.times.get(row).copied().unwrap_or_default(), sequence, arrival)
    }

    /// Whether its values have the types that a blueprint declares.
    pub(crate) fn is_typed_by(&self, document: &crate::blueprint::model::Document) -> bool {
        self.types == Some(super::declared::fingerprint(document))
    }

    /// Rows that are not in the log, and what else was counted while reading.
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// Memory held by the log, in bytes.
    pub fn bytes(&self) -> usize {
        let keys = match &self.keys {
            Keys::Int(keys) => keys.capacity() * 8,
            Keys::Text(keys) => keys.bytes(),
            Keys::Kinds(kinds, keys) => kinds.capacity() + keys.bytes(),
        };
        let envelope = [&self.channel, &self.source, &self.event_id, &self.sequence];
        let columns = envelope.into_iter().flatten().chain(&self.columns);
        let keys = keys + self.arrivals.capacity() * 4;
        let columns = columns.chain(self.identities.iter().map(|identity| &identity.column));
        keys + self.starts.capacity() * 4
            + self.times.capacity() * 8
            + self.names.as_ref().map_or(0, Codes::bytes)
            + columns.map(Column::bytes).sum::<usize>()
    }
}

impl Column {
    /// Whether the row has a value.
    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        self.validity.as_ref().is_none_or(|bits| bits.get(row))
    }

    /// The value of a row; null when it has none.
    #[inline]
    pub fn value(&self, row: usize) -> ValueRef<'_> {
        if self.is_valid(row) { self.data.value(row) } else { ValueRef::Null }
    }

    /// Whether the row sets a field of the profile to null, which clears it; silence does not.
    #[inline]
    pub fn clears(&self, row: usize) -> bool {
        self.said_null.as_ref().is_some_and(|bits| bits.get(row))
    }

    /// How many different texts the column has; 0 when it is no text.
    pub fn n_texts(&self) -> usize {
        match &self.data {
            ColumnData::Text { texts, .. } => texts.len(),
            _ => 0,
        }
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> Option<&str> {
        match &self.data {
            ColumnData::Text { texts, .. } if (code as usize) < texts.len() => Some(texts.get(code as usize)),
            _ => None,
        }
    }

    /// The code of a row's text; `None` when the row has none or the column is no text.
    #[inline]
    pub fn code(&self, row: usize) -> Option<u32> {
        match &self.data {
            ColumnData::Text { codes, .. } if self.is_valid(row) && row < codes.len() => Some(codes.get(row)),
            _ => None,
        }
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        let data = match &self.data {
            ColumnData::Text { codes, texts } => codes.bytes() + texts.bytes(),
            ColumnData::Int(values) | ColumnData::Time(values) => values.capacity() * 8,
            ColumnData::Number(values) => values.capacity() * 8,
            ColumnData::Money(values) => values.capacity() * size_of::<Decimal>(),
            ColumnData::Bool(bits) => bits.bytes(),
            ColumnData::Date(values) => values.capacity() * 4,
            ColumnData::List(values) => values.capacity() * size_of::<Value>(),
        };
        let bits = [&self.validity, &self.said_null].into_iter().flatten();
        data + bits.map(Bits::bytes).sum::<usize>()
    }
}

impl ColumnData {
    /// The value of a row, validity aside; null beyond the end.
    #[inline]
    fn value(&self, row: usize) -> ValueRef<'_> {
        let found = match self {
            Self::Text { codes, texts } if row < codes.len() => {
                Some(ValueRef::Text(texts.get(codes.get(row) as usize)))
            }
            Self::Text { .. } => None,
            Self::Int(values) => values.get(row).copied().map(ValueRef::Int),
            Self::Number(values) => values.get(row).copied().map(ValueRef::Number),
            Self::Money(values) => values.get(row).copied().map(ValueRef::Money),
            Self::Bool(bits) => (row < bits.len()).then(|| ValueRef::Bool(bits.get(row))),
            Self::Time(values) => values.get(row).map(|us| ValueRef::Time(Timestamp::saturating(*us))),
            Self::Date(days) => days.get(row).map(|d| ValueRef::Date(Date::from_days(i64::from(*d)))),
            Self::List(values) => values.get(row).map(Value::as_ref),
        };
        found.unwrap_or_default()
    }
}
