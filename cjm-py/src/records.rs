//! Rows and trees of the engine as objects of the package's classes.
//!
//! Answers: the object of anything that the engine writes: a structure becomes the class of its name where the package
//! has one, else a dict; times are aware datetimes, amounts decimals, identities `{kind: value}`. Does not know: what
//! any of it means.

use std::fmt;

use cjm_core::base::time::{Duration, Timestamp};
use cjm_core::base::zone::Date;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use serde::ser::{self, Serialize};

use crate::value;

/// The object of something that the engine writes.
pub(crate) fn record<'py, T: Serialize + ?Sized>(py: Python<'py>, given: &T) -> PyResult<Bound<'py, PyAny>> {
    let classes = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "BY_NAME"))?;
    let classes = classes.cast_into::<PyDict>()?;
    given.serialize(Writer { classes: &classes }).map_err(|failed| failed.0)
}

/// A dict of something that the engine writes, whatever classes there are.
pub(crate) fn plain<'py, T: Serialize + ?Sized>(py: Python<'py>, given: &T) -> PyResult<Bound<'py, PyAny>> {
    given.serialize(Writer { classes: &PyDict::new(py) }).map_err(|failed| failed.0)
}

/// What pickle makes an object of a class of again.
pub(crate) fn restored<'py>(
    py: Python<'py>,
    class: &str,
    bytes: Bound<'py, PyBytes>,
) -> PyResult<Bound<'py, PyTuple>> {
    let restore = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "restore"))?;
    (restore, (class, bytes)).into_pyobject(py)
}

#[derive(Clone, Copy)]
struct Writer<'a, 'py> {
    classes: &'a Bound<'py, PyDict>,
}

impl<'py> Writer<'_, 'py> {
    fn py(self) -> Python<'py> {
        self.classes.py()
    }
}

/// An exception on its way through serde.
#[derive(Debug)]
struct Failed(PyErr);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self(PyTypeError::new_err(words.to_string()))
    }
}

impl From<PyErr> for Failed {
    fn from(failed: PyErr) -> Self {
        Self(failed)
    }
}

type Done<'py> = Result<Bound<'py, PyAny>, Failed>;

macro_rules! scalars {
    ($($name:ident: $type:ty),+) => {
        $(fn $name(self, x: $type) -> Done<'py> {
            Ok(x.into_pyobject(self.py()).map_err(PyErr::from)?.to_owned().into_any())
        })+
    };
}

impl<'a, 'py> ser::Serializer for Writer<'a, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;
    type SerializeSeq = Items<'a, 'py>;
    type SerializeTuple = Items<'a, 'py>;
    type SerializeTupleStruct = Items<'a, 'py>;
    type SerializeTupleVariant = Items<'a, 'py>;
    type SerializeMap = Fields<'a, 'py>;
    type SerializeStruct = Fields<'a, 'py>;
    type SerializeStructVariant = Fields<'a, 'py>;

    scalars! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Done<'py> {
        Ok(PyBytes::new(self.py(), bytes).into_any())
    }

    fn serialize_none(self) -> Done<'py> {
        Ok(self.py().None().into_bound(self.py()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, given: &T) -> Done<'py> {
        given.serialize(self)
    }

    fn serialize_unit(self) -> Done<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Done<'py> {
        self.serialize_str(name)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done<'py> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, given: &T) -> Done<'py> {
        let inner = given.serialize(self)?;
        let Ok(text) = inner.cast::<PyString>() else { return Ok(inner) };
        let text = text.to_cow()?;
        let no = |_| PyTypeError::new_err(format!("`{text}` is no {name}"));
        Ok(match name {
            "Timestamp" => value::datetime(self.py(), Timestamp::parse(&text).map_err(no)?)?,
            "Duration" => value::delta(self.py(), Duration::parse(&text).map_err(no)?)?,
            "Date" => value::date(self.py(), Date::parse(&text).map_err(no)?)?,
            "Decimal" => value::decimal(self.py(), &text)?,
            _ => inner.clone(),
        })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        given: &T,
    ) -> Done<'py> {
        let inner = given.serialize(self)?;
        // a value is what it is, not the name of its kind
        if name == "Value" {
            return Ok(inner);
        }
        let dict = PyDict::new(self.py());
        dict.set_item(variant, inner)?;
        Ok(dict.into_any())
    }

    fn serialize_seq(self, n: Option<usize>) -> Result<Items<'a, 'py>, Failed> {
        Ok(Items { writer: self, items: Vec::with_capacity(n.unwrap_or(0)), variant: None, is_tuple: false })
    }

    fn serialize_tuple(self, n: usize) -> Result<Items<'a, 'py>, Failed> {
        Ok(Items { is_tuple: true, ..self.serialize_seq(Some(n))? })
    }

    fn serialize_tuple_struct(self, _: &'static str, n: usize) -> Result<Items<'a, 'py>, Failed> {
        self.serialize_tuple(n)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        n: usize,
    ) -> Result<Items<'a, 'py>, Failed> {
        Ok(Items { variant: Some(variant), ..self.serialize_tuple(n)? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a, 'py>, Failed> {
        Ok(Fields { writer: self, dict: PyDict::new(self.py()), name: None, variant: None, key: None })
    }

    fn serialize_struct(self, name: &'static str, n: usize) -> Result<Fields<'a, 'py>, Failed> {
        Ok(Fields { name: Some(name), ..self.serialize_map(Some(n))? })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        n: usize,
    ) -> Result<Fields<'a, 'py>, Failed> {
        Ok(Fields { variant: Some(variant), ..self.serialize_map(Some(n))? })
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, given: &T) -> Done<'py> {
        self.serialize_str(&given.to_string())
    }
}

