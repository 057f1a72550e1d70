//! How the columns of a source map to events, from keyword arguments.
//!
//! Answers: the options of a log. Does not know: the source.

use std::path::PathBuf;

use cjm_core::ErrorCode;
use cjm_core::event::{Attributes, Options, TimeUnit};
use cjm_io::{EventReader, Format, TextEncoding};
use indexmap::IndexMap;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::convert;
use crate::errors::{OrRaise, error};

/// The keyword arguments that say what columns mean.
#[derive(Default, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Mapping {
    customer: Option<String>,
    event: Option<String>,
    time: Option<String>,
    identities: Option<IndexMapArg>,
    event_name: Option<String>,
    time_unit: Option<String>,
    zone: Option<String>,
    source: Option<String>,
    id: Option<String>,
    channel: Option<String>,
    sequence: Option<String>,
    attributes: Option<Vec<String>>,
    strict: bool,
}

/// Identity kinds with their columns, in their order.
struct IndexMapArg(IndexMap<String, String>);

impl<'a, 'py> FromPyObject<'a, 'py> for IndexMapArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let dict = object.cast::<PyDict>()?;
        let mut all = IndexMap::new();
        for (kind, column) in dict.iter() {
            all.insert(kind.extract()?, column.extract()?);
        }
        Ok(Self(all))
    }
}

impl Mapping {
    /// The options that the arguments say.
    pub(crate) fn options(self, py: Python<'_>) -> PyResult<Options> {
        let unit = |text: String| {
            TimeUnit::parse(&text).ok_or_else(|| {
                error(py, ErrorCode::Argument, format!("`{text}` is no unit; give s, ms, us or ns"))
            })
        };
        Ok(Options {
            customer: self.customer,
            identities: self.identities.map(|all| all.0).unwrap_or_default(),
            event: self.event,
            event_name: self.event_name,
            time: self.time,
            time_unit: self.time_unit.map(unit).transpose()?,
            zone: self.zone.map(|name| convert::zone(py, &name)).transpose()?,
            source: self.source,
            id: self.id,
            channel: self.channel,
            sequence: self.sequence,
            attributes: self.attributes.map_or(Attributes::All, Attributes::Only),
            strict: self.strict,
        })
    }
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
