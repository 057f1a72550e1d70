//! Events and answers from Python: dicts, or objects of `cjm.Event`.
//!
//! Answers: the event that an object is. Does not know: the blueprint, but for the zone of times without an offset.

use std::sync::Arc;

use cjm_core::{Answer, Event, Timestamp, Zone};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyMapping, PyString};

use crate::convert::{self, field, id};
use crate::value::{bad, value, whole};

/// The fields of an event.
const FIELDS: [&str; 8] = ["id", "source", "name", "time", "identities", "channel", "sequence", "attributes"];

/// The event that an object is.
pub(crate) fn event<'py>(object: &Bound<'py, PyAny>, zone: Option<&Zone>) -> PyResult<Event> {
    let py = object.py();
    if !object.is_instance_of::<PyDict>()
        && let Ok(mapping) = object.cast::<PyMapping>()
    {
        let dict = PyDict::new(py);
        dict.update(mapping)?;
        return event(dict.as_any(), zone);
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        known(dict)?;
    } else if !object.hasattr(intern!(py, "identities"))? {
        let class = object.get_type().name()?;
        return Err(bad(py, "event", &format!("`{class}` is no event; give a dict or a cjm.Event")));
    }
    let get = |name: &Bound<'py, PyString>| field(object, name);
    let name = id(get(intern!(py, "name"))?.as_ref(), "name")?;
    let name = name.ok_or_else(|| bad(py, "name", "the event has no name"))?;
    let time = get(intern!(py, "time"))?.filter(|time| !time.is_none());
    let time = time.ok_or_else(|| bad(py, "time", "the event has no time"))?;
    let mut event = Event::new(name, convert::instant(&time, zone, "time")?);
    event.source = id(get(intern!(py, "source"))?.as_ref(), "source")?.unwrap_or_default();
    event.id = id(get(intern!(py, "id"))?.as_ref(), "id")?.unwrap_or_default();
    event.channel = id(get(intern!(py, "channel"))?.as_ref(), "channel")?;
    if let Some(sequence) = get(intern!(py, "sequence"))?.filter(|sequence| !sequence.is_none()) {
        let number = match sequence.hasattr(intern!(py, "__index__"))? {
            true => sequence.call_method0(intern!(py, "__index__"))?,
            false => return Err(bad(py, "sequence", "it is no whole number")),
        };
        event.sequence = whole(number.cast::<PyInt>()?, "sequence")?;
    }
    if let Some(all) = get(intern!(py, "identities"))?.filter(|all| !all.is_none()) {
        event.identities = convert::identities(&all, "identities")?;
    }
    if let Some(all) = get(intern!(py, "attributes"))?.filter(|all| !all.is_none()) {
        event.attributes = named(&all, "attributes")?;
    }
    event.check().map_err(|error| crate::errors::raise(py, &error))?;
    Ok(event)
}

/// Refuses a field that no event has: attributes stand under `attributes`.
fn known(dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = dict.py();
    for key in dict.keys().iter() {
        let key = key.cast::<PyString>().map_err(|_| bad(py, "event", "its fields are not all text"))?;
        let key = convert::text(key, "event")?;
        if !FIELDS.contains(&key.as_str()) {
            let words = format!("an event has no field `{key}`; attributes stand under `attributes`");
            return Err(bad(py, "event", &words));
        }
    }
    Ok(())
}

/// Names with values, in their order.
pub(crate) fn named(object: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<(Arc<str>, cjm_core::Value)>> {
    let py = object.py();
    let map = object.cast::<PyMapping>().map_err(|_| bad(py, what, "it is no dict of names and values"))?;
    let mut all = Vec::new();
    for pair in map.items()?.iter() {
        let (key, item) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let key = key.cast::<PyString>().map_err(|_| bad(py, what, "its names are not all text"))?;
        let key = convert::text(key, what)?;
        let item = value(&item, &key)?;
        all.push((key.into(), item));
    }
    Ok(all)
}

/// Everything that an answer to a survey is made of.
pub(crate) struct Answered<'a, 'py> {
    pub(crate) survey: &'a Bound<'py, PyString>,
    pub(crate) values: &'a Bound<'py, PyAny>,
    pub(crate) customer: &'a Bound<'py, PyAny>,
    pub(crate) at: Timestamp,
    pub(crate) id: Option<&'a Bound<'py, PyAny>>,
    pub(crate) source: Option<&'a Bound<'py, PyAny>>,
    pub(crate) channel: Option<&'a Bound<'py, PyAny>>,
}

/// The answer to a survey.
pub(crate) fn answer(given: &Answered<'_, '_>) -> PyResult<Answer> {
    let mut answer = Answer::new(convert::text(given.survey, "survey")?, given.at);
    answer.values = named(given.values, "values")?;
    answer.identities = convert::identities(given.customer, "customer")?;
    answer.id = id(given.id, "id")?.unwrap_or_default();
    if let Some(source) = id(given.source, "source")? {
        answer.source = source;
    }
    answer.channel = id(given.channel, "channel")?;
    Ok(answer)
}