/// A list, or a tuple, in the making.
struct Items<'a, 'py> {
    writer: Writer<'a, 'py>,
    items: Vec<Bound<'py, PyAny>>,
    variant: Option<&'static str>,
    is_tuple: bool,
}

impl<'py> Items<'_, 'py> {
    fn add<T: Serialize + ?Sized>(&mut self, given: &T) -> Result<(), Failed> {
        self.items.push(given.serialize(self.writer)?);
        Ok(())
    }

    fn done(self) -> Done<'py> {
        let list = PyList::new(self.writer.py(), self.items)?;
        let whole = if self.is_tuple { list.to_tuple().into_any() } else { list.into_any() };
        let Some(variant) = self.variant else { return Ok(whole) };
        let dict = PyDict::new(self.writer.py());
        dict.set_item(variant, whole)?;
        Ok(dict.into_any())
    }
}

macro_rules! items {
    ($($trait:ident $method:ident),+) => {
        $(impl<'py> ser::$trait for Items<'_, 'py> {
            type Ok = Bound<'py, PyAny>;
            type Error = Failed;

            fn $method<T: Serialize + ?Sized>(&mut self, given: &T) -> Result<(), Failed> {
                self.add(given)
            }

            fn end(self) -> Done<'py> {
                self.done()
            }
        })+
    };
}

items! {
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
}

/// A dict, or an object of a class, in the making.
struct Fields<'a, 'py> {
    writer: Writer<'a, 'py>,
    dict: Bound<'py, PyDict>,
    name: Option<&'static str>,
    variant: Option<&'static str>,
    key: Option<Bound<'py, PyAny>>,
}

impl<'py> Fields<'_, 'py> {
    fn put<T: Serialize + ?Sized>(&mut self, key: &'static str, given: &T) -> Result<(), Failed> {
        let item = given.serialize(self.writer)?;
        Ok(self.dict.set_item(PyString::intern(self.writer.py(), key), item)?)
    }

    fn done(self) -> Done<'py> {
        let py = self.writer.py();
        if let Some(variant) = self.variant {
            let outer = PyDict::new(py);
            outer.set_item(variant, self.dict)?;
            return Ok(outer.into_any());
        }
        if self.name == Some("IdentityKey")
            && let (Some(kind), Some(value)) = (self.dict.get_item("kind")?, self.dict.get_item("value")?)
        {
            let identity = PyDict::new(py);
            identity.set_item(kind, value)?;
            return Ok(identity.into_any());
        }
        let class = match self.name {
            Some(name) => self.writer.classes.get_item(name)?,
            None => None,
        };
        match class {
            Some(class) => Ok(class.call((), Some(&self.dict))?),
            None => Ok(self.dict.into_any()),
        }
    }
}

impl<'py> ser::SerializeMap for Fields<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        self.key = Some(key.serialize(self.writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, given: &T) -> Result<(), Failed> {
        let item = given.serialize(self.writer)?;
        match self.key.take() {
            Some(key) => Ok(self.dict.set_item(key, item)?),
            None => Err(ser::Error::custom("a value without its key")),
        }
    }

    fn end(self) -> Done<'py> {
        self.done()
    }
}

macro_rules! fields {
    ($($trait:ident),+) => {
        $(impl<'py> ser::$trait for Fields<'_, 'py> {
            type Ok = Bound<'py, PyAny>;
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                given: &T,
            ) -> Result<(), Failed> {
                self.put(key, given)
            }

            fn end(self) -> Done<'py> {
                self.done()
            }
        })+
    };
}

fields! { SerializeStruct, SerializeStructVariant }
