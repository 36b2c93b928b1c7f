//! What changed since another run.

use serde::Serialize;
use serde_json::Value;

use super::{EvalReport, SCHEMA};

/// Why an older report cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is JSON of something else.
    #[error("not a report of `unsell eval --json`: its `schema` is {0} and not \"{SCHEMA}\"")]
    Schema(String),
}

/// The differences from an older report to a newer one.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Figures that are not the same, sorted by path.
    pub changes: Vec<Change>,
    /// How many are the same.
    pub unchanged: usize,
}

/// A figure that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its path in the report, such as `lexicon.behaviours.micro.f1`.
    pub figure: String,
    /// What it was; `None` where it was not measured or undefined.
    pub old: Option<f64>,
    /// What it is.
    pub new: Option<f64>,
    /// `new - old`.
    pub difference: Option<f64>,
}

/// Sets a report against the JSON of an older one. Every figure of the new report is looked up in the
/// old one; interval ends, the reliability table and what only the old one has are left out.
///
/// # Errors
///
/// When `old` is no report of this schema.
pub fn changes(old: &str, new: &EvalReport) -> Result<Comparison, CompareError> {
    let old: Value = serde_json::from_str(old)?;
    if old["schema"] != SCHEMA {
        // Whatever stands there may be long; its start shows what it is.
        let found = old["schema"].to_string().chars().take(60).collect();
        return Err(CompareError::Schema(found));
    }
    let new = serde_json::to_value(new)?;
    let mut comparison = Comparison::default();
    walk(&mut String::new(), Some(&old), &new, &mut comparison);
    Ok(comparison)
}

/// Goes down the new report, whose depth is the program's own, beside the old one.
fn walk(path: &mut String, old: Option<&Value>, new: &Value, comparison: &mut Comparison) {
    match new {
        Value::Object(fields) => {
            if let Some(value) = fields.get("value") {
                let old = old.and_then(|old| old.get("value"));
                return compare(path, old.and_then(Value::as_f64), value.as_f64(), comparison);
            }
            for (name, value) in fields {
                let length = path.len();
                // These two levels name nothing.
                if name != "detectors" && name != "each" {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                walk(path, old.and_then(|old| old.get(name)), value, comparison);
                path.truncate(length);
            }
        }
        Value::Number(number) => {
            compare(path, old.and_then(Value::as_f64), number.as_f64(), comparison);
        }
        Value::Null => compare(path, old.and_then(Value::as_f64), None, comparison),
        Value::Array(_) | Value::String(_) | Value::Bool(_) => {}
    }
}

fn compare(figure: &str, old: Option<f64>, new: Option<f64>, comparison: &mut Comparison) {
    if old == new {
        comparison.unchanged += 1;
        return;
    }
    let difference = old.zip(new).map(|(old, new)| ((new - old) * 1e6).round() / 1e6);
    comparison.changes.push(Change { figure: figure.to_owned(), old, new, difference });
}
