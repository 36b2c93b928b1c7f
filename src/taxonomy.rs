//! What is looked for: two axes, four poles, thirty-three behaviours.
//!
//! This is the one place that names them. Lexicon files, model heads, labels, reports and tests
//! refer to a behaviour by the identifiers defined here, and everything that lists behaviours
//! iterates [`Behaviour::all`], so that an order seen anywhere is the order of this table.
//!
//! The definitions come from two articles: sellers who behave as leaders (Calvert, with Kouzes and
//! Posner; the Five Practices are a trademark of their owners, to whom this project has no tie), and
//! buy-in as salesmanship rather than leadership.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The lens: whose talk is judged, and by which pair of poles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// A seller in a call with a buyer.
    Selling,
    /// A leader among their own people.
    Leading,
}

impl Axis {
    /// Both axes, in report order.
    pub const ALL: [Axis; 2] = [Axis::Selling, Axis::Leading];

    /// The identifier used in files and reports.
    pub fn id(self) -> &'static str {
        match self {
            Axis::Selling => "selling",
            Axis::Leading => "leading",
        }
    }

    /// The pole of this axis that drains: `pushy` or `buy-in`.
    pub fn drains(self) -> Pole {
        match self {
            Axis::Selling => Pole::Pushy,
            Axis::Leading => Pole::BuyIn,
        }
    }

    /// The pole of this axis that builds: `leadership` or `ownership`.
    pub fn builds(self) -> Pole {
        match self {
            Axis::Selling => Pole::Leadership,
            Axis::Leading => Pole::Ownership,
        }
    }

    /// The groups in which the building behaviours are reported: the Five Practices, or the eight
    /// contrasts.
    pub fn groups(self) -> &'static [&'static str] {
        match self {
            Axis::Selling => &PRACTICES,
            Axis::Leading => &CONTRASTS,
        }
    }
}

/// One end of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pole {
    /// Sales-y behaviours that buyers resist.
    Pushy,
    /// The Five Practices in a seller's talk.
    Leadership,
    /// Selling people one's own way.
    BuyIn,
    /// Letting people own the work.
    Ownership,
}

impl Pole {
    /// The four poles, in report order.
    pub const ALL: [Pole; 4] = [Pole::Pushy, Pole::Leadership, Pole::BuyIn, Pole::Ownership];

    /// The identifier used in files and reports.
    pub fn id(self) -> &'static str {
        match self {
            Pole::Pushy => "pushy",
            Pole::Leadership => "leadership",
            Pole::BuyIn => "buy-in",
            Pole::Ownership => "ownership",
        }
    }

    /// The pole with this identifier.
    pub fn from_id(id: &str) -> Option<Pole> {
        Pole::ALL.into_iter().find(|pole| pole.id() == id)
    }

    /// The axis that this pole is an end of.
    pub fn axis(self) -> Axis {
        match self {
            Pole::Pushy | Pole::Leadership => Axis::Selling,
            Pole::BuyIn | Pole::Ownership => Axis::Leading,
        }
    }

    /// Whether this is the draining end.
    pub fn drains(self) -> bool {
        matches!(self, Pole::Pushy | Pole::BuyIn)
    }
}

/// The Five Practices, the groups of axis `selling`.
const PRACTICES: [&str; 5] = [
    "Model the Way",
    "Inspire a Shared Vision",
    "Challenge the Process",
    "Enable Others to Act",
    "Encourage the Heart",
];

/// The eight contrasts, the groups of axis `leading`, each named by what it builds.
const CONTRASTS: [&str; 8] = [
    "Diverse options",
    "Safe challenge",
    "Realness",
    "Open context",
    "Finding the way",
    "Growing people",
    "Co-creation",
    "Shared ownership",
];

struct Entry {
    id: &'static str,
    pole: Pole,
    /// Index into the groups of the axis; the seven pushy behaviours stand in none.
    group: Option<u8>,
    meaning: &'static str,
}

