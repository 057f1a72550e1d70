//! Arguments of calls: texts, instants, zones, customers, languages.
//!
//! Answers: what an object says, or an error that names the argument. Does not know: values of events (see
//! [`crate::value`]).

use std::sync::Arc;

use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::typed;
use cjm_core::{Duration, ErrorCode, Language, Timestamp, ValueRef, Zone};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDelta, PyDict, PyInt, PyMapping, PyString, PyTimeAccess, PyTzInfo};

use crate::errors::error;
use crate::value::{bad, cut, duration, whole};

/// A text; one with a lone surrogate is none.
pub(crate) fn text(text: &Bound<'_, PyString>, what: &str) -> PyResult<String> {
    let found = text.to_cow().map(std::borrow::Cow::into_owned);
    found.map_err(|_| bad(text.py(), what, "the text has a lone surrogate, which no encoding has"))
}

/// So many of something, as in `1 rule` and `2 rules`.
pub(crate) fn counted(n: impl std::fmt::Display, noun: &str) -> String {
    let n = n.to_string();
    let plural = if n == "1" { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

/// A zone by its name.
pub(crate) fn zone(py: Python<'_>, name: &str) -> PyResult<Zone> {
    Zone::named(name).map_err(|e| error(py, ErrorCode::Argument, format!("`{}`: {e}", cut(name))))
}

/// A language by its tag.
pub(crate) fn language(py: Python<'_>, tag: &str) -> PyResult<Language> {
    let found = Language::of_tag(tag);
    found.ok_or_else(|| {
        error(py, ErrorCode::Argument, format!("`{}` is no language; give `en` or `zh`", cut(tag)))
    })
}

/// An instant: an aware datetime, or RFC 3339 text. Without an offset it is of `zone`, where there is one.
pub(crate) fn instant(object: &Bound<'_, PyAny>, zone: Option<&Zone>, what: &str) -> PyResult<Timestamp> {
    let py = object.py();
    if let Ok(time) = object.cast::<PyDateTime>() {
        return instant_of(time, zone, what);
    }
    if let Ok(written) = object.cast::<PyString>() {
        let written = text(written, what)?;
        return said(py, &written, zone, what);
    }
    let class = object.get_type().name()?;
    Err(bad(py, what, &format!("`{class}` is no time; give an aware datetime or RFC 3339 text")))
}

fn said(py: Python<'_>, written: &str, zone: Option<&Zone>, what: &str) -> PyResult<Timestamp> {
    typed::instant(ValueRef::Text(written), zone).map_err(|reason| {
        let finding = reason.of_value(what, ValueRef::Text(written));
        crate::errors::raise(py, &cjm_core::Error::of_finding(ErrorCode::BadEvent, finding))
    })
}

/// The instant of a datetime: exact to the microsecond, `fold` and all.
pub(crate) fn instant_of(
    time: &Bound<'_, PyDateTime>,
    zone: Option<&Zone>,
    what: &str,
) -> PyResult<Timestamp> {
    let py = time.py();
    if time.call_method0(intern!(py, "utcoffset"))?.is_none() {
        let Some(zone) = zone else {
            let words = "the datetime has no zone; give an aware one, as with `tzinfo=timezone.utc`";
            return Err(bad(py, what, words));
        };
        let written = time.call_method0(intern!(py, "isoformat"))?;
        let first = said(py, &text(written.cast()?, what)?, Some(zone), what)?;
        return Ok(if time.get_fold() { second(first, zone) } else { first });
    }
    let utc = PyTzInfo::utc(py)?;
    let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&*utc))?;
    let since = time.sub(epoch)?;
    let since = duration(since.cast::<PyDelta>()?, what)?;
    Timestamp::from_micros(since.as_micros()).ok_or_else(|| bad(py, what, "the time is out of range"))
}

/// Of an hour that comes twice the second time; any other instant as it is.
fn second(first: Timestamp, zone: &Zone) -> Timestamp {
    let (offset_s, _, change) = zone.offset_span(first);
    let later_s = zone.offset_s(change);
    let again = first.plus(Duration::from_micros(i64::from(offset_s - later_s) * 1_000_000));
    let is_same = offset_s > later_s && again >= change && zone.offset_s(again) == later_s;
    if is_same { again } else { first }
}

/// The text of an id, a name or another field of the envelope: text, or a whole number as it is written.
pub(crate) fn id(object: Option<&Bound<'_, PyAny>>, what: &str) -> PyResult<Option<Arc<str>>> {
    let Some(object) = object.filter(|object| !object.is_none()) else { return Ok(None) };
    if let Ok(written) = object.cast::<PyString>() {
        let written = text(written, what)?;
        return Ok((!written.is_empty()).then(|| written.into()));
    }
    if let Ok(number) = object.cast::<PyInt>()
        && !object.is_instance_of::<PyBool>()
    {
        return Ok(Some(whole(number, what)?.to_string().into()));
    }
    let py = object.py();
    if !object.is_instance_of::<PyBool>() && object.hasattr(intern!(py, "__index__"))? {
        let number = object.call_method0(intern!(py, "__index__"))?;
        return Ok(Some(whole(number.cast()?, what)?.to_string().into()));
    }
    let class = object.get_type().name()?;
    Err(bad(py, what, &format!("`{class}` is no id; give text or a whole number")))
}

/// Identities as (kind, value), by kind.
pub(crate) fn identities(object: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<(Arc<str>, Arc<str>)>> {
    let py = object.py();
    let map = object.cast::<PyMapping>().map_err(|_| {
        bad(py, what, "identities are a dict of kinds and values, as in `{\"member\": \"m-1\"}`")
    })?;
    let mut all = Vec::new();
    for pair in map.items()?.iter() {
        let (kind, value) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let kind = kind.cast::<PyString>().map_err(|_| bad(py, what, "the kind of an identity is text"))?;
        let kind = text(kind, what)?;
        if let Some(value) = id(Some(&value), &kind)? {
            all.push((kind.into(), value));
        }
    }
    all.sort();
    Ok(all)
}

/// Identities of a customer; one at least.
pub(crate) fn customer(object: &Bound<'_, PyAny>) -> PyResult<Vec<IdentityKey>> {
    let all = identities(object, "customer")?;
    if all.is_empty() {
        return Err(error(object.py(), ErrorCode::Argument, "the customer has no identity"));
    }
    Ok(all.into_iter().map(|(kind, value)| IdentityKey { kind, value }).collect())
}

/// The field of a dict or the attribute of an object; none where it is not there.
pub(crate) fn field<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match object.cast::<PyDict>() {
        Ok(dict) => dict.get_item(name),
        Err(_) => object.getattr_opt(name),
    }
}
