//! One labelled utterance, as a JSON object on a line.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Said;
use crate::taxonomy::{Behaviour, Pole, Role, nearest};

/// An utterance, with labels where it has been labelled by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What the file calls it: text, a number, or null where it says nothing.
    pub id: Value,
    /// Who speaks.
    pub role: Role,
    /// What was said just before, or empty.
    pub prev: String,
    /// What was said.
    pub text: String,
    /// The behaviours in it; `None` where nobody has said.
    pub labels: Option<Vec<Behaviour>>,
    /// The poles in it, from sources that say no more than that. An empty list says neutral.
    pub poles: Option<Vec<Pole>>,
    /// Every other field, kept as it came.
    pub extra: Map<String, Value>,
}

/// A row, and the role word that it was not possible to make sense of.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The row.
    pub row: Row,
    /// The word that stood where a role should; the row has [`Role::Unknown`].
    pub unknown_role: Option<String>,
}

/// A word of the `poles` field: a pole, or `neutral` for none.
#[derive(PartialEq)]
enum PoleLabel {
    Pole(Pole),
    Neutral,
}

/// The word of the `poles` field that says that none of the four is there.
pub(crate) const NEUTRAL: &str = "neutral";

impl<'de> Deserialize<'de> for PoleLabel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PoleLabel, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word == NEUTRAL {
            return Ok(PoleLabel::Neutral);
        }
        Pole::from_id(&word).map(PoleLabel::Pole).ok_or_else(|| {
            let known = Pole::ALL.map(Pole::id).into_iter().chain([NEUTRAL]);
            serde::de::Error::custom(match nearest(&word, known.clone()) {
                Some(near) => format!("no pole is called `{word}`; did you mean `{near}`?"),
                None => format!(
                    "no pole is called `{word}`; there are {}",
                    known.collect::<Vec<_>>().join(", ")
                ),
            })
        })
    }
}

/// The line as it stands in the file, before its role and poles are resolved.
#[derive(Deserialize)]
#[serde(expecting = "an object such as {\"id\": \"u1\", \"role\": \"seller\", \"text\": \"…\"}")]
struct RawRow {
    #[serde(default)]
    id: Id,
    role: Option<String>,
    prev: Option<String>,
    text: String,
    labels: Option<Vec<Behaviour>>,
    poles: Option<Vec<PoleLabel>>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Default)]
struct Id(Value);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        match Value::deserialize(deserializer)? {
            id @ (Value::String(_) | Value::Number(_) | Value::Null) => Ok(Id(id)),
            _ => Err(serde::de::Error::custom("`id` must be a string or a number")),
        }
    }
}

impl Row {
    /// Reads one line.
    ///
    /// # Errors
    ///
    /// What is wrong with the line, with the column where it was seen: broken JSON, no `text`, a
    /// field of the wrong type, a behaviour or pole that does not exist (with the nearest one that
    /// does), or `neutral` beside a pole.
    pub fn parse(line: &str) -> Result<Parsed, String> {
        let raw: RawRow = serde_json::from_str(line).map_err(|error| explain(line, &error))?;
        let role = raw.role.as_deref().map_or(Some(Role::Unknown), Role::from_id);
        let row = Row {
            id: raw.id.0,
            role: role.unwrap_or_default(),
            prev: raw.prev.unwrap_or_default(),
            text: raw.text,
            labels: raw.labels,
            poles: raw.poles.map(only_poles).transpose()?,
            extra: raw.extra,
        };
        let unknown_role = if role.is_none() { raw.role } else { None };
        Ok(Parsed { row, unknown_role })
    }

    /// The utterance alone, as a labeller wants it.
    pub fn said(&self) -> Said<'_> {
        Said { role: self.role, prev: &self.prev, text: &self.text }
    }

    /// The `kind` field that the training corpus carries, such as `oblique` or `trap`.
    pub fn kind(&self) -> Option<&str> {
        self.extra.get("kind").and_then(Value::as_str)
    }
}

fn only_poles(words: Vec<PoleLabel>) -> Result<Vec<Pole>, String> {
    let neutral = words.contains(&PoleLabel::Neutral);
    let poles: Vec<_> = words
        .into_iter()
        .filter_map(|word| match word {
            PoleLabel::Pole(pole) => Some(pole),
            PoleLabel::Neutral => None,
        })
        .collect();
    if neutral && !poles.is_empty() {
        return Err("`poles` says `neutral` beside a pole; `neutral` stands alone".to_owned());
    }
    Ok(poles)
}

/// The parser's message, with the column in characters; "line 1" would mislead in a stream.
pub(crate) fn explain(line: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place) {
        Some(message) if error.column() > 0 => {
            let before = line.as_bytes().iter().take(error.column());
            let column = before.filter(|byte| **byte & 0xC0 != 0x80).count();
            format!("{message} (column {column})")
        }
        _ => message,
    }
}

