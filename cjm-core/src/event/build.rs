//! From batches to a log: judge rows, deal them out by customer, sort each partition, put the columns together.
//!
//! Answers: the one way in which every source becomes an [`EventLog`]. Does not know: formats, maps, rules.

use std::sync::Arc;

use super::arrange::{self, Arranged, Parts, Scratch, Stretch, arrange};
use super::batch::Batch;
use super::cast::cell;
use super::cells::{Cells, TimeUnit};
use super::deal::{Deal, key_text};
use super::declared::{Declared, fingerprint};
use super::dictionary::Dictionary;
use super::envelope::Key;
use super::judge::{Judged, Rules, judge};
use super::layout::{Layout, Role, Target};
use super::log::{Column, EventLog, Identity, Keys};
use super::options::Options;
use super::plane::{self, Plane};
use super::reject::{Reason, Rejected};
use super::strings::Strings;
use crate::base::par;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::blueprint::model::Document;
use crate::error::{Error, ErrorCode, Result};

/// Gathers batches and makes the log of them.
///
/// ```
/// use cjm_core::event::{BatchBuilder, EventLog, LogBuilder, Options};
/// use cjm_core::{ValueRef, Zone};
/// let mut rows = BatchBuilder::default();
/// let columns = ["who", "what", "when", "amount"].map(|name| rows.column(name));
/// for (line, row) in [("b", "pay", "2026-03-01 12:00", 9), ("a", "visit", "2026-03-01 11:00", 0)].iter().enumerate() {
///     rows.begin_row(line as u64 + 1);
///     for (column, value) in columns.iter().zip([row.0, row.1, row.2]) {
///         rows.push_text(*column, value);
///     }
///     rows.push(columns[3], ValueRef::Int(row.3));
/// }
/// let mut builder = LogBuilder::new(Options::new("who", "what", "when").with_zone(Zone::utc()));
/// builder.push(rows.finish());
/// let log = builder.finish()?;
/// assert_eq!((log.n_events(), log.n_customers()), (2, 2));
/// assert_eq!(log.value(0, log.rows(0).start), ValueRef::Int(9));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogBuilder {
    options: Options,
    declared: Option<Declared>,
    types: Option<[u8; 16]>,
    batches: Vec<Batch>,
}

impl LogBuilder {
    /// A builder for rows whose columns mean what the options say.
    pub fn new(options: Options) -> Self {
        Self { options, declared: None, types: None, batches: Vec::new() }
    }

    /// Takes declared types and the order of identity kinds from a blueprint: attributes get their declared types,
    /// undeclared ones are dropped and counted, undeclared events stay and are counted. Times without an offset are of
    /// the blueprint's zone unless the options name one.
    #[must_use]
    pub fn with_blueprint(mut self, document: &Document) -> Self {
        self.declared = Some(Declared::of(document));
        self.types = Some(fingerprint(document));
        self.options.zone = self.options.zone.or_else(|| document.zone.clone());
        self
    }

