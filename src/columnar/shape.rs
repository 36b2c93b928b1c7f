//! What the columns of a file are for, and whether a row of it is a transcript or a turn.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

use super::Fault;

/// Names of columns that the user gives.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The column that says what was said, in place of `text`.
    pub text: Option<String>,
    /// The column that says which transcript it is, in place of `id`.
    pub id: Option<String>,
}

/// What a row of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A transcript.
    Transcripts,
    /// A turn; those of a transcript follow each other.
    Turns,
}

/// What a column is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// A field of the record.
    Field(String),
    /// A field of the record, as JSON in a string.
    Json(String),
    /// A field of a turn.
    Turn(String),
}

/// A column that a file may have.
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// In files of which shape it stands.
    pub shapes: &'static [Shape],
    /// What it is.
    pub about: &'static str,
    /// Of what type it may be, in words.
    pub types: &'static str,
    is_valid: fn(&DataType) -> bool,
}

/// The columns that mean something. All others are passed through.
pub static KNOWN: &[Known] = &[
    Known {
        name: "id",
        shapes: &[Shape::Transcripts, Shape::Turns],
        about: "which transcript it is; given back",
        types: "a string or an integer",
        is_valid: |kind| is_text(kind) || kind.is_integer(),
    },
    Known {
        name: "text",
        shapes: &[Shape::Transcripts, Shape::Turns],
        about: "a transcript in any format that is known; or what was said in the turn",
        types: "a string",
        is_valid: is_text,
    },
    Known {
        name: "turns",
        shapes: &[Shape::Transcripts],
        about: "in place of `text`: who said what, and when",
        types: "a list of structs with `text` and perhaps `speaker`, `role`, `start` and `end`, or such a list as JSON in a string",
        is_valid: |kind| is_text(kind) || element(kind).is_some_and(is_turn),
    },
    Known {
        name: "speaker",
        shapes: &[Shape::Turns],
        about: "who said it; that there is such a column makes every row a turn",
        types: "a string or an integer",
        is_valid: is_speaker,
    },
    Known {
        name: "role",
        shapes: &[Shape::Turns],
        about: "the speaker's role",
        types: "a string",
        is_valid: is_text,
    },
    Known {
        name: "start",
        shapes: &[Shape::Turns],
        about: "when the turn starts",
        types: "seconds as a number or a string",
        is_valid: is_time,
    },
    Known {
        name: "end",
        shapes: &[Shape::Turns],
        about: "when the turn ends",
        types: "seconds as a number or a string",
        is_valid: is_time,
    },
    Known {
        name: "roles",
        shapes: &[Shape::Transcripts, Shape::Turns],
        about: "the roles of speakers by their names",
        types: "a map or a struct of strings, or such an object as JSON in a string",
        is_valid: |kind| match kind {
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) => fields.iter().all(|field| is_text(field.data_type())),
                _ => false,
            },
            DataType::Struct(fields) => fields.iter().all(|field| is_text(field.data_type())),
            other => is_text(other),
        },
    },
    Known {
        name: "lens",
        shapes: &[Shape::Transcripts, Shape::Turns],
        about: "`selling`, `leading` or `both`",
        types: "a string",
        is_valid: is_text,
    },
    Known {
        name: "format",
        shapes: &[Shape::Transcripts],
        about: "how `text` is read, where it is not to be recognised",
        types: "a string",
        is_valid: is_text,
    },
];

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, kind) => is_text(kind),
        DataType::Null => true,
        kind => kind.is_string(),
    }
}

fn is_speaker(kind: &DataType) -> bool {
    is_text(kind) || kind.is_integer()
}

fn is_time(kind: &DataType) -> bool {
    is_text(kind) || kind.is_numeric()
}

/// What a list is of.
fn element(kind: &DataType) -> Option<&DataType> {
    match kind {
        DataType::List(field) | DataType::LargeList(field) => Some(field.data_type()),
        DataType::FixedSizeList(field, _) => Some(field.data_type()),
        DataType::ListView(field) | DataType::LargeListView(field) => Some(field.data_type()),
        _ => None,
    }
}

fn is_turn(kind: &DataType) -> bool {
    let DataType::Struct(fields) = kind else { return false };
    let fits = |field: &FieldRef| match field.name().as_str() {
        "text" | "role" => is_text(field.data_type()),
        "speaker" => is_speaker(field.data_type()),
        "start" | "end" => is_time(field.data_type()),
        _ => true,
    };
    fields.iter().any(|field| field.name() == "text") && fields.iter().all(fits)
}

/// What every column of a file is for; none where it is left out.
pub struct Plan {
    /// What a row is.
    pub shape: Shape,
    /// What each column is for, in the file's order.
    pub uses: Vec<Option<Use>>,
}

