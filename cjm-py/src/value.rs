//! Values of the engine from Python's and back.
//!
//! Answers: which value an object is, which object a value is; the value of an expression. Does not know: declared
//! types; the engine judges them.

use std::sync::Arc;

use cjm_core::base::money;
use cjm_core::{Date, Duration, Error, ErrorCode, Timestamp, Value, ValueRef, Zone, expr};
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyDate, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString,
    PyTuple, PyType, PyTzInfo,
};

use crate::call;
use crate::convert;
use crate::errors::{error, raise};

/// Deepest nesting of a value.
const MAX_DEPTH: usize = 32;
/// Most characters of an object in a message.
const MAX_SHOWN: usize = 100;
/// Furthest from the decimal point that a digit of an amount may stand.
const MAX_PLACES: i64 = 64;

/// The value that an object is; `what` names it in errors.
pub(crate) fn value(object: &Bound<'_, PyAny>, what: &str) -> PyResult<Value> {
    read(object, (None, false), what, MAX_DEPTH)
}

/// The same for a cell of a table: a datetime without an offset is of `zone`, and without one its text, which whoever
/// reads the table judges.
pub(crate) fn value_in(object: &Bound<'_, PyAny>, zone: Option<&Zone>, what: &str) -> PyResult<Value> {
    read(object, (zone, true), what, MAX_DEPTH)
}

/// How datetimes without an offset are read: of a zone, or else as their text.
type Naive<'a> = (Option<&'a Zone>, bool);

fn read(object: &Bound<'_, PyAny>, naive: Naive<'_>, what: &str, depth: usize) -> PyResult<Value> {
    let py = object.py();
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::Text(convert::text(text, what)?.into()));
    }
    if let Ok(truth) = object.cast::<PyBool>() {
        return Ok(Value::Bool(truth.is_true()));
    }
    if let Ok(number) = object.cast::<PyInt>() {
        return whole(number, what).map(Value::Int);
    }
    if is_float32(object)? {
        // its own shortest text, not that of the wider float
        let text = object.str()?;
        return Ok(Value::Number(PyFloat::type_object(py).call1((text,))?.extract()?));
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(Value::Number(number.extract()?));
    }
    if is_missing(object)? {
        return Ok(Value::Null);
    }
    if let Ok(time) = object.cast::<PyDateTime>() {
        return moment(time, naive, what);
    }
    if let Ok(date) = object.cast::<PyDate>() {
        let text = convert::text(date.str()?.as_any().cast()?, what)?;
        return Date::parse(&text).map(Value::Date).map_err(|e| bad(py, what, &e.to_string()));
    }
    if let Ok(delta) = object.cast::<PyDelta>() {
        return duration(delta, what).map(Value::Duration);
    }
    if object.is_instance(decimal_class(py)?)? {
        return amount(object, what).map(Value::Money);
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(error(
            py,
            ErrorCode::Limit,
            format!("`{what}` is nested deeper than {MAX_DEPTH} levels"),
        ));
    };
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        let items = call::each(object, |item| read(&item, naive, what, depth))?;
        return Ok(Value::List(items.into()));
    }
    if let Ok(map) = object.cast::<PyMapping>() {
        let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
        for pair in map.items()?.iter() {
            let (key, item) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let key = key.cast::<PyString>().map_err(|_| bad(py, what, "its keys are not all text"))?;
            let key = convert::text(key, what)?;
            fields.push((key.as_str().into(), read(&item, naive, &key, depth)?));
        }
        return Ok(Value::Record(fields.into()));
    }
    if let Some(plain) = unboxed(object)? {
        return read(&plain, naive, what, depth);
    }
    let class = object.get_type().name()?;
    let words = format!("`{class}` is no value; give text, numbers, decimals, times, lists or dicts");
    Err(bad(py, what, &words))
}

fn moment(time: &Bound<'_, PyDateTime>, (zone, as_text): Naive<'_>, what: &str) -> PyResult<Value> {
    let py = time.py();
    if as_text && zone.is_none() && time.call_method0(intern!(py, "utcoffset"))?.is_none() {
        let text = time.call_method0(intern!(py, "isoformat"))?;
        return Ok(Value::Text(convert::text(text.cast()?, what)?.into()));
    }
    convert::instant_of(time, zone, what).map(Value::Time)
}