    /// The options that the log is built with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Adds rows behind those already there.
    pub fn push(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// The log. Rows that are not good are counted in [`EventLog::rejected`].
    ///
    /// # Errors
    /// [`ErrorCode::Argument`] when the options name columns that are not there or leave out needed ones,
    /// [`ErrorCode::Limit`] beyond 2^32 - 1 rows or 1,024 attributes; with `strict` the first bad row as
    /// [`ErrorCode::BadEvent`] or [`ErrorCode::Conflict`].
    pub fn finish(self) -> Result<EventLog> {
        let Self { options, declared, types, batches } = self;
        let n_rows: usize = batches.iter().map(Batch::n_rows).sum();
        let n_batches = batches.len();
        if u32::try_from(n_rows).is_err() || u32::try_from(n_batches).is_err() {
            return Err(Error::new(ErrorCode::Limit, format!("{n_rows} rows are more than one log holds")));
        }
        if options.event.is_none() && options.event_name.is_none() {
            return Err(Error::new(ErrorCode::Argument, "no column was named for the event"));
        }
        if batches.is_empty() {
            return Ok(EventLog::default());
        }
        let layout = Layout::of(&batches, &options, declared.as_ref())?;
        time_needs_unit(&batches, &layout, &options)?;
        let rules = Rules { options: &options, layout: &layout, declared: declared.as_ref() };
        let mut judged = par::map(batches, |batch| judge(batch, rules));
        one_kind_of_key(&mut judged);
        let log = EventLog { types, ..Building::of(judged, &layout).log(&options) };
        match log.rejected.strict_error().filter(|_| options.strict) {
            Some(error) => Err(error),
            None => Ok(log),
        }
    }
}

/// A whole column of numbers as time without a unit is a slip, not a bad row.
fn time_needs_unit(batches: &[Batch], layout: &Layout, options: &Options) -> Result<()> {
    let numbers = |batch: &Batch| {
        batch.column(&layout.time).is_some_and(|c| matches!(c.cells, Cells::Int(_) | Cells::Number(_)))
    };
    if options.time_unit.is_none() && batches.iter().any(numbers) {
        let time = &layout.time;
        let text = format!("the times in `{time}` are numbers; give `time_unit`: s, ms, us or ns");
        return Err(Error::new(ErrorCode::Argument, text));
    }
    Ok(())
}

/// Where only some batches have whole numbers as customers, those become texts too.
fn one_kind_of_key(judged: &mut [Judged]) {
    if judged.iter().all(|batch| matches!(batch.key, Key::Int(_))) {
        return;
    }
    for batch in judged {
        if let Key::Int(keys) = &batch.key {
            let texts: Strings = keys.iter().map(i64::to_string).collect();
            batch.key = Key::Text(Cells::Text(texts));
        }
    }
}

/// A log between its batches and its columns.
struct Building<'l> {
    layout: &'l Layout,
    batches: Vec<Judged>,
    deal: Deal,
    times: Vec<i64>,
    /// Keys of whole numbers.
    keys: Whole,
    /// Where each row stands, batch and row; empty where neither keys nor ids need it.
    places: Vec<u64>,
    fields: Vec<Built>,
    /// Number of each row in the source, where customers may turn out to be one.
    arrivals: Option<Plane>,
}

/// One field on its way.
struct Built {
    plane: Plane,
    valid: Option<Plane>,
    dictionary: Dictionary,
}

impl<'l> Building<'l> {
    fn of(mut batches: Vec<Judged>, layout: &'l Layout) -> Self {
        let ends = ends(&batches);
        let deal = Deal::of(&batches, layout, ends);
        let dictionaries =
            par::map((0..layout.fields.len()).collect(), |field| match layout.fields.get(field) {
                Some(of) if of.target == Target::Text => Dictionary::of(&batches, field),
                _ => Dictionary::default(),
            });
        let times = times(&deal, &batches);
        let keys = ends.map_or(Whole::None, |ends| Whole::of(&deal, &batches, ends));
        let places = if ends.is_some() && layout.role(Role::Id).is_none() {
            Vec::new()
        } else {
            places(&deal, &batches)
        };
        let mut fields = Vec::with_capacity(layout.fields.len());
        for (index, (field, dictionary)) in std::iter::zip(&layout.fields, dictionaries).enumerate() {
            let (plane, valid) = plane::of_field(&deal, &batches, index, field.target, &dictionary);
            fields.push(Built { plane, valid, dictionary });
            if !matches!(field.role, Role::Id | Role::Identity) {
                // ids stay for messages and keys; the others have done their work
                batches
                    .iter_mut()
                    .filter_map(|batch| batch.fields.get_mut(index))
                    .for_each(|slot| *slot = None);
            }
        }
        let arrivals = (layout.customers.len() > 1).then(|| Plane::U32(arrivals(&deal, &batches)));
        Self { layout, batches, deal, times, keys, places, fields, arrivals }
    }

