//! Who is the same person in several calls, as the user says in a file.

use rustc_hash::FxHashMap;
use toml::de::{DeTable, DeValue};

use crate::data_file::DataError;
use crate::roles::fold;
use crate::taxonomy::nearest;

const TABLE: &str = "people";

/// The names and identifiers under which people appear in their calls. Case and inner white space
/// make no difference; the empty name stands for text without a speaker.
#[derive(Debug, Clone, Default)]
pub struct People {
    by_alias: FxHashMap<String, String>,
}

impl People {
    /// Reads `"Dana Reyes" = ["D. Reyes", "dana@example.com"]` lines under `[people]`.
    ///
    /// # Errors
    ///
    /// With the place in the file: another key, an alias that is no text, or one of two people.
    pub fn from_toml(path: &str, text: &str) -> Result<Self, DataError> {
        const EXAMPLE: &str = "write for example `\"Dana Reyes\" = [\"D. Reyes\", \"Dana R\"]`";
        let file =
            DeTable::parse(text).map_err(|error| DataError::from_toml(path, text, &error))?;
        let mut people = People::default();
        let mut lines = Vec::new();
        for (key, value) in file.get_ref() {
            let fault = |message: String| DataError::new(path, text, key.span(), message);
            if key.get_ref() != TABLE {
                let help = match nearest(key.get_ref(), [TABLE].into_iter()) {
                    Some(near) => format!("did you mean `[{near}]`?"),
                    None => format!("names stand in the table `[{TABLE}]`, the one valid key"),
                };
                return Err(fault(format!("unknown key `{}`", key.get_ref())).with_help(help));
            }
            let DeValue::Table(table) = value.get_ref() else {
                return Err(fault(format!("`{TABLE}` must be a table")).with_help(EXAMPLE));
            };
            lines.extend(table.iter());
        }
        lines.sort_by_key(|(key, _)| key.span().start);
        let mut aliases = Vec::new();
        for (key, value) in lines {
            let name = key.get_ref().trim();
            let DeValue::Array(list) = value.get_ref() else {
                let fault =
                    DataError::new(path, text, value.span(), "a person has a list of names");
                return Err(fault.with_help(EXAMPLE));
            };
            if name.is_empty() {
                let fault = DataError::new(path, text, key.span(), "a person has a name");
                return Err(fault.with_help(EXAMPLE));
            }
            aliases.push((name, name, key.span()));
            for alias in list.iter() {
                let DeValue::String(written) = alias.get_ref() else {
                    let fault = DataError::new(path, text, alias.span(), "a name must be a string");
                    return Err(fault.with_help(EXAMPLE));
                };
                aliases.push((name, written.as_ref(), alias.span()));
            }
        }
        for (name, alias, span) in aliases {
            let other = people.by_alias.insert(fold(alias), name.to_owned());
            if let Some(other) = other.filter(|other| other != name) {
                let message = format!("`{}` is also a name of {other}", alias.trim());
                return Err(DataError::new(path, text, span, message)
                    .with_help("a name stands for one person; take it away from one of them"));
            }
        }
        Ok(people)
    }

    /// The person whom a call knows by this name or identifier.
    pub fn person<'a>(&'a self, name: &'a str, ident: Option<&str>) -> &'a str {
        let by_name = self.by_alias.get(&fold(name));
        let by_ident = || ident.and_then(|ident| self.by_alias.get(&fold(ident)));
        by_name.or_else(by_ident).map_or(name, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_lead_to_the_person_and_other_names_stay() {
        let text = "[people]\n\"Dana Reyes\" = [\"D. Reyes\", \"u-7\", \"\"]\n\"Bo\" = []\n";
        let people = People::from_toml("people.toml", text).expect("the file is valid");
        for (name, ident) in
            [("d.  reyes", None), ("DANA REYES", None), ("X", Some("U-7")), ("", None)]
        {
            assert_eq!(people.person(name, ident), "Dana Reyes", "{name}");
        }
        assert_eq!(people.person("bo", None), "Bo");
        assert_eq!(people.person("Ida", Some("u-8")), "Ida");
    }

    #[test]
    fn slips_are_shown_with_their_place_and_what_would_be_valid() {
        let error = |text: &str| People::from_toml("p.toml", text).expect_err("a slip").to_string();
        let shown = error("[poeple]\n\"Dana\" = []\n");
        assert!(shown.starts_with("p.toml:1:2: unknown key `poeple`"), "{shown}");
        assert!(shown.contains("did you mean `[people]`?"), "{shown}");
        assert!(error("\"Dana\" = [\"D\"]\n").contains("names stand in the table `[people]`"));
        assert!(
            error("[people]\n\"Dana\" = \"D\"\n").starts_with("p.toml:2:10: a person has a list")
        );
        assert!(error("[people]\n\"Dana\" = [7]\n").starts_with("p.toml:2:11: a name must be"));
        assert!(error("[people]\n\"\" = []\n").starts_with("p.toml:2:1: a person has a name"));
        let shown = error("[people]\n\"Dana\" = [\"D\"]\n\"Dora\" = [\"d\"]\n");
        assert!(shown.starts_with("p.toml:3:11: `d` is also a name of Dana"), "{shown}");
        assert!(error("people = 3\n").contains("`people` must be a table"));
    }
}
