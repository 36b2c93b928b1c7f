//! A transcript as another program hands it over: a JSON object with what was said, and how to judge it.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::engine::Lens;
use crate::format::{self, Format, turns};
use crate::labels::explain;
use crate::taxonomy::{Role, unknown_role};

use super::Failure;

/// A record.
pub struct Record<'a> {
    /// What its sender knows it by.
    pub id: Option<&'a RawValue>,
    /// The field that says what was said.
    pub field: &'static str,
    /// What was said.
    pub said: String,
    /// How to read it, where it is not to be recognised.
    pub format: Option<&'static Format>,
    /// The roles of its speakers.
    pub roles: IndexMap<String, Role>,
    /// The axes to judge.
    pub lens: Option<Lens>,
    /// All other fields, as they came.
    pub metadata: IndexMap<String, &'a RawValue>,
}

impl<'a> Record<'a> {
    /// Reads the JSON of a record.
    pub fn parse(line: &'a str) -> Result<Self, Failure> {
        let mut fields = Fields::parse(line)?;
        let id = fields.id()?;
        let text: Option<String> = fields.read("text", "a string of Unicode text")?;
        let turns = fields.take("turns");
        let format: Option<String> = fields.read("format", "the name of a format")?;
        let format = match format {
            Some(id) => Some(format::by_id(&id).ok_or_else(|| {
                let known: Vec<_> = format::FORMATS.iter().map(|format| format.id).collect();
                Failure::new(format!("no format is called `{id}`; there are {}", known.join(", ")))
            })?),
            None => None,
        };
        let (field, said, format) = match (text, turns) {
            (Some(text), None) => ("text", text, format),
            (None, Some(_)) if format.is_some() => {
                return Err(Failure::new(
                    "`format` tells how to read `text`, and there are `turns`",
                ));
            }
            (None, Some(turns)) => ("turns", turns.get().to_owned(), Some(&turns::FORMAT)),
            (Some(_), Some(_)) => {
                return Err(Failure::new("there are `text` and `turns`; a record has one of them"));
            }
            (None, None) => {
                return Err(Failure::new("there is neither `text` nor `turns`"));
            }
        };
        let shape = "an object such as {\"Dana\": \"seller\"}";
        let words: IndexMap<String, Option<String>> =
            fields.read("roles", shape)?.unwrap_or_default();
        let mut roles = IndexMap::new();
        for (name, word) in words {
            if let Some(word) = word {
                let role = Role::from_id(&word);
                let role = role.ok_or_else(|| format!("`roles`: {}", unknown_role(&word)));
                roles.insert(name, role.map_err(Failure::new)?);
            }
        }
        let lens = fields.read("lens", "`selling`, `leading` or `both`")?;
        Ok(Record { id, field, said, format, roles, lens, metadata: fields.0 })
    }

    /// What messages and the report call it.
    pub fn name(&self) -> Option<String> {
        let id = self.id?.get();
        let name = serde_json::from_str(id).unwrap_or_else(|_| id.to_owned());
        (!name.is_empty()).then_some(name)
    }
}

/// The `id` of what may be no record but for that.
pub fn id_of(line: &str) -> Option<&RawValue> {
    Fields::parse(line).ok()?.id().ok().flatten()
}