    fn log(mut self, options: &Options) -> EventLog {
        let arranged = self.arrange();
        let mut rejected = Rejected::default();
        self.batches.iter().for_each(|batch| rejected.merge(&batch.rejected));
        self.tell_dropped(&arranged, &mut rejected);
        let n_rows_read =
            self.batches.iter().map(|b| b.ticks.len() as u64 + b.lines.rejected().n_rejected()).sum();
        let (keys, starts) = (self.customers(&arranged), starts(&arranged));
        self.compact(&arranged);
        let kinds = self.layout.customers.iter().map(|(kind, _)| Arc::clone(kind)).collect();
        let first = arranged.iter().filter_map(|part| part.first_us).min();
        let last = arranged.iter().filter_map(|part| part.last_us).max();
        let mut log = EventLog {
            starts,
            keys,
            kinds,
            rejected,
            n_rows_read,
            first: first.map(Timestamp::saturating),
            last: last.map(Timestamp::saturating),
            times: self.times,
            ..EventLog::default()
        };
        if let Some(Plane::U32(arrivals)) = self.arrivals {
            log.arrivals = arrivals;
        }
        constant_name(&mut log, options);
        for (field, built) in std::iter::zip(&self.layout.fields, self.fields) {
            let data = plane::finish(built.plane, field.target, built.dictionary);
            let (validity, said_null) = plane::valid_bits(built.valid);
            let column = Column { name: Arc::clone(&field.name), data, validity, said_null };
            place(&mut log, field.role, column, self.layout);
        }
        log
    }

    /// Sorts every partition in place.
    fn arrange(&mut self) -> Vec<Arranged> {
        let sizes = self.deal.sizes.clone();
        let parts = self.parts();
        let places = &self.places;
        let (batches, layout) = (&self.batches, self.layout);
        let mut columns: Vec<Vec<Stretch<'_>>> = sizes.iter().map(|_| Vec::new()).collect();
        let fields = self.fields.iter_mut();
        let planes = fields.flat_map(|built| std::iter::once(&mut built.plane).chain(&mut built.valid));
        for plane in planes.chain(&mut self.arrivals) {
            std::iter::zip(&mut columns, plane.stretches(&sizes)).for_each(|(all, own)| all.push(own));
        }
        let times = plane::cut(&mut self.times, &sizes);
        let froms = sizes.iter().scan(0, |from, n| {
            *from += n;
            Some(*from - n)
        });
        let keys = &self.keys;
        let work: Vec<_> = std::iter::zip(std::iter::zip(times, columns), froms).collect();
        par::map_with(work, Scratch::default, |scratch, ((times, mut columns), from)| {
            let range = from..from + times.len();
            let keys = match keys {
                Whole::Narrow(keys, _) => arrange::Keys::Narrow(keys.get(range).unwrap_or_default()),
                Whole::Wide(keys) => arrange::Keys::Wide(keys.get(range).unwrap_or_default()),
                Whole::None => {
                    let places = places.get(range).unwrap_or_default();
                    arrange::Keys::Text(Box::new(move |row| {
                        key_at(places.get(row).copied(), batches, layout)
                    }))
                }
            };
            arrange(scratch, &keys, times, &mut columns, parts)
        })
    }

    /// The planes of sequence, id and source among the stretches of a partition.
    fn parts(&self) -> Parts {
        let mut next = 0;
        let mut parts = Parts::default();
        for (field, built) in std::iter::zip(&self.layout.fields, &self.fields) {
            let at = (next, built.valid.as_ref().map(|_| next + 1));
            match field.role {
                Role::Sequence => parts.sequence = Some(at.0),
                Role::Id => {
                    let texts = &built.dictionary.texts;
                    parts.id = Some(at);
                    parts.no_id =
                        (0_u32..).zip(texts.iter()).find(|(_, text)| text.is_empty()).map(|(n, _)| n);
                }
                Role::Source => parts.source = Some(at),
                _ => {}
            }
            next += 1 + usize::from(built.valid.is_some());
        }
        parts.arrival = self.arrivals.as_ref().map(|_| next);
        parts
    }

