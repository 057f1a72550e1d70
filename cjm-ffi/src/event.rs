//! Events as C builds them: a struct with arrays of identities and attributes.
//!
//! Answers: the event that such a struct is, or what is wrong with it. Does not know: what events mean.

use std::collections::HashSet;
use std::mem::offset_of;
use std::sync::Arc;

use cjm_core::base::time::Duration;
use cjm_core::event::Event;
use cjm_core::event::single::{MAX_ATTRIBUTES, MAX_EVENT_BYTES, MAX_NAME_BYTES};
use cjm_core::{Error, ErrorCode, Result, Value};

use crate::guard::null;
use crate::sized;
use crate::text::cjm_text;
use crate::time::{cjm_time, instant};

/// Most identities of one event.
const MAX_IDENTITIES: usize = 32;
/// Most names that are kept from one event to the next.
const MAX_NAMES: usize = 4_096;

/// An identity of a customer: a kind that the blueprint declares, and the value.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_identity {
    /// As in `member`.
    pub kind: cjm_text,
    /// As in `m-1`.
    pub value: cjm_text,
}

/// What an attribute's value is.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum cjm_kind {
    /// Absent: as if the attribute were not there.
    CJM_KIND_NULL = 0,
    /// True or false: `value.integer`, where 0 is false.
    CJM_KIND_BOOLEAN = 1,
    /// A whole number: `value.integer`.
    CJM_KIND_INTEGER = 2,
    /// A finite number: `value.number`.
    CJM_KIND_NUMBER = 3,
    /// Text: `value.text`. Dates and whatever else a blueprint declares are given as text, too.
    CJM_KIND_TEXT = 4,
    /// A decimal amount: `value.text`, as in `12.50`.
    CJM_KIND_DECIMAL = 5,
    /// An instant: `value.time`.
    CJM_KIND_TIME = 6,
    /// A length of time in microseconds: `value.integer`.
    CJM_KIND_DURATION = 7,
}

/// The value of an attribute; its kind says which field counts.
#[repr(C)]
#[derive(Clone, Copy)]
pub union cjm_value {
    /// Of whole numbers, truth values and lengths of time.
    pub integer: i64,
    /// Of numbers.
    pub number: f64,
    /// Of texts and decimal amounts.
    pub text: cjm_text,
    /// Of instants.
    pub time: cjm_time,
}

/// An attribute of an event. `cjm_attribute_text` and its like make one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct cjm_attribute {
    /// Its name.
    pub name: cjm_text,
    /// One of `cjm_kind`.
    pub kind: i32,
    /// Its value.
    pub value: cjm_value,
}

/// Something that happened to a customer. Begin with all of it zero, as `cjm_event event = {0}` does, and set
/// `struct_size`.
///
/// Everything that it points to is the caller's and is read before the call returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_event {
    /// `sizeof` this struct, as the caller knows it.
    pub struct_size: usize,
    /// Its name.
    pub name: cjm_text,
    /// When it happened.
    pub time: cjm_time,
    /// Where it came from; with `id` the key by which a repeat is known. May be empty.
    pub source: cjm_text,
    /// Its id within the source. Without one it is never a repeat.
    pub id: cjm_text,
    /// The channel it came through. May be empty.
    pub channel: cjm_text,
    /// Order among events of one instant; 0 unless said.
    pub sequence: i64,
    /// Everyone that it is known to concern: one customer.
    pub identities: *const cjm_identity,
    /// How many identities: 1 at least, 32 at most.
    pub n_identities: usize,
    /// Its attributes; null when there are none.
    pub attributes: *const cjm_attribute,
    /// How many attributes: 64 at most.
    pub n_attributes: usize,
}

// SAFETY: it begins with its size; numbers, null pointers and empty texts are zero
unsafe impl sized::Struct for cjm_event {
    // as it was in the first version, whatever comes behind it
    const LEAST: usize = offset_of!(Self, n_attributes) + size_of::<usize>();
    const NAME: &'static str = "cjm_event";
}
const _: () = assert!(!cfg!(target_pointer_width = "64") || <cjm_event as sized::Struct>::LEAST == 120);