/// The role words of a run that are no roles: enough for one warning about all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownRoles {
    first: Option<(u64, String)>,
    rows: u64,
}

impl UnknownRoles {
    /// Takes note of a word on a line.
    pub fn note(&mut self, line: u64, word: &str) {
        // The word comes from the file and may be as long as a line.
        self.first.get_or_insert_with(|| (line, word.chars().take(40).collect()));
        self.rows += 1;
    }

    /// The one warning of the run; `None` where every role was known.
    pub fn warning(&self) -> Option<String> {
        let (line, word) = self.first.as_ref()?;
        let others = match self.rows {
            1 => String::new(),
            rows => format!(", and {} more rows have such a word", rows - 1),
        };
        let roles = Role::ALL.map(Role::id).join(", ");
        Some(format!(
            "line {line}: `{word}` is no role{others}; taken as `unknown` (the roles are {roles})"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> Row {
        Row::parse(line).expect("the line is good").row
    }

    fn error(line: &str) -> String {
        Row::parse(line).expect_err("the line is bad")
    }

    #[test]
    fn a_whole_row_is_read_and_its_other_fields_are_kept() {
        let row = row(
            r#"{"id":"u1","role":"seller","prev":"Hm.","text":"Sign today.","labels":["pressure"],"kind":"direct","n":[1,{"a":null}]}"#,
        );
        assert_eq!(row.id, "u1");
        assert_eq!(row.role, Role::Seller);
        assert_eq!((row.prev.as_str(), row.text.as_str()), ("Hm.", "Sign today."));
        assert_eq!(row.labels, Some(vec![Behaviour::from_id("pressure").unwrap()]));
        assert_eq!(row.poles, None);
        assert_eq!(row.kind(), Some("direct"));
        assert_eq!(row.extra["n"].to_string(), r#"[1,{"a":null}]"#);
    }

    #[test]
    fn only_the_text_is_needed() {
        let parsed = Row::parse(r#"{"text":"Hello","prev":null}"#).unwrap();
        assert_eq!(parsed.unknown_role, None);
        assert_eq!(parsed.row.role, Role::Unknown);
        assert_eq!(parsed.row.id, Value::Null);
        assert_eq!((parsed.row.labels, parsed.row.poles), (None, None));
    }

    #[test]
    fn a_word_that_is_no_role_is_unknown_and_remembered() {
        let parsed = Row::parse(r#"{"text":"x","role":"manager"}"#).unwrap();
        assert_eq!(parsed.row.role, Role::Unknown);
        assert_eq!(parsed.unknown_role.as_deref(), Some("manager"));
        assert_eq!(Row::parse(r#"{"text":"x","role":"Seller"}"#).unwrap().unknown_role, None);
    }

    #[test]
    fn many_unknown_roles_make_one_warning() {
        let mut roles = UnknownRoles::default();
        assert_eq!(roles.warning(), None);
        roles.note(3, "manager");
        roles.note(5, "boss");
        let warning = roles.warning().unwrap();
        assert!(warning.starts_with("line 3: `manager` is no role, and 1 more"), "{warning}");
        assert!(warning.contains("seller, buyer, leader, member, unknown"), "{warning}");
    }

    #[test]
    fn errors_say_what_is_wrong_and_what_would_be_right() {
        assert!(error(r#"{"id":"u1"}"#).contains("missing field `text`"));
        assert!(error(r#"{"text":5}"#).contains("expected a string (column 9)"));
        assert!(error(r#"["a"]"#).contains("expected an object such as"));
        assert!(error(r#"{"text":"x","id":[]}"#).contains("`id` must be a string or a number"));
        let misspelt = error(r#"{"text":"x","labels":["presure"]}"#);
        assert!(misspelt.contains("did you mean `pressure`?"), "{misspelt}");
        let pole = error(r#"{"text":"x","poles":["leadershp"]}"#);
        assert!(pole.contains("did you mean `leadership`?"), "{pole}");
        let both = error(r#"{"text":"x","poles":["pushy","neutral"]}"#);
        assert!(both.contains("`neutral` stands alone"), "{both}");
    }

    #[test]
    fn columns_count_characters() {
        assert!(error("{\"text\":\"é😀\" x}").ends_with("(column 14)"));
    }

    #[test]
    fn neutral_poles_are_an_empty_list() {
        assert_eq!(row(r#"{"text":"x","poles":["neutral"]}"#).poles, Some(vec![]));
        assert_eq!(row(r#"{"text":"x","poles":["buy-in"]}"#).poles, Some(vec![Pole::BuyIn]));
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let deep = format!(r#"{{"text":"x","a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(error(&deep).contains("recursion limit"));
    }
}