    /// Counts rows that repeat an event.
    fn tell_dropped(&self, arranged: &[Arranged], rejected: &mut Rejected) {
        let Some(id) = self.layout.role(Role::Id) else { return };
        let name = self.layout.fields.get(id).map_or("", |field| field.name.as_ref());
        let mut from = 0;
        for (size, part) in std::iter::zip(&self.deal.sizes, arranged) {
            for dropped in &part.dropped {
                let Some((batch, row)) = self.place(from + dropped.row as usize) else { continue };
                let column = batch.fields.get(id).and_then(Option::as_ref);
                let text = match column.map(|column| cell(&column.cells, row)) {
                    Some(Ok(ValueRef::Text(text))) => text,
                    _ => "",
                };
                let reason = if dropped.conflict { Reason::Conflict } else { Reason::Repeat };
                rejected.add(reason, name, batch.lines.line(row), text);
            }
            from += size;
        }
    }

    fn place(&self, row: usize) -> Option<(&Judged, usize)> {
        let place = self.places.get(row)?;
        Some((self.batches.get((place >> 32) as usize)?, (place & u64::from(u32::MAX)) as usize))
    }

    /// The keys of all customers.
    fn customers(&self, arranged: &[Arranged]) -> Keys {
        let whole = |base: i64| {
            let mut keys = Vec::with_capacity(arranged.iter().map(|part| part.keys.len()).sum());
            // back from the smallest key: what wrapped on the way there wraps back
            arranged.iter().for_each(|part| keys.extend(part.keys.iter().map(|key| key.wrapping_add(base))));
            Keys::Int(keys)
        };
        match &self.keys {
            Whole::Narrow(_, base) => whole(*base),
            Whole::Wide(_) => whole(0),
            Whole::None => self.text_keys(arranged),
        }
    }

    fn text_keys(&self, arranged: &[Arranged]) -> Keys {
        let mut kinds = Vec::new();
        let mut texts = Strings::default();
        let mut from = 0;
        for (size, part) in std::iter::zip(&self.deal.sizes, arranged) {
            for first in &part.first {
                let place = self.places.get(from + *first as usize).copied();
                let (kind, text) = key_at(place, &self.batches, self.layout);
                kinds.push(kind);
                texts.push(text);
            }
            from += size;
        }
        texts.shrink();
        if self.layout.customers.len() == 1 { Keys::Text(texts) } else { Keys::Kinds(kinds, texts) }
    }

    /// Takes dropped rows out of all columns.
    fn compact(&mut self, arranged: &[Arranged]) {
        if arranged.iter().all(|part| part.dropped.is_empty()) {
            return;
        }
        let sizes = &self.deal.sizes;
        let kept: Vec<usize> =
            std::iter::zip(sizes, arranged).map(|(size, part)| size - part.dropped.len()).collect();
        plane::compact(&mut self.times, sizes, &kept);
        for built in &mut self.fields {
            built.plane.compact(sizes, &kept);
            built.valid.iter_mut().for_each(|plane| plane.compact(sizes, &kept));
        }
        self.arrivals.iter_mut().for_each(|plane| plane.compact(sizes, &kept));
    }
}

fn key_at<'a>(place: Option<u64>, batches: &'a [Judged], layout: &Layout) -> (u8, &'a str) {
    let place = place.unwrap_or(u64::MAX);
    let row = (place & u64::from(u32::MAX)) as usize;
    batches.get((place >> 32) as usize).map_or((0, ""), |b| key_text(&b.key, &b.fields, layout, row))
}

/// The keys of all rows, where all are whole numbers.
enum Whole {
    /// As distance from the smallest, which halves the memory that the rows need.
    Narrow(Vec<u32>, i64),
    Wide(Vec<i64>),
    /// Keys are texts.
    None,
}

/// The keys of a batch, if they are whole numbers.
fn whole_keys(batch: &Judged) -> Option<&[i64]> {
    match &batch.key {
        Key::Int(keys) => Some(keys),
        _ => None,
    }
}

/// The least and the greatest key, where all keys are whole numbers.
fn ends(batches: &[Judged]) -> Option<(i64, i64)> {
    let all: Vec<&[i64]> = batches.iter().map(whole_keys).collect::<Option<_>>()?;
    let ends = par::map(all, |keys: &[i64]| {
        keys.iter().fold((i64::MAX, i64::MIN), |(low, high), key| (low.min(*key), high.max(*key)))
    });
    Some(ends.iter().fold((i64::MAX, i64::MIN), |(low, high), ends| (low.min(ends.0), high.max(ends.1))))
}

