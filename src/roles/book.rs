//! The roles that a user gives, and what the format knows.

use globset::{Glob, GlobMatcher};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::data_file::DataError;
use crate::taxonomy::{Role, unknown_role};
use crate::transcript::{Kind, Transcript};

use super::{Assigned, RoleSource};

/// Roles by name or identifier, by a pattern of either with `*` and `?`, or by the domain of an e-mail
/// address in either (`@acme.example`). The empty name stands for text without a speaker.
#[derive(Debug, Clone, Default)]
pub struct RoleBook {
    entries: Vec<RoleEntry>,
}

/// Where an entry of a [`RoleBook`] comes from; the later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The settings of a folder.
    Settings,
    /// A file of roles. It may list people who are not there.
    File,
    /// This very run.
    Argument,
}

/// Whom an entry means.
#[derive(Debug, Clone)]
enum Whom {
    /// Everyone with an address of this domain or one below it.
    Domain(String),
    /// Everyone whose name or identifier looks like this.
    Pattern(GlobMatcher),
    /// The one of this name or identifier.
    Name(String),
}

impl Whom {
    fn new(name: &str) -> Whom {
        let folded = fold(name);
        match folded.strip_prefix('@') {
            Some(domain) if !domain.is_empty() => Whom::Domain(domain.to_owned()),
            _ if folded.contains(['*', '?']) => {
                // Only `*` and `?` are wild; brackets are common in names.
                let glob = globset::escape(&folded).replace("[*]", "*").replace("[?]", "?");
                Glob::new(&glob).map_or(Whom::Name(folded), |g| Whom::Pattern(g.compile_matcher()))
            }
            _ => Whom::Name(folded),
        }
    }

    /// How closely it says whom.
    fn closeness(&self) -> u8 {
        match self {
            Whom::Domain(_) => 0,
            Whom::Pattern(_) => 1,
            Whom::Name(_) => 2,
        }
    }

    fn is(&self, called: &str) -> bool {
        let called = fold(called);
        match self {
            Whom::Domain(domain) => {
                let words = called.split(|c: char| c.is_whitespace() || "<>()[],;".contains(c));
                let domains = words.filter_map(|word| Some(word.rsplit_once('@')?.1));
                domains.into_iter().any(|found| {
                    let above = found.strip_suffix(domain.as_str());
                    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
                })
            }
            Whom::Pattern(pattern) => pattern.is_match(&called),
            Whom::Name(name) => called == *name,
        }
    }
}

/// One name and its role.
#[derive(Debug, Clone)]
pub struct RoleEntry {
    /// The name or the identifier, as given, trimmed.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Where it comes from. That nobody is meant by one given for this very run is a slip.
    pub origin: Origin,
    whom: Whom,
}

impl RoleEntry {
    /// Whether this entry means a speaker of that name and identifier; `None` is text without one.
    pub fn means(&self, speaker: Option<(&str, Option<&str>)>) -> bool {
        match speaker {
            Some((name, id)) => self.whom.is(name) || id.is_some_and(|id| self.whom.is(id)),
            None => self.name.is_empty(),
        }
    }
}