impl Plan {
    /// Tells from a file's columns.
    pub fn new(columns: &Fields, named: &Named) -> Result<Plan, Fault> {
        let given = [("text", &named.text), ("id", &named.id)];
        let column_of = |field: &'static str| {
            let given = given.iter().find(|(name, _)| *name == field);
            given.and_then(|(_, column)| column.as_deref()).unwrap_or(field)
        };
        for (field, column) in given {
            if let Some(column) = column
                && columns.find(column).is_none()
            {
                let message = format!("there is no column `{column}` (--{field}-column)");
                return Err(Fault::new(message).with_help(there_are(columns)));
            }
        }
        for (at, column) in columns.iter().enumerate() {
            if columns.iter().take(at).any(|other| other.name() == column.name()) {
                let name = column.name();
                return Err(Fault::new(format!("there are two columns called `{name}`")));
            }
        }
        let has = |field| columns.find(column_of(field)).is_some();
        let shape = match has("speaker") && !has("turns") {
            true => Shape::Turns,
            false => Shape::Transcripts,
        };
        if shape == Shape::Turns && !(has("id") && has("text")) {
            let lacks = if has("id") { "text" } else { "id" };
            return Err(Fault::new(format!(
                "the column `speaker` makes every row a turn, and there is no column `{lacks}`"
            ))
            .with_help(format!("{}; {WANTED}", there_are(columns))));
        }
        if !(has("text") || has("turns")) {
            let message = "no column says what was said";
            return Err(Fault::new(message).with_help(format!("{}; {WANTED}", there_are(columns))));
        }
        let uses = columns.iter().map(|column| -> Result<_, Fault> {
            let is_it = |known: &&Known| column_of(known.name) == column.name();
            let known = KNOWN.iter().filter(|known| known.shapes.contains(&shape)).find(is_it);
            let name = column.name();
            let Some(known) = known else {
                // Where another column was named for a field, the one of its name is in the way.
                let in_the_way = given.iter().any(|(field, _)| field == name);
                return Ok((!in_the_way).then(|| Use::Field(name.clone())));
            };
            let kind = column.data_type();
            if !(known.is_valid)(kind) {
                let message = format!("column `{name}` is {}", in_words(kind));
                return Err(Fault::new(message).with_help(format!("it must be {}", known.types)));
            }
            let field = known.name.to_owned();
            Ok(Some(match (shape, known.name) {
                (Shape::Turns, "text" | "speaker" | "role" | "start" | "end") => Use::Turn(field),
                (_, "turns" | "roles") if is_text(kind) => Use::Json(field),
                _ => Use::Field(field),
            }))
        });
        Ok(Plan { shape, uses: uses.collect::<Result<_, _>>()? })
    }
}

const WANTED: &str = "a file has a column `text` or `turns` and a row for each transcript, or `id`, \
                      `speaker` and `text` and a row for each turn; --text-column and --id-column \
                      give other names";

/// How many columns a message lists.
const LISTED: usize = 12;

fn there_are(columns: &Fields) -> String {
    if columns.is_empty() {
        return "it has no columns".to_owned();
    }
    let named = |field: &FieldRef| format!("`{}` ({})", field.name(), in_words(field.data_type()));
    let listed: Vec<_> = columns.iter().take(LISTED).map(named).collect();
    let more = match columns.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("there are {}{more}", listed.join(", "))
}

/// A type as messages call it.
fn in_words(kind: &DataType) -> String {
    match kind {
        DataType::Dictionary(_, kind) => in_words(kind),
        kind if kind.is_string() => "a string".to_owned(),
        kind if kind.is_integer() => "an integer".to_owned(),
        kind if kind.is_numeric() => "a number".to_owned(),
        DataType::Boolean => "a boolean".to_owned(),
        DataType::Null => "null".to_owned(),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "a date".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "a time of day".to_owned(),
        DataType::Duration(_) => "a duration".to_owned(),
        DataType::Struct(_) => "a struct".to_owned(),
        DataType::Map(..) => "a map".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            "bytes that are not marked as a string".to_owned()
        }
        kind => match element(kind) {
            Some(element) => format!("a list; its elements: {}", in_words(element)),
            None => format!("of the type {kind}"),
        },
    }
}

/// A column as it is to be read: texts point into the pages that they came in, since one that is packed once may
/// stand in every row; and points in time are in UTC.
pub fn lean(field: &FieldRef) -> FieldRef {
    let within = |field: &FieldRef| lean(field);
    let kind = match field.data_type() {
        kind if is_text(kind) && *kind != DataType::Null => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => DataType::BinaryView,
        DataType::Dictionary(_, kind) => {
            lean(&Arc::new(Field::new("", (**kind).clone(), true))).data_type().clone()
        }
        DataType::List(field) => DataType::List(within(field)),
        DataType::LargeList(field) => DataType::LargeList(within(field)),
        DataType::FixedSizeList(field, length) => DataType::FixedSizeList(within(field), *length),
        DataType::Map(field, sorted) => DataType::Map(within(field), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(within).collect()),
        DataType::Timestamp(unit, Some(_)) => utc(*unit),
        kind => kind.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

fn utc(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, Some("+00:00".into()))
}
