//! How the columns of a source map to events, from keyword arguments.
//!
//! Answers: the options of a log. Does not know: the source.

use std::path::PathBuf;

use cjm_core::ErrorCode;
use cjm_core::event::{Attributes, Options, TimeUnit};
use cjm_io::{EventReader, Format, TextEncoding};
use indexmap::IndexMap;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::convert;
use crate::errors::{OrRaise, error};

/// The keyword arguments that say what columns mean: the options of a log.
///
/// # Errors
/// `TypeError` for an argument of another name or type, `argument` for one that makes no sense.
pub(crate) fn mapping(py: Python<'_>, arguments: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    let mut options = Options::default();
    let Some(arguments) = arguments else { return Ok(options) };
    for (name, given) in arguments.iter() {
        let name = name.extract::<String>()?;
        if given.is_none() {
            continue;
        }
        let column = || {
            let text = given.cast::<PyString>().map_err(|_| not_of(&name, "text", &given))?;
            convert::text(text, &name).map(Some)
        };
        match name.as_str() {
            "customer" => options.customer = column()?,
            "event" => options.event = column()?,
            "event_name" => options.event_name = column()?,
            "time" => options.time = column()?,
            "source" => options.source = column()?,
            "id" => options.id = column()?,
            "channel" => options.channel = column()?,
            "sequence" => options.sequence = column()?,
            "zone" => options.zone = column()?.map(|zone| convert::zone(py, &zone)).transpose()?,
            "time_unit" => options.time_unit = column()?.map(|text| unit(py, &text)).transpose()?,
            "identities" => options.identities = kinds(&given)?,
            "attributes" => options.attributes = Attributes::Only(given.extract()?),
            "strict" => options.strict = given.extract()?,
            other => return Err(PyTypeError::new_err(format!("there is no argument `{other}`"))),
        }
    }
    Ok(options)
}

fn not_of(name: &str, wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let class = given.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    PyTypeError::new_err(format!("`{name}` is {wanted}, not {class}"))
}

fn unit(py: Python<'_>, text: &str) -> PyResult<TimeUnit> {
    TimeUnit::parse(text)
        .ok_or_else(|| error(py, ErrorCode::Argument, format!("`{text}` is no unit; give s, ms, us or ns")))
}

/// Identity kinds with their columns, in their order.
fn kinds(given: &Bound<'_, PyAny>) -> PyResult<IndexMap<String, String>> {
    let wanted = "a dict of kinds and columns";
    let map = given.cast::<PyMapping>().map_err(|_| not_of("identities", wanted, given))?;
    map.items()?.iter().map(|pair| pair.extract()).collect()
}

/// How a file is read.
#[derive(Default)]
pub(crate) struct FileOptions {
    format: Option<Format>,
    delimiter: Option<u8>,
    encoding: Option<TextEncoding>,
    pub(crate) transition: Option<String>,
}

impl FileOptions {
    /// The options that the arguments say.
    pub(crate) fn of(
        py: Python<'_>,
        format: Option<&str>,
        delimiter: Option<&str>,
        encoding: Option<&str>,
        transition: Option<String>,
    ) -> PyResult<Self> {
        let refuse = |words: String| error(py, ErrorCode::Argument, words);
        let format = format.map(|name| match name {
            "csv" => Ok(Format::Csv),
            "jsonl" => Ok(Format::JsonLines),
            "xes" => Ok(Format::Xes),
            "parquet" => Ok(Format::Parquet),
            other => Err(refuse(format!("`{other}` is no format; give csv, jsonl, xes or parquet"))),
        });
        let delimiter = delimiter.map(|text| match text.as_bytes() {
            [one] if one.is_ascii() => Ok(*one),
            _ => Err(refuse(format!("the delimiter `{text}` is not one ASCII character"))),
        });
        let encoding = encoding.map(|label| TextEncoding::named(label).or_raise(py));
        Ok(Self {
            format: format.transpose()?,
            delimiter: delimiter.transpose()?,
            encoding: encoding.transpose()?,
            transition,
        })
    }

    /// A reader that reads so.
    pub(crate) fn reader(&self) -> EventReader<'_> {
        let mut reader = EventReader::new();
        if let Some(format) = self.format {
            reader = reader.format(format);
        }
        if let Some(delimiter) = self.delimiter {
            reader = reader.delimiter(delimiter);
        }
        if let Some(encoding) = self.encoding {
            reader = reader.encoding(encoding);
        }
        match &self.transition {
            Some(transition) => reader.transition(transition),
            None => reader,
        }
    }
}

/// The path that an object is: text, or an `os.PathLike`.
pub(crate) fn path(object: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(convert::text(text, "path")?.into());
    }
    object.extract()
}