impl Whole {
    fn of(deal: &Deal, batches: &[Judged], (low, high): (i64, i64)) -> Self {
        let of = |batch: usize| batches.get(batch).and_then(whole_keys);
        if high.checked_sub(low).is_some_and(|width| u32::try_from(width).is_ok()) {
            Self::Narrow(
                deal.column(|batch, slots| match of(batch) {
                    Some(keys) => slots
                        .put(|row| keys.get(row).map(|key| key.wrapping_sub(low) as u32).unwrap_or_default()),
                    None => slots.skip(),
                }),
                low,
            )
        } else {
            Self::Wide(deal.column(|batch, slots| match of(batch) {
                Some(keys) => slots.put(|row| keys.get(row).copied().unwrap_or_default()),
                None => slots.skip(),
            }))
        }
    }
}

fn times(deal: &Deal, batches: &[Judged]) -> Vec<i64> {
    deal.column(|batch, slots| {
        let Some(batch) = batches.get(batch) else { return };
        let ticks: &[i64] = &batch.ticks;
        let tick = |row: usize| ticks.get(row).copied().unwrap_or_default();
        // every time that is an event's was found to fit
        match batch.unit {
            TimeUnit::Second => slots.put(|row| tick(row).wrapping_mul(1_000_000)),
            TimeUnit::Milli => slots.put(|row| tick(row).wrapping_mul(1_000)),
            TimeUnit::Micro => slots.put(tick),
            TimeUnit::Nano => slots.put(|row| tick(row).div_euclid(1_000)),
        }
    })
}

fn places(deal: &Deal, batches: &[Judged]) -> Vec<u64> {
    deal.column(|batch, slots| {
        if batch < batches.len() {
            slots.put(|row| (batch as u64) << 32 | row as u64);
        }
    })
}

/// Number of each row in the source.
fn arrivals(deal: &Deal, batches: &[Judged]) -> Vec<u32> {
    let froms = batches.iter().scan(0, |from, batch| {
        let own = *from;
        *from += batch.ticks.len() as u32;
        Some(own)
    });
    let froms: Vec<u32> = froms.collect();
    deal.column(|batch, slots| match froms.get(batch) {
        Some(from) => slots.put(|row| from + row as u32),
        None => slots.skip(),
    })
}

/// Where each customer begins, and the end.
fn starts(arranged: &[Arranged]) -> Vec<u32> {
    let n = arranged.iter().map(|part| part.counts.len()).sum::<usize>();
    let mut starts = Vec::with_capacity(n + 1);
    starts.push(0);
    let counts = arranged.iter().flat_map(|part| &part.counts);
    counts.fold(0, |from, n| {
        starts.push(from + n);
        from + n
    });
    starts
}

/// The event name of a source without such a column.
fn constant_name(log: &mut EventLog, options: &Options) {
    if let Some(name) = options.event_name.as_deref().filter(|_| options.event.is_none()) {
        log.names = Some(super::Codes::U8(vec![0; log.times.len()]));
        log.event_names = vec![name.into()];
    }
}

/// Puts a finished column where its role says.
fn place(log: &mut EventLog, role: Role, column: Column, layout: &Layout) {
    match role {
        Role::Name => {
            if let super::log::ColumnData::Text { codes, texts } = column.data {
                log.event_names = texts.iter().map(Arc::from).collect();
                log.names = Some(codes);
            }
        }
        Role::Source => log.source = Some(column),
        Role::Id => log.event_id = Some(column),
        Role::Channel => log.channel = Some(column),
        Role::Sequence => log.sequence = Some(column),
        Role::Identity => {
            let kind = layout.customers.get(log.identities.len()).map(|(kind, _)| Arc::clone(kind));
            log.identities.push(Identity { kind: kind.unwrap_or_default(), column });
        }
        Role::Attribute => log.columns.push(column),
    }
}