/// An attribute that is a whole number.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_integer(name: cjm_text, value: i64) -> cjm_attribute {
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_INTEGER as i32, value: cjm_value { integer: value } }
}

/// An attribute that is true or, for 0, false.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_boolean(name: cjm_text, value: i32) -> cjm_attribute {
    let value = cjm_value { integer: i64::from(value != 0) };
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_BOOLEAN as i32, value }
}

/// An attribute that is a number.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_number(name: cjm_text, value: f64) -> cjm_attribute {
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_NUMBER as i32, value: cjm_value { number: value } }
}

/// An attribute that is text.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_text(name: cjm_text, value: cjm_text) -> cjm_attribute {
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_TEXT as i32, value: cjm_value { text: value } }
}

/// An attribute that is a decimal amount, given as text: `12.50`.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_decimal(name: cjm_text, value: cjm_text) -> cjm_attribute {
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_DECIMAL as i32, value: cjm_value { text: value } }
}

/// An attribute that is an instant.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_attribute_time(name: cjm_text, value: cjm_time) -> cjm_attribute {
    cjm_attribute { name, kind: cjm_kind::CJM_KIND_TIME as i32, value: cjm_value { time: value } }
}

/// What makes events of structs: it keeps names from one event to the next, and the memory of the last event.
#[derive(Debug)]
pub(crate) struct Maker {
    names: HashSet<Arc<str>, foldhash::fast::RandomState>,
    event: Event,
}

impl Default for Maker {
    fn default() -> Self {
        let event = Event {
            name: Arc::default(),
            time: cjm_core::Timestamp::MIN,
            source: Arc::default(),
            id: Arc::default(),
            sequence: 0,
            identities: Vec::new(),
            channel: None,
            attributes: Vec::new(),
        };
        Self { names: HashSet::default(), event }
    }
}

impl Maker {
    /// The event that a struct is.
    ///
    /// # Safety
    /// Texts and arrays of the struct are as they say.
    ///
    /// # Errors
    /// `argument` for what is none: a null pointer, no UTF-8, an unknown kind, an instant out of range; `limit` for too
    /// much; `bad_event` for an identity or attribute that is there twice, a number that is not finite, a decimal that
    /// is none.
    pub(crate) unsafe fn event(&mut self, given: &cjm_event) -> Result<&Event> {
        // SAFETY: the caller vouches for all of it
        unsafe {
            let name = self.name(given.name, "name")?;
            self.event.time = instant(given.time)?;
            self.event.source = self.name(given.source, "source")?;
            self.event.id = text(given.id, "id")?.into();
            let channel = self.name(given.channel, "channel")?;
            self.event.channel = Some(channel).filter(|channel| !channel.is_empty());
            self.event.name = name;
            self.event.sequence = given.sequence;
            let identities = array(given.identities, given.n_identities, "identities", MAX_IDENTITIES)?;
            self.event.identities.clear();
            for identity in identities {
                let kind = self.name(identity.kind, "identities.kind")?;
                let value = text(identity.value, "identities.value")?.into();
                self.event.identities.push((kind, value));
            }
            self.event.identities.sort_by(|a, b| a.0.cmp(&b.0));
            let attributes = array(given.attributes, given.n_attributes, "attributes", MAX_ATTRIBUTES)?;
            self.event.attributes.clear();
            for attribute in attributes {
                let name = self.name(attribute.name, "attributes.name")?;
                let value = value(attribute, &name)?;
                self.event.attributes.push((name, value));
            }
        }
        self.check_names()?;
        Ok(&self.event)
    }

