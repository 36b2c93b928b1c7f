//! How often each behaviour would ideally be heard.
//!
//! The sources say that the ideal frequency of every leadership behaviour is higher than what
//! people get, and give no numbers. The default profile is therefore an assumption, and whatever
//! shows it says so. It is a data file, so that a coach can copy it and set numbers of their own.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::data_file::DataError;
use crate::taxonomy::{Behaviour, nearest, unknown_behaviour};

/// The default profile's text, for those who want to copy it.
pub const DEFAULT_PROFILE: &str = include_str!("../../lexicons/shared/targets.toml");

const TABLE: &str = "per_1000_words";

/// The most that a rate can be: every word a finding.
const HIGHEST: f64 = 1000.0;

const VALID_RATE: &str = "a number of findings per 1,000 words, from 0 to 1000";

/// An ideal rate for each behaviour, per 1,000 words of the people judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// What reports call the profile, such as `default profile`.
    pub profile: String,
    ideals: [f64; Behaviour::COUNT],
}

impl Targets {
    /// The profile that is compiled in.
    pub fn default_profile() -> Result<Self, DataError> {
        let bare = Targets { profile: "default profile".into(), ideals: [0.0; Behaviour::COUNT] };
        bare.overridden("targets.toml", DEFAULT_PROFILE)
    }

    /// The default profile with what a file says put in its place. `path` is for messages.
    pub fn from_toml(path: &str, text: &str) -> Result<Self, DataError> {
        let mut targets = Targets::default_profile()?.overridden(path, text)?;
        targets.profile = path.to_owned();
        Ok(targets)
    }

    /// The ideal rate of a behaviour, per 1,000 words.
    pub fn ideal(&self, behaviour: Behaviour) -> f64 {
        self.ideals[behaviour.index()]
    }

    /// Sets an ideal rate.
    ///
    /// # Errors
    ///
    /// What would be valid, for what is no rate.
    pub fn set(&mut self, behaviour: Behaviour, rate: f64) -> Result<(), String> {
        if !(0.0..=HIGHEST).contains(&rate) {
            return Err(VALID_RATE.to_owned());
        }
        self.ideals[behaviour.index()] = rate;
        Ok(())
    }

    /// What every place that shows an ideal says of it.
    pub fn caveat(&self) -> String {
        format!("ideal rates are an assumption ({}): the sources give no numbers", self.profile)
    }

    fn overridden(mut self, path: &str, text: &str) -> Result<Self, DataError> {
        let file =
            DeTable::parse(text).map_err(|error| DataError::from_toml(path, text, &error))?;
        for (key, value) in in_file_order(file.get_ref()) {
            if key.get_ref() != TABLE {
                let message = format!("unknown key `{}`", key.get_ref());
                let help = match nearest(key.get_ref(), [TABLE].into_iter()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the one valid key is the table `[{TABLE}]`"),
                };
                return Err(DataError::new(path, text, key.span(), message).with_help(help));
            }
            let DeValue::Table(rates) = value.get_ref() else {
                let message = format!("`{TABLE}` must be a table");
                return Err(DataError::new(path, text, value.span(), message).with_help(format!(
                    "write `[{TABLE}]`, then a line such as `pressure = 0.0`"
                )));
            };
            for (key, value) in in_file_order(rates) {
                let Some(behaviour) = Behaviour::from_id(key.get_ref()) else {
                    let message = unknown_behaviour(key.get_ref());
                    let (message, help) = match message.split_once("; ") {
                        Some((message, help)) => (message.to_owned(), help.to_owned()),
                        None => (message, "see `unsell rules list`".to_owned()),
                    };
                    return Err(DataError::new(path, text, key.span(), message).with_help(help));
                };
                self.ideals[behaviour.index()] = rate(path, text, value)?;
            }
        }
        Ok(self)
    }
}

/// Errors should name the first slip in the file, and a table iterates by its keys.
fn in_file_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(&'a Spanned<toml::de::DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn rate(path: &str, text: &str, value: &Spanned<DeValue<'_>>) -> Result<f64, DataError> {
    let number = match value.get_ref() {
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        DeValue::Integer(number) => number.to_string().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| (0.0..=HIGHEST).contains(number))
        .ok_or_else(|| DataError::new(path, text, value.span(), "no rate").with_help(VALID_RATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_profile_names_every_behaviour_and_wants_none_that_drains() {
        let targets = Targets::default_profile().expect("the profile is valid");
        for behaviour in Behaviour::all() {
            let line = format!("\n{behaviour} = ");
            assert!(DEFAULT_PROFILE.contains(&line), "{behaviour} is missing");
            assert_eq!(targets.ideal(behaviour) == 0.0, behaviour.pole().drains(), "{behaviour}");
        }
    }

    #[test]
    fn a_partial_file_overrides_only_what_it_names() {
        let text = "[per_1000_words]\ncelebrate = 2\nrealness = 1_0.5\n";
        let targets = Targets::from_toml("mine.toml", text).expect("the file is valid");
        let ideal = |id| Behaviour::from_id(id).map(|behaviour| targets.ideal(behaviour));
        assert_eq!(ideal("celebrate"), Some(2.0));
        assert_eq!(ideal("realness"), Some(10.5));
        assert_eq!(ideal("experiment"), Some(0.5));
        assert_eq!(targets.profile, "mine.toml");
    }

    #[track_caller]
    fn refused(text: &str) -> String {
        let error = Targets::from_toml("t.toml", text).expect_err("the file is refused");
        error.to_string()
    }

    #[test]
    fn slips_are_refused_with_their_place_and_the_nearest_valid_word() {
        assert_eq!(
            refused("[per_1000_words]\ncelebrate = 1\npresure = 1\n"),
            "t.toml:3:1: no behaviour is called `presure`\n  |\n3 | presure = 1\n  | ^^^^^^^\n  \
             = did you mean `pressure`?"
        );
        assert_eq!(
            refused("[per_1000_word]\n"),
            "t.toml:1:2: unknown key `per_1000_word`\n  |\n1 | [per_1000_word]\n  |  ^^^^^^^^^^^^^\n  \
             = did you mean `per_1000_words`?"
        );
        assert!(refused("[per_1000_words]\npressure = -1\n").starts_with("t.toml:2:12: no rate"));
        assert!(refused("[per_1000_words]\npressure = nan\n").starts_with("t.toml:2:12: no rate"));
        assert!(refused("[per_1000_words]\npressure = \"1\"\n").contains("from 0 to 1000"));
        assert!(refused("per_1000_words = 3\n").contains("must be a table"));
        assert!(refused("[per_1000_words\n").starts_with("t.toml:1:"));
    }
}