/// A decimal amount: its size is looked at before its digits are written out.
fn amount(object: &Bound<'_, PyAny>, what: &str) -> PyResult<rust_decimal::Decimal> {
    let py = object.py();
    let places = object.call_method0(intern!(py, "adjusted"))?.extract::<i64>();
    if !places.is_ok_and(|places| places.abs() <= MAX_PLACES) {
        return Err(bad(py, what, "the decimal is no amount of at most 28 digits"));
    }
    let text = object.call_method1(intern!(py, "__format__"), ("f",))?;
    let text = convert::text(text.cast()?, what)?;
    money::parse(&text).ok_or_else(|| bad(py, what, &format!("`{}` is no amount", cut(&text))))
}

/// Whether an object is what pandas has for no value.
fn is_missing(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let name = object.get_type().name()?;
    Ok(name == "NaTType" || name == "NAType")
}

/// Whether an object is a float of fewer bits than Python's, as of numpy.
fn is_float32(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let name = object.get_type().name()?;
    Ok(name == "float32" || name == "float16")
}

/// What a scalar or an array of numpy and the like holds, as objects of Python's own.
fn unboxed<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let Some(kind) = object.getattr_opt(intern!(py, "dtype"))? else { return Ok(None) };
    let kind = kind.getattr_opt(intern!(py, "kind"))?.and_then(|kind| kind.extract::<String>().ok());
    let plain = match kind.as_deref() {
        // finer units would come as plain numbers
        Some("M") => object.call_method1("astype", ("datetime64[us]",))?.call_method0("tolist")?,
        Some("m") => object.call_method1("astype", ("timedelta64[us]",))?.call_method0("tolist")?,
        _ if object.hasattr(intern!(py, "tolist"))? => object.call_method0(intern!(py, "tolist"))?,
        _ => return Ok(None),
    };
    let same = plain.is(object) || plain.hasattr(intern!(py, "dtype"))?;
    Ok((!same).then_some(plain))
}

/// An object as messages show it: no more than the beginning.
pub(crate) fn shown(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = object.repr()?;
    Ok(cut(&text.to_string_lossy()).to_owned())
}

/// The beginning of a text.
pub(crate) fn cut(text: &str) -> &str {
    text.char_indices().nth(MAX_SHOWN).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A whole number of 64 bits.
pub(crate) fn whole(number: &Bound<'_, PyInt>, what: &str) -> PyResult<i64> {
    let py = number.py();
    number.extract::<i64>().map_err(|failed| {
        if failed.is_instance_of::<PyOverflowError>(py) {
            bad(py, what, "the whole number is beyond 64 bits")
        } else {
            failed
        }
    })
}

/// An error about a value that does not fit.
pub(crate) fn bad(py: Python<'_>, what: &str, words: &str) -> PyErr {
    error(py, ErrorCode::BadEvent, format!("`{}`: {words}", cut(what)))
}

/// A length of time.
pub(crate) fn duration(delta: &Bound<'_, PyDelta>, what: &str) -> PyResult<Duration> {
    let (days, seconds) = (i64::from(delta.get_days()), i64::from(delta.get_seconds()));
    let micros = i64::from(delta.get_microseconds());
    let all = days.checked_mul(86_400_000_000).and_then(|us| us.checked_add(seconds * 1_000_000 + micros));
    all.map(Duration::from_micros).ok_or_else(|| bad(delta.py(), what, "the length of time is out of range"))
}

fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "decimal", "Decimal")
}

/// The object that a value is: amounts `Decimal`, instants aware datetimes in UTC.
pub(crate) fn object<'py>(py: Python<'py>, value: ValueRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        ValueRef::Null => py.None().into_bound(py),
        ValueRef::Bool(b) => PyBool::new(py, b).to_owned().into_any(),
        ValueRef::Int(i) => i.into_pyobject(py)?.into_any(),
        ValueRef::Number(x) => PyFloat::new(py, x).into_any(),
        ValueRef::Text(text) => PyString::new(py, text).into_any(),
        ValueRef::Money(d) => decimal(py, &d.to_string())?,
        ValueRef::Time(t) => datetime(py, t)?,
        ValueRef::Date(d) => date(py, d)?,
        ValueRef::Duration(d) => delta(py, d)?,
        ValueRef::List(items) => {
            let items: PyResult<Vec<_>> = items.iter().map(|item| object(py, item.as_ref())).collect();
            PyList::new(py, items?)?.into_any()
        }
        ValueRef::Record(fields) => named(py, fields)?.into_any(),
    })
}