    /// # Safety
    /// As of [`Maker::event`].
    unsafe fn name(&mut self, given: cjm_text, what: &str) -> Result<Arc<str>> {
        // SAFETY: the caller vouches for it
        let given = unsafe { text(given, what) }?;
        if let Some(known) = self.names.get(given) {
            return Ok(known.clone());
        }
        let name: Arc<str> = given.into();
        // only what may be a name is worth keeping
        if self.names.len() < MAX_NAMES && given.len() <= MAX_NAME_BYTES {
            self.names.insert(name.clone());
        }
        Ok(name)
    }

    /// Refuses names that are missing or there twice: which of the two would count?
    fn check_names(&self) -> Result<()> {
        let refused = |words: String| Err(Error::new(ErrorCode::BadEvent, words));
        if self.event.name.is_empty() {
            return refused("the event has no name".to_owned());
        }
        let kinds = self.event.identities.iter().map(|(kind, _)| kind);
        if let Some(kind) = twice(kinds) {
            return refused(format!("the identity `{kind}` is there twice"));
        }
        let names = self.event.attributes.iter().map(|(name, _)| name);
        match twice(names) {
            Some(name) => refused(format!("the attribute `{name}` is there twice")),
            None => Ok(()),
        }
    }
}

/// The first name that is there twice.
fn twice<'n>(names: impl Iterator<Item = &'n Arc<str>> + Clone) -> Option<&'n Arc<str>> {
    names
        .clone()
        .enumerate()
        .find(|(n, name)| names.clone().take(*n).any(|other| other == *name))
        .map(|(_, name)| name)
}

/// A text of an event.
///
/// # Safety
/// As of [`cjm_text::str`].
unsafe fn text<'t>(given: cjm_text, what: &str) -> Result<&'t str> {
    // nothing of an event may be longer than an event: such a length is not even looked behind
    if given.len > MAX_EVENT_BYTES && given.len <= isize::MAX as usize {
        let words = format!("`{what}` has {} bytes, at most {MAX_EVENT_BYTES} are allowed", given.len);
        return Err(Error::new(ErrorCode::Limit, words));
    }
    // SAFETY: the caller vouches for it
    unsafe { given.str(what) }
}

/// An array of an event.
///
/// # Safety
/// `first` is null or points to `n` of them.
unsafe fn array<'a, T>(first: *const T, n: usize, what: &str, most: usize) -> Result<&'a [T]> {
    if n == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(null(what));
    }
    if n > most {
        return Err(Error::new(
            ErrorCode::Limit,
            format!("the event has {n} {what}, at most {most} are allowed"),
        ));
    }
    if !first.is_aligned() {
        return Err(Error::new(
            ErrorCode::Argument,
            format!("`{what}` is no pointer to an array: it is not aligned"),
        ));
    }
    // SAFETY: it is not null and aligned, n is small; the caller vouches for the rest
    Ok(unsafe { std::slice::from_raw_parts(first, n) })
}

/// The value of an attribute.
///
/// # Safety
/// The field that its kind names is set; a text is as it says.
unsafe fn value(attribute: &cjm_attribute, name: &str) -> Result<Value> {
    let refused = |code, why: &str| Err(Error::new(code, format!("the attribute `{name}` {why}")));
    // SAFETY: the kind says which field is set, for which the caller vouches; each is a value whatever its bits
    unsafe {
        let given = &attribute.value;
        match attribute.kind {
            0 => Ok(Value::Null),
            1 => Ok(Value::Bool(given.integer != 0)),
            2 => Ok(Value::Int(given.integer)),
            3 if given.number.is_finite() => Ok(Value::Number(given.number)),
            3 => refused(ErrorCode::BadEvent, "is not a finite number"),
            4 => Ok(Value::Text(text(given.text, name)?.into())),
            5 => match cjm_core::base::money::parse(text(given.text, name)?) {
                Some(amount) => Ok(Value::Money(amount)),
                None => refused(ErrorCode::BadEvent, "is no decimal number"),
            },
            6 => Ok(Value::Time(instant(given.time)?)),
            7 => Ok(Value::Duration(Duration::from_micros(given.integer))),
            other => refused(ErrorCode::Argument, &format!("is of the kind {other}, which is none")),
        }
    }
}