/// The fields of a record that were not yet taken.
struct Fields<'a>(IndexMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    fn parse(line: &'a str) -> Result<Self, Failure> {
        let wanted = "a record is an object such as {\"id\": 1, \"text\": \"…\"}";
        if !line.starts_with('{') {
            return Err(Failure::new(format!("the line is no JSON object; {wanted}")));
        }
        // Some readers would take it for the end of a line where it is passed through.
        if line.contains('\r') {
            return Err(Failure::new("there is a carriage return inside of the line"));
        }
        let fields = serde_json::from_str(line);
        fields.map(Fields).map_err(|error| {
            Failure::new(format!("the line is not well-formed JSON: {}", explain(line, &error)))
        })
    }

    /// A field's value; null is none.
    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        self.0.shift_remove(name).filter(|value| value.get() != "null")
    }

    fn read<T: DeserializeOwned>(&mut self, name: &str, what: &str) -> Result<Option<T>, Failure> {
        let read = self.take(name).map(|value| serde_json::from_str(value.get()));
        read.transpose().map_err(|_| Failure::new(format!("`{name}` must be {what}")))
    }

    fn id(&mut self) -> Result<Option<&'a RawValue>, Failure> {
        match self.take("id") {
            Some(id) if id.get().starts_with(['{', '[', 't', 'f']) => {
                Err(Failure::new("`id` must be a string or a number"))
            }
            id => Ok(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(line: &str) -> String {
        match Record::parse(line) {
            Err(Failure::Said { message, .. }) => message,
            _ => panic!("{line} is a record"),
        }
    }

    #[test]
    fn a_record_has_what_was_said_and_the_rest_is_passed_through_as_it_came() {
        let line = r#"{"z": 1.50, "id": 7, "text": "Hi.", "turns": null, "roles": {"Ana": "Seller", "Bo": null},
            "lens": "both", "format": "prose", "a": {"b": [1e400, null]}}"#;
        let line = line.replace('\n', "");
        let record = Record::parse(&line).expect("is a record");
        assert_eq!((record.field, record.said.as_str()), ("text", "Hi."));
        assert_eq!(record.name().as_deref(), Some("7"));
        assert_eq!(record.roles.get("Ana"), Some(&Role::Seller));
        assert_eq!((record.roles.len(), record.lens), (1, Some(Lens::Both)));
        let json = serde_json::to_string(&record.metadata).expect("is JSON");
        assert_eq!(json, r#"{"z":1.50,"a":{"b": [1e400, null]}}"#);
    }

    #[test]
    fn bad_records_are_refused_with_what_would_be_right() {
        for (line, expected) in [
            ("nonsense", "no JSON object; a record is"),
            ("[1]", "no JSON object"),
            (r#"{"text": "a""#, "not well-formed JSON: EOF while parsing an object (column 12)"),
            ("{\"a\": [\r], \"text\": \"a\"}", "carriage return"),
            ("{}", "neither `text` nor `turns`"),
            (r#"{"text": "a", "turns": []}"#, "has one of them"),
            (r#"{"turns": [], "format": "srt"}"#, "`format` tells"),
            (r#"{"text": 5}"#, "`text` must be a string"),
            (r#"{"text": "\ud800"}"#, "of Unicode text"),
            (r#"{"text": "a", "id": [1]}"#, "`id` must be a string or a number"),
            (r#"{"text": "a", "lens": "buying"}"#, "`selling`, `leading` or `both`"),
            (r#"{"text": "a", "format": "word"}"#, "no format is called `word`; there are webvtt"),
            (r#"{"text": "a", "roles": ["Ana"]}"#, "such as {\"Dana\": \"seller\"}"),
            (r#"{"text": "a", "roles": {"Ana": "selller"}}"#, "did you mean `seller`?"),
        ] {
            let message = refused(line);
            assert!(message.contains(expected), "{line}: {message}");
        }
    }

    #[test]
    fn deep_nesting_is_passed_through_without_overflow() {
        let deep = format!(r#"{{"text":"x","a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(Record::parse(&deep).is_ok_and(|record| record.metadata.len() == 1));
        let turns = deep.replace("text", "b").replace("\"a\"", "\"turns\"");
        assert!(Record::parse(&turns).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_stands_on_a_line_it_is_a_record_or_refused(
            line in r#"\{?("(text|turns|id|roles|lens|format|x)":("?[a-z]*"?|[0-9.e-]*|\[.?\]|\{.*\}),?){0,4}\}?|.*"#
        ) {
            if let Ok(record) = Record::parse(&line) {
                let _ = record.name();
                prop_assert!(serde_json::to_string(&record.metadata).is_ok());
            }
        }
    }
}