/// Named values as a dict in their order.
pub(crate) fn named<'py>(py: Python<'py>, fields: &[(Arc<str>, Value)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, item) in fields {
        dict.set_item(&**name, object(py, item.as_ref())?)?;
    }
    Ok(dict)
}

/// A decimal.
pub(crate) fn decimal<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    decimal_class(py)?.call1((text,))
}

/// An instant as an aware datetime in UTC. Those of years beyond Python's are refused.
pub(crate) fn datetime(py: Python<'_>, at: Timestamp) -> PyResult<Bound<'_, PyAny>> {
    let us = at.as_micros();
    let (days, rest) = (us.div_euclid(86_400_000_000), us.rem_euclid(86_400_000_000));
    let (year, month, day) = civil(Date::from_days(days));
    let (seconds, micro) = (rest / 1_000_000, (rest % 1_000_000) as u32);
    let (hour, minute, second) = ((seconds / 3_600) as u8, (seconds / 60 % 60) as u8, (seconds % 60) as u8);
    let utc = PyTzInfo::utc(py)?;
    let zone = Some(&*utc);
    Ok(PyDateTime::new(py, year, month, day, hour, minute, second, micro, zone)?.into_any())
}

/// A calendar day.
pub(crate) fn date(py: Python<'_>, date: Date) -> PyResult<Bound<'_, PyAny>> {
    let (year, month, day) = civil(date);
    Ok(PyDate::new(py, year, month, day)?.into_any())
}

fn civil(date: Date) -> (i32, u8, u8) {
    let (year, month, day) = date.parts();
    (i32::from(year), month.unsigned_abs(), day.unsigned_abs())
}

/// A length of time.
pub(crate) fn delta(py: Python<'_>, duration: Duration) -> PyResult<Bound<'_, PyAny>> {
    let us = duration.as_micros();
    let (days, rest) = (us.div_euclid(86_400_000_000), us.rem_euclid(86_400_000_000));
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let (seconds, micros) = ((rest / 1_000_000) as i32, (rest % 1_000_000) as i32);
    Ok(PyDelta::new(py, days, seconds, micros, false)?.into_any())
}

/// The value of an expression over facts, in the language that conditions of blueprints are written in.
///
/// ``facts`` is a dict of names and values: text, numbers, ``Decimal`` amounts, aware datetimes, dates, timedeltas,
/// lists, dicts; each name may be read. ``zone`` is that of ``local(..)``. Amounts come back as ``Decimal``, instants
/// as aware datetimes in UTC.
///
/// Raises ``ConditionError`` for an expression that can not be read, does not fit the facts or fails,
/// ``OutOfRangeError`` when a number leaves its range, ``LimitError`` when it takes too much work, ``BadEventError``
/// for a fact that is no value, ``ArgumentError`` for facts that are no dict and for an unknown zone.
///
///     >>> cjm.evaluate("visits >= 2 && 'vip' in tags", {"visits": 3, "tags": ["vip"]})
///     True
///     >>> from decimal import Decimal
///     >>> cjm.evaluate("amount * 3", {"amount": Decimal("0.10")})
///     Decimal('0.30')
///     >>> cjm.evaluate("local(timestamp('2026-03-01T12:00:00Z')).hour", zone="Asia/Shanghai")
///     20
#[pyfunction]
#[pyo3(signature = (expression, facts=None, *, zone="UTC"))]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    expression: &Bound<'py, PyString>,
    facts: Option<&Bound<'py, PyAny>>,
    zone: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let text = convert::text(expression, "expression")?;
    let facts = match facts {
        Some(facts) => value(facts, "facts")?,
        None => Value::Record([].into()),
    };
    if !matches!(facts, Value::Record(_)) {
        return Err(error(py, ErrorCode::Argument, "`facts` is no dict of names and values"));
    }
    let zone = convert::zone(py, zone)?;
    let given = call::caught(py, || evaluated(&text, &facts, &zone).map_err(|error| raise(py, &error)))?;
    object(py, given.as_ref())
}

fn evaluated(text: &str, facts: &Value, zone: &Zone) -> Result<Value, Error> {
    expr::evaluate(text, facts, zone).map_err(|failure| failure.of_text(text))
}