const fn entry(id: &'static str, pole: Pole, group: Option<u8>, meaning: &'static str) -> Entry {
    Entry { id, pole, group, meaning }
}

use Pole::{BuyIn, Leadership, Ownership, Pushy};

#[rustfmt::skip]
static TABLE: [Entry; Behaviour::COUNT] = [
    entry("pressure", Pushy, None, "pushes for a decision before the buyer is ready"),
    entry("manipulation", Pushy, None, "works around the buyer's judgement"),
    entry("generic-pitch", Pushy, None, "pitches one size for all"),
    entry("price-push", Pushy, None, "drops to price and sweeteners to move the deal"),
    entry("competitor-bashing", Pushy, None, "runs down the competitor"),
    entry("dismissing", Pushy, None, "overrides or ignores an objection or a feeling"),
    entry("imposing", Pushy, None, "takes time and attention without giving"),
    entry("clarify-values", Leadership, Some(0), "says what they stand for; asks for the buyer's values"),
    entry("set-example", Leadership, Some(0), "keeps word and deed in line; owns mistakes"),
    entry("envision-future", Leadership, Some(1), "paints this buyer's own future in concrete terms"),
    entry("enlist-others", Leadership, Some(1), "ties to the buyer's hopes and shared aspirations"),
    entry("search-opportunities", Leadership, Some(2), "brings outside ideas; questions the status quo"),
    entry("experiment", Leadership, Some(2), "offers small tests and shares the risk"),
    entry("foster-collaboration", Leadership, Some(3), "builds trust and brings in everyone affected"),
    entry("strengthen-others", Leadership, Some(3), "gives choice, control, knowledge and time"),
    entry("recognize-contributions", Leadership, Some(4), "credits someone for a particular thing"),
    entry("celebrate", Leadership, Some(4), "marks a shared win"),
    entry("funnel", BuyIn, Some(0), "funnels people to the leader's own idea"),
    entry("shut-down", BuyIn, Some(1), "makes challenge unsafe"),
    entry("buzzwords", BuyIn, Some(2), "speaks hollow corporate language"),
    entry("framing", BuyIn, Some(3), "spins and manages the message"),
    entry("knowing-the-way", BuyIn, Some(4), "claims to know the right way"),
    entry("telling", BuyIn, Some(5), "tells people what to do and how"),
    entry("transaction", BuyIn, Some(6), "trades favours, carrots and sticks"),
    entry("swaying", BuyIn, Some(7), "persuades and lobbies to get people on board"),
    entry("diverse-options", Ownership, Some(0), "seeks different thought and better options"),
    entry("safe-challenge", Ownership, Some(1), "invites challenge and makes room for mistakes"),
    entry("realness", Ownership, Some(2), "is plain and human; admits what is hard or unknown"),
    entry("open-context", Ownership, Some(3), "gives the whole context and keeps it open"),
    entry("finding-the-way", Ownership, Some(4), "finds the way with others in small steps"),
    entry("growing-people", Ownership, Some(5), "coaches, asks and hands over responsibility"),
    entry("co-creation", Ownership, Some(6), "makes it together, in it with the team"),
    entry("shared-ownership", Ownership, Some(7), "lets people own purpose, decision and result"),
];

/// A kind of thing that a person says. Compact and `Copy`; ordered as the table is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Behaviour(u8);

impl Behaviour {
    /// How many behaviours there are; the width of every label vector.
    pub const COUNT: usize = 33;

    /// All behaviours, in table order.
    pub fn all() -> impl ExactSizeIterator<Item = Behaviour> + Clone {
        (0..Self::COUNT as u8).map(Behaviour)
    }

    /// The behaviour with this identifier.
    pub fn from_id(id: &str) -> Option<Behaviour> {
        Self::all().find(|behaviour| behaviour.id() == id)
    }

