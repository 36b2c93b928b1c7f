//! The shape of the lexicon files, as TOML has them. Unknown keys are refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Part;

/// A file of rules: `lexicons/<behaviour>.toml`, or a user's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleFile {
    /// The behaviour that the rules find, unless a rule names another.
    pub(super) behaviour: Option<Spanned<String>>,
    /// What to say instead, unless a rule knows better.
    #[serde(default)]
    pub(super) instead: String,
    /// Named lists of patterns that the patterns of this file may use.
    #[serde(default)]
    pub(super) sets: BTreeMap<String, Vec<Spanned<String>>>,
    /// Rules of earlier files that no longer hold: `pressure.deadline`, or `pressure.*`.
    #[serde(default)]
    pub(super) disable: Vec<Spanned<String>>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<RuleSource>,
}

/// A rule as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleSource {
    pub(super) id: Spanned<String>,
    pub(super) behaviour: Option<Spanned<String>>,
    pub(super) why: String,
    pub(super) weight: Spanned<f32>,
    /// The rule speaks where one of these matches.
    pub(super) any: Vec<Spanned<String>>,
    /// Not where one of these matches in the same utterance.
    #[serde(default)]
    pub(super) unless: Vec<Spanned<String>>,
    /// Only where one of these matches in the same utterance.
    #[serde(default)]
    pub(super) needs: Vec<Spanned<String>>,
    /// Not where one of these matches in what was said just before.
    #[serde(default)]
    pub(super) prev_unless: Vec<Spanned<String>>,
    /// Only where one of these matches in what was said just before.
    #[serde(default)]
    pub(super) prev_needs: Vec<Spanned<String>>,
    pub(super) mood: Option<MoodCondition>,
    pub(super) role: Option<RoleCondition>,
    /// The rule holds only in this part of a conversation: `first 5 minutes`, `last 10 %`.
    pub(super) when: Option<Spanned<String>>,
    /// The rule finds nothing; it takes findings of these behaviours or poles back, `*` of all.
    #[serde(default)]
    pub(super) takes_back: Vec<Spanned<String>>,
    /// How far back.
    #[serde(default)]
    pub(super) reaches: Reaches,
    #[serde(default)]
    pub(super) negated: Policy,
    #[serde(default)]
    pub(super) reported: Policy,
    #[serde(default)]
    pub(super) hypothetical: Policy,
    #[serde(default)]
    pub(super) asked: Policy,
    #[serde(default)]
    pub(super) named: Policy,
    pub(super) instead: Option<String>,
    #[serde(default)]
    pub(super) hits: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) misses: Vec<Spanned<String>>,
}

impl RuleSource {
    /// The patterns of each part, in its order.
    pub(super) fn patterns(&self) -> [(Part, &[Spanned<String>]); 5] {
        [
            (Part::Any, &self.any),
            (Part::Unless, &self.unless),
            (Part::Needs, &self.needs),
            (Part::PrevUnless, &self.prev_unless),
            (Part::PrevNeeds, &self.prev_needs),
        ]
    }

    /// The policy for a context.
    pub(super) fn policy(&self, context: Context) -> Policy {
        match context {
            Context::Negated => self.negated,
            Context::Reported => self.reported,
            Context::Hypothetical => self.hypothetical,
            Context::Asked => self.asked,
            Context::Named => self.named,
        }
    }

    pub(super) fn policy_mut(&mut self, context: Context) -> &mut Policy {
        match context {
            Context::Negated => &mut self.negated,
            Context::Reported => &mut self.reported,
            Context::Hypothetical => &mut self.hypothetical,
            Context::Asked => &mut self.asked,
            Context::Named => &mut self.named,
        }
    }
}

/// What the form of an utterance must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoodCondition {
    /// No question.
    Statement,
    /// A question of either kind.
    Question,
    /// A question that asks for the other's own words.
    OpenQuestion,
}

/// What must be known of the speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleCondition {
    /// Wording that only tells something where the speaker is known to be the seller or the leader.
    Known,
}

/// How far back words reach that take something back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reaches {
    /// What the speaker said in the same turn or in their turn before it.
    #[default]
    Near,
    /// All that the speaker said before.
    Call,
}

/// Whether a rule holds in a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Not there: the default for every context.
    #[default]
    Reject,
    /// There as elsewhere.
    Allow,
    /// Only there.
    Require,
}

/// Speech that surrounds a behaviour and turns it into something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Context {
    /// Denied: "I won't push you".
    Negated,
    /// Someone else's: "the last vendor told us".
    Reported,
    /// Imagined: "if anyone ever said".
    Hypothetical,
    /// Asked about: "are you feeling".
    Asked,
    /// Named as a topic: "the training on".
    Named,
}

impl Context {
    /// All contexts.
    pub const ALL: [Context; 5] = [
        Context::Negated,
        Context::Reported,
        Context::Hypothetical,
        Context::Asked,
        Context::Named,
    ];

    /// The key under which files know it.
    pub fn id(self) -> &'static str {
        match self {
            Context::Negated => "negated",
            Context::Reported => "reported",
            Context::Hypothetical => "hypothetical",
            Context::Asked => "asked",
            Context::Named => "named",
        }
    }
}

/// `lexicons/shared/context.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ContextFile {
    /// Words after which a clause still counts as just starting.
    pub(super) lead_ins: Vec<String>,
    /// Patterns after which a quotation is the speaker's own.
    pub(super) own_speech: Vec<Spanned<String>>,
    pub(super) negated: ContextSource,
    pub(super) reported: ContextSource,
    pub(super) hypothetical: ContextSource,
    pub(super) asked: ContextSource,
    pub(super) named: ContextSource,
}

/// The cues of one context and how far they reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ContextSource {
    /// Cues that rule the words after them.
    #[serde(default)]
    pub(super) before: Vec<Spanned<String>>,
    /// Cues that rule the words before them.
    #[serde(default)]
    pub(super) after: Vec<Spanned<String>>,
    /// Phrases that hold a cue and are none.
    #[serde(default)]
    pub(super) pseudo: Vec<Spanned<String>>,
    /// Words that end the reach.
    #[serde(default)]
    pub(super) until: Vec<Spanned<String>>,
    /// How many words a cue reaches.
    pub(super) within: usize,
    /// Which marks end the reach.
    pub(super) stops_at: StopsAt,
}

/// Which marks end the reach of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StopsAt {
    /// A comma or anything stronger.
    Comma,
    /// A dash, semicolon, colon or full stop.
    Break,
}

/// `lexicons/shared/sets.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SetsFile {
    pub(super) sets: BTreeMap<String, Vec<Spanned<String>>>,
}
