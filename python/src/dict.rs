//! What serde serializes, as the dicts and lists that its JSON reads to, without the JSON in between.
//!
//! `pythonize` does much the same, but not for this version of PyO3; and it makes tuples of what JSON has
//! as lists.

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::ser::{self, Impossible, Serialize, Serializer};

/// A value as Python has it.
pub fn of<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    // Taken out for the while, since Python may collect its garbage in between and come here again.
    let known = KNOWN.try_lock().map(|mut known| std::mem::take(&mut *known)).unwrap_or_default();
    let keys = Keys { py, known: RefCell::new(known) };
    let made = value.serialize(To { keys: &keys, is_key: false });
    if let Ok(mut known) = KNOWN.try_lock() {
        *known = keys.known.into_inner();
    }
    made.map_err(|Fault(error)| error)
}

/// The keys of dicts, each made once: reports have a few, many times.
static KNOWN: Mutex<Known> = Mutex::new(Known {
    fields: FxHashMap::with_hasher(FxBuildHasher),
    words: FxHashMap::with_hasher(FxBuildHasher),
});

#[derive(Default)]
struct Known {
    /// Names in the code, by where they stand, which is quicker told than what they say.
    fields: FxHashMap<(usize, usize), Py<PyString>>,
    words: FxHashMap<String, Py<PyString>>,
}

struct Keys<'py> {
    py: Python<'py>,
    known: RefCell<Known>,
}

impl<'py> Keys<'py> {
    fn field(&self, name: &'static str) -> Bound<'py, PyString> {
        let place = (name.as_ptr() as usize, name.len());
        let fields = &mut self.known.borrow_mut().fields;
        let key = fields.entry(place).or_insert_with(|| PyString::intern(self.py, name).unbind());
        key.bind(self.py).clone()
    }

    fn word(&self, name: &str) -> Bound<'py, PyString> {
        /// Keys that only some reports have are not all kept.
        const MOST: usize = 1000;
        let words = &mut self.known.borrow_mut().words;
        if let Some(key) = words.get(name) {
            return key.bind(self.py).clone();
        }
        let key = PyString::intern(self.py, name);
        if words.len() < MOST {
            words.insert(name.to_owned(), key.clone().unbind());
        }
        key
    }
}

#[derive(Clone, Copy)]
struct To<'a, 'py> {
    keys: &'a Keys<'py>,
    /// Whether the value is to be a key.
    is_key: bool,
}

/// An error of Python, as serde wants it.
#[derive(Debug)]
struct Fault(PyErr);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Fault(error)
    }
}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault(crate::request::refused(message))
    }
}

type Made<'py> = Result<Bound<'py, PyAny>, Fault>;

/// For what no report has.
fn unused<T>() -> Result<T, Fault> {
    Err(ser::Error::custom("a report has a value of an unknown kind"))
}

impl<'a, 'py> Serializer for To<'a, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;
    type SerializeSeq = Items<'a, 'py>;
    type SerializeTuple = Items<'a, 'py>;
    type SerializeTupleStruct = Items<'a, 'py>;
    type SerializeTupleVariant = Impossible<Self::Ok, Fault>;
    type SerializeMap = Entries<'a, 'py>;
    type SerializeStruct = Entries<'a, 'py>;
    type SerializeStructVariant = Impossible<Self::Ok, Fault>;

    fn serialize_bool(self, value: bool) -> Made<'py> {
        Ok(PyBool::new(self.keys.py, value).to_owned().into_any())
    }

    fn serialize_i8(self, value: i8) -> Made<'py> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Made<'py> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Made<'py> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Made<'py> {
        Ok(PyInt::new(self.keys.py, value).into_any())
    }

    fn serialize_u8(self, value: u8) -> Made<'py> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Made<'py> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Made<'py> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Made<'py> {
        Ok(PyInt::new(self.keys.py, value).into_any())
    }

    /// Its shortest decimal, which is what JSON would have, and not the nearest of more digits.
    fn serialize_f32(self, value: f32) -> Made<'py> {
        self.serialize_f64(value.to_string().parse().unwrap_or(f64::NAN))
    }

    fn serialize_f64(self, value: f64) -> Made<'py> {
        match value.is_finite() {
            true => Ok(PyFloat::new(self.keys.py, value).into_any()),
            false => self.serialize_none(),
        }
    }

    fn serialize_char(self, value: char) -> Made<'py> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Made<'py> {
        Ok(match self.is_key {
            true => self.keys.word(value).into_any(),
            false => PyString::new(self.keys.py, value).into_any(),
        })
    }

    fn serialize_bytes(self, _: &[u8]) -> Made<'py> {
        unused()
    }

    fn serialize_none(self) -> Made<'py> {
        Ok(self.keys.py.None().into_bound(self.keys.py))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Made<'py> {
        Ok(self.keys.field(name).into_any())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Made<'py> {
        unused()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a, 'py>, Fault> {
        Ok(Items { to: self, list: PyList::empty(self.keys.py) })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a, 'py>, Fault> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a, 'py>, Fault> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        unused()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a, 'py>, Fault> {
        Ok(Entries { to: self, dict: PyDict::new(self.keys.py), key: None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'a, 'py>, Fault> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        unused()
    }
}

/// A list that is being made.
struct Items<'a, 'py> {
    to: To<'a, 'py>,
    list: Bound<'py, PyList>,
}

impl<'py> Items<'_, 'py> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        Ok(self.list.append(value.serialize(self.to)?)?)
    }
}

impl<'py> ser::SerializeSeq for Items<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.add(value)
    }

    fn end(self) -> Made<'py> {
        Ok(self.list.into_any())
    }
}

impl<'py> ser::SerializeTuple for Items<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.add(value)
    }

    fn end(self) -> Made<'py> {
        Ok(self.list.into_any())
    }
}

impl<'py> ser::SerializeTupleStruct for Items<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.add(value)
    }

    fn end(self) -> Made<'py> {
        Ok(self.list.into_any())
    }
}

/// A dict that is being made.
struct Entries<'a, 'py> {
    to: To<'a, 'py>,
    dict: Bound<'py, PyDict>,
    key: Option<Bound<'py, PyAny>>,
}

impl<'py> ser::SerializeMap for Entries<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = Some(key.serialize(To { is_key: true, ..self.to })?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        match self.key.take() {
            Some(key) => Ok(self.dict.set_item(key, value.serialize(self.to)?)?),
            None => unused(),
        }
    }

    fn end(self) -> Made<'py> {
        Ok(self.dict.into_any())
    }
}

impl<'py> ser::SerializeStruct for Entries<'_, 'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let key = self.to.keys.field(name);
        Ok(self.dict.set_item(key, value.serialize(self.to)?)?)
    }

    fn end(self) -> Made<'py> {
        Ok(self.dict.into_any())
    }
}