/// What names have in common that are the same whatever their case and inner white space.
pub fn fold(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl RoleBook {
    /// Gives a name a role; a later one for the same name takes the place of an earlier.
    pub fn give(&mut self, name: &str, role: Role) {
        self.put(name, role, Origin::Argument);
    }

    /// Gives a name, a pattern or a domain a role.
    pub fn put(&mut self, name: &str, role: Role, origin: Origin) {
        let folded = fold(name);
        self.entries.retain(|entry| fold(&entry.name) != folded);
        let name = name.trim().to_owned();
        self.entries.push(RoleEntry { whom: Whom::new(&name), name, role, origin });
    }

    /// Reads `NAME=ROLE`, split at the last `=`.
    ///
    /// # Errors
    ///
    /// A message when there is no `=`, no such role, or another role was said for that name before.
    pub fn give_spec(&mut self, spec: &str) -> Result<(), String> {
        let Some((name, role)) = spec.rsplit_once('=') else {
            return Err(format!(
                "`{spec}` is not NAME=ROLE; write for example `Dana Reyes=seller`"
            ));
        };
        let role = Role::from_id(role.trim()).ok_or_else(|| unknown_role(role.trim()))?;
        let is_other = |entry: &&RoleEntry| {
            let same = entry.origin == Origin::Argument && fold(&entry.name) == fold(name);
            same && entry.role != role
        };
        if let Some(RoleEntry { name, role: other, .. }) = self.entries.iter().find(is_other) {
            let (other, role) = (other.id(), role.id());
            return Err(format!("`{name}` is given two roles, {other} and {role}; keep one"));
        }
        self.give(name, role);
        Ok(())
    }

    /// Reads a TOML file of `"name" = "role"` lines, under `[roles]` or at the top.
    pub fn give_toml(&mut self, path: &str, text: &str) -> Result<(), DataError> {
        let file =
            DeTable::parse(text).map_err(|error| DataError::from_toml(path, text, &error))?;
        let mut lines: Vec<(&str, &Spanned<DeValue<'_>>)> = Vec::new();
        for (key, value) in file.get_ref() {
            match value.get_ref() {
                DeValue::Table(table) if key.get_ref() == "roles" => {
                    lines.extend(table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)));
                }
                _ => lines.push((key.get_ref().as_ref(), value)),
            }
        }
        lines.sort_by_key(|(_, value)| value.span().start);
        for (name, value) in lines {
            let fault = |message: String| DataError::new(path, text, value.span(), message);
            let DeValue::String(role) = value.get_ref() else {
                return Err(fault("a role must be a string".into())
                    .with_help("write for example `\"Dana Reyes\" = \"seller\"`"));
            };
            let role = Role::from_id(role).ok_or_else(|| fault(unknown_role(role)))?;
            self.put(name, role, Origin::File);
        }
        Ok(())
    }

    /// All entries, in the order in which they were given.
    pub fn entries(&self) -> &[RoleEntry] {
        &self.entries
    }

    fn role_of(&self, speaker: Option<(&str, Option<&str>)>) -> Option<Role> {
        let meant = self.entries.iter().filter(|entry| entry.means(speaker));
        meant.max_by_key(|entry| (entry.origin, entry.whom.closeness())).map(|entry| entry.role)
    }

    /// The names of those entries that mean someone in a transcript.
    pub fn used(&self, transcript: &Transcript) -> Vec<String> {
        let has_unnamed = transcript.turns.iter().any(|turn| turn.speaker.is_none());
        let used = self.entries.iter().filter(|entry| {
            let mut speakers = transcript.speakers.iter();
            let named = speakers.any(|s| entry.means(Some((&s.name, s.id.as_deref()))));
            named || (has_unnamed && entry.means(None))
        });
        used.map(|entry| entry.name.clone()).collect()
    }

    /// The role of each speaker and, last, of text without one, as far as user and format tell.
    pub fn assign(&self, transcript: &Transcript) -> Vec<Assigned> {
        let author = self.author(transcript);
        let mut roles = Vec::with_capacity(transcript.speakers.len() + 1);
        for speaker in &transcript.speakers {
            let given = self.role_of(Some((&speaker.name, speaker.id.as_deref())));
            roles.push(match (given, speaker.role) {
                (Some(role), _) => Assigned::new(role, RoleSource::Given),
                (None, Some(role)) => Assigned::new(role, RoleSource::Format),
                // Those whose words a note reports are the ones whom its author sells to or leads.
                (None, None) if transcript.kind == Kind::Notes => {
                    let other = match author.role {
                        Role::Seller => Role::Buyer,
                        _ => Role::Member,
                    };
                    Assigned::new(other, RoleSource::Format)
                }
                (None, None) => Assigned::UNKNOWN,
            });
        }
        roles.push(author);
        roles
    }

    /// The role of text without a speaker.
    fn author(&self, transcript: &Transcript) -> Assigned {
        match (self.role_of(None), transcript.kind) {
            (Some(role), _) => Assigned::new(role, RoleSource::Given),
            // A note is its author's own, and the author is the one who leads.
            (None, Kind::Notes) => Assigned::new(Role::Leader, RoleSource::Format),
            (None, Kind::Speech) => Assigned::UNKNOWN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Fragment, TimeResolution, Timing, TranscriptBuilder};

    fn book(specs: &[&str]) -> RoleBook {
        let mut book = RoleBook::default();
        for spec in specs {
            book.give_spec(spec).expect("a valid role");
        }
        book
    }

    fn call() -> Transcript {
        let mut builder = TranscriptBuilder::new();
        let ana = builder.speaker_with_id("Ana  Ruiz", Some("u=7"));
        let bo = builder.speaker("Bo");
        if let Some(bo) = bo {
            builder.set_role(bo, Role::Buyer);
        }
        builder.say(ana, Timing::default(), &Fragment::unplaced("a"));
        builder.say(bo, Timing::default(), &Fragment::unplaced("b"));
        builder.finish("test", Kind::Speech, TimeResolution::None)
    }

    #[test]
    fn names_and_ids_are_found_in_any_case_and_the_last_equals_sign_splits() {
        for spec in ["ana ruiz=seller", "U=7=Seller", "  ANA   Ruiz = seller "] {
            let roles = book(&[spec]).assign(&call());
            assert_eq!(roles[0], Assigned::new(Role::Seller, RoleSource::Given), "{spec}");
        }
    }

    #[test]
    fn what_is_given_goes_before_what_the_format_says() {
        let unknown = Assigned::UNKNOWN;
        let by_format = RoleBook::default().assign(&call());
        let buyer = Assigned::new(Role::Buyer, RoleSource::Format);
        assert_eq!(by_format, [unknown, buyer, unknown]);
        let given = book(&["Bo=leader", "bo=leader"]).assign(&call());
        assert_eq!(given[1], Assigned::new(Role::Leader, RoleSource::Given));
    }

    #[test]
    fn a_note_is_the_leaders_own_unless_a_role_is_given() {
        let mut builder = TranscriptBuilder::new();
        builder.block(None, &Fragment::unplaced("a"));
        let note = builder.finish("test", Kind::Notes, TimeResolution::None);
        let own = Assigned::new(Role::Leader, RoleSource::Format);
        assert_eq!(RoleBook::default().assign(&note), [own]);
        let given = Assigned::new(Role::Seller, RoleSource::Given);
        assert_eq!(book(&["=seller"]).assign(&note), [given]);
    }

    #[test]
    fn whose_words_a_note_reports_is_one_of_the_authors_people() {
        let mut builder = TranscriptBuilder::new();
        let dana = builder.speaker("Dana");
        builder.block(dana, &Fragment::unplaced("Dana: wants more"));
        let note = builder.finish("test", Kind::Notes, TimeResolution::None);
        assert_eq!(RoleBook::default().assign(&note)[0].role, Role::Member);
        assert_eq!(book(&["=seller"]).assign(&note)[0].role, Role::Buyer);
        assert_eq!(book(&["Dana=leader"]).assign(&note)[0].role, Role::Leader);
    }

    #[test]
    fn what_is_no_role_is_refused_with_the_nearest_one() {
        let mut book = RoleBook::default();
        let refused = book.give_spec("Ana=selller");
        assert_eq!(refused, Err("no role is called `selller`; did you mean `seller`?".to_owned()));
        assert!(book.give_spec("Ana").is_err_and(|message| message.contains("NAME=ROLE")));
        book.put("Bo", Role::Member, Origin::File);
        assert_eq!(book.give_spec("Bo=buyer"), Ok(()), "an argument goes before a file");
        let twice = book.give_spec(" bo =seller");
        assert_eq!(twice, Err("`Bo` is given two roles, buyer and seller; keep one".to_owned()));
        let file = "[roles]\n\"Ana\" = \"boss\"\n";
        let error = book.give_toml("r.toml", file).expect_err("no such role");
        assert!(error.to_string().starts_with("r.toml:2:9: no role is called `boss`; there are"));
    }

    #[test]
    fn roles_go_by_name_then_pattern_then_domain_and_what_is_said_last_wins() {
        let mut book = RoleBook::default();
        for (name, role) in [
            ("@ours.example", Role::Seller),
            ("*(sales)", Role::Leader),
            ("Ana [Lead] ?", Role::Member),
            ("Dana Reyes (Sales)", Role::Buyer),
        ] {
            book.put(name, role, Origin::Settings);
        }
        let role = |book: &RoleBook, name: &str, id: Option<&str>| book.role_of(Some((name, id)));
        assert_eq!(role(&book, "Dana Reyes (Sales)", None), Some(Role::Buyer));
        assert_eq!(role(&book, "Bo Sand (Sales)", Some("bo@ours.example")), Some(Role::Leader));
        assert_eq!(role(&book, "Cy", Some("cy@eu.ours.example")), Some(Role::Seller));
        assert_eq!(role(&book, "Cy <CY@Ours.example>", None), Some(Role::Seller));
        assert_eq!(role(&book, "Cy", Some("cy@notours.example")), None);
        assert_eq!(role(&book, "ana [lead] 2", None), Some(Role::Member));
        assert_eq!(book.role_of(None), None);
        book.put("@ours.example", Role::Unknown, Origin::Settings);
        book.give("c*", Role::Buyer);
        assert_eq!(role(&book, "Cy", Some("cy@ours.example")), Some(Role::Buyer));
    }

    #[test]
    fn a_file_may_have_its_names_at_the_top_or_in_a_table() {
        for text in ["\"Ana Ruiz\" = \"seller\"\n", "[roles]\n\"Ana Ruiz\" = \"seller\"\n"] {
            let mut book = RoleBook::default();
            book.give_toml("r.toml", text).expect("the file is valid");
            assert_eq!(book.assign(&call())[0].role, Role::Seller);
        }
    }
}