    /// The place in the table, from 0 to `COUNT - 1`.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    fn entry(self) -> &'static Entry {
        &TABLE[self.index()]
    }

    /// The stable identifier, such as `price-push`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// What the speaker does, as the rest of a sentence that starts with them.
    pub fn meaning(self) -> &'static str {
        self.entry().meaning
    }

    /// The end of the axis that it belongs to.
    pub fn pole(self) -> Pole {
        self.entry().pole
    }

    /// The axis that it belongs to.
    pub fn axis(self) -> Axis {
        self.pole().axis()
    }

    /// The practice or the contrast that it counts for; `None` for the pushy behaviours.
    pub fn group(self) -> Option<&'static str> {
        self.entry().group.map(|at| self.axis().groups()[usize::from(at)])
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Behaviour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Behaviour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Behaviour::from_id(&id).ok_or_else(|| de::Error::custom(unknown_behaviour(&id)))
    }
}

/// The message for a word that is no behaviour, with the nearest one where one is near.
pub fn unknown_behaviour(id: &str) -> String {
    match nearest(id, Behaviour::all().map(Behaviour::id)) {
        Some(near) => format!("no behaviour is called `{id}`; did you mean `{near}`?"),
        None => {
            let ids: Vec<_> = Behaviour::all().map(Behaviour::id).collect();
            format!("no behaviour is called `{id}`; there are {}", ids.join(", "))
        }
    }
}

/// The candidate that a misspelt word most likely stands for, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// What a speaker is in the conversation; it decides which axes judge them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sells; judged on `selling`.
    Seller,
    /// Buys; not judged.
    Buyer,
    /// Leads, or speaks for those who do; judged on `leading`.
    Leader,
    /// One of the leader's people; not judged.
    Member,
    /// Not known; judged on both axes.
    #[default]
    Unknown,
}

impl Role {
    /// All roles, in the order in which help lists them.
    pub const ALL: [Role; 5] =
        [Role::Seller, Role::Buyer, Role::Leader, Role::Member, Role::Unknown];

    /// The identifier used in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Role::Seller => "seller",
            Role::Buyer => "buyer",
            Role::Leader => "leader",
            Role::Member => "member",
            Role::Unknown => "unknown",
        }
    }

    /// The role with this identifier, in any case.
    pub fn from_id(id: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.id().eq_ignore_ascii_case(id))
    }

    /// Whether someone in this role is judged on that axis.
    pub fn judged_on(self, axis: Axis) -> bool {
        match self {
            Role::Seller => axis == Axis::Selling,
            Role::Leader => axis == Axis::Leading,
            Role::Unknown => true,
            Role::Buyer | Role::Member => false,
        }
    }

    /// Whether someone in this role is judged at all.
    pub fn judged(self) -> bool {
        Axis::ALL.into_iter().any(|axis| self.judged_on(axis))
    }
}

/// The message for a word that is no role.
pub fn unknown_role(word: &str) -> String {
    let ids = Role::ALL.map(Role::id);
    match nearest(&word.to_lowercase(), ids.into_iter()) {
        Some(near) => format!("no role is called `{word}`; did you mean `{near}`?"),
        None => format!("no role is called `{word}`; there are {}", ids.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_is_found_by_its_id_and_no_id_is_used_twice() {
        for behaviour in Behaviour::all() {
            assert_eq!(Behaviour::from_id(behaviour.id()), Some(behaviour));
        }
    }

    #[test]
    fn poles_have_the_sizes_of_the_taxonomy() {
        let sizes = Pole::ALL.map(|pole| Behaviour::all().filter(|b| b.pole() == pole).count());
        assert_eq!(sizes, [7, 10, 8, 8]);
    }

    #[test]
    fn every_practice_has_two_commitments_and_every_contrast_two_sides() {
        for axis in Axis::ALL {
            for group in axis.groups() {
                let members = Behaviour::all().filter(|b| b.group() == Some(group)).count();
                assert_eq!(members, 2, "{group}");
            }
        }
    }

    #[test]
    fn a_misspelt_behaviour_gets_a_suggestion() {
        assert!(unknown_behaviour("presure").contains("`pressure`"));
        assert!(unknown_behaviour("zzz").contains("there are pressure, manipulation"));
    }
}
