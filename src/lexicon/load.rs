//! From files to a compiled lexicon.
//!
//! The built-in files come first and user files after them, in the order given: a rule with the
//! identifier of an earlier one takes its place, `disable` takes rules away, the rest is added.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};
use indexmap::IndexMap;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::automaton::Automaton;
use super::glushkov::Triggered;
use super::inflect::Irregular;
use super::pattern::{self, Alternatives, FusedWords, Node, PatternError, Scope};
use super::schema::{Context, ContextFile, ContextSource, RuleFile, RuleSource, SetsFile};
use super::stored;
use super::triggers::Triggers;
use super::vocabulary::Vocabulary;
use super::when::{self, When};
use super::{
    CompiledPattern, Conditions, CueSide, Lexicon, Owner, Part, Reach, Rule, RulePatterns,
};
use crate::data_file::DataError;
use crate::taxonomy::{Behaviour, Pole, unknown_behaviour};

pub(super) static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lexicons");

/// A lexicon file that was read: its name for messages, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexiconFile {
    /// What messages call it.
    pub path: String,
    /// TOML.
    pub text: String,
}

/// What all rule files share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) sets: LexiconFile,
    pub(super) set_entries: BTreeMap<String, Vec<Spanned<String>>>,
    context: LexiconFile,
    context_source: ContextFile,
    irregular: Irregular,
}

/// The sets of one rule file.
#[derive(Debug, Clone)]
pub(super) struct FileSets {
    pub(super) text: String,
    pub(super) entries: BTreeMap<String, Vec<Spanned<String>>>,
}

/// What a lexicon is compiled from.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) shared: Arc<Shared>,
    pub(super) files: Arc<FxHashMap<String, FileSets>>,
    pub(super) rules: Vec<PlacedRule>,
    pub(super) hash: String,
}

/// A rule with the file that it stands in and what it takes from there.
#[derive(Debug, Clone)]
pub(super) struct PlacedRule {
    pub(super) path: String,
    pub(super) behaviour: Behaviour,
    pub(super) instead: String,
    /// What it takes back; empty for a rule that finds.
    pub(super) takes_back: Vec<Behaviour>,
    pub(super) source: RuleSource,
}

impl Lexicon {
    /// The lexicon that is compiled into the program.
    pub fn builtin() -> Result<Lexicon, DataError> {
        match stored::builtin() {
            Some(lexicon) => Ok(lexicon),
            None => Lexicon::of(builtin_rule_files()),
        }
    }

    /// The built-in lexicon with a user's files over it.
    pub fn with_files(files: &[LexiconFile]) -> Result<Lexicon, DataError> {
        if files.is_empty() {
            return Lexicon::builtin();
        }
        let mut all = builtin_rule_files();
        all.extend(files.iter().cloned());
        Lexicon::of(all)
    }

    /// These files alone, without the built-in rules; the shared sets and contexts hold for them.
    pub fn of(all: Vec<LexiconFile>) -> Result<Lexicon, DataError> {
        let [rules, retractions] = read(all)?;
        let (retractions, lexicon) = rayon::join(|| compile(retractions), || compile(rules));
        Ok(Lexicon { retractions: Some(Box::new(retractions?)), ..lexicon? })
    }
}

/// Reads rule files, with what they share: the rules that find, and those that take back.
fn read(all: Vec<LexiconFile>) -> Result<[Parts; 2], DataError> {
    let shared = Shared::builtin()?;
    let mut hash = Sha256::new();
    for file in [&shared.sets, &shared.context] {
        hash.update(file.text.as_bytes());
    }
    let mut rules = IndexMap::default();
    let mut sets = FxHashMap::default();
    let parsed: Vec<Result<RuleFile, _>> = all.par_iter().map(parse).collect();
    for (file, parsed) in all.into_iter().zip(parsed) {
        hash.update(file.path.as_bytes());
        hash.update(file.text.as_bytes());
        add_file(file, parsed?, &mut rules, &mut sets)?;
    }
    let mut rules: Vec<PlacedRule> = rules.into_values().collect();
    rules.sort_by_key(|rule| rule.behaviour);
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let (rules, retractions) = rules.into_iter().partition(|rule| rule.takes_back.is_empty());
    let (shared, files) = (Arc::new(shared), Arc::new(sets));
    let parts = |rules| Parts {
        shared: Arc::clone(&shared),
        files: Arc::clone(&files),
        rules,
        hash: hash.clone(),
    };
    Ok([parts(rules), parts(retractions)])
}

/// What the built-in lexicon is compiled from.
pub(super) fn builtin_parts() -> [Parts; 2] {
    read(builtin_rule_files()).expect("tests read the built-in files")
}

/// The built-in rule files, by name.
pub(super) fn builtin_rule_files() -> Vec<LexiconFile> {
    let mut files: Vec<_> = BUILT_IN
        .files()
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "toml"))
        .map(built_in)
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn built_in(file: &include_dir::File<'_>) -> LexiconFile {
    LexiconFile {
        path: format!("lexicons/{}", file.path().display()),
        text: file.contents_utf8().unwrap_or_default().to_owned(),
    }
}

impl Shared {
    fn builtin() -> Result<Shared, DataError> {
        let file = |name: &str| {
            let path = format!("shared/{name}.toml");
            BUILT_IN
                .get_file(&path)
                .map(built_in)
                .unwrap_or(LexiconFile { path, text: String::new() })
        };
        let sets = file("sets");
        let context = file("context");
        let irregular = file("inflections");
        Ok(Shared {
            set_entries: parse::<SetsFile>(&sets)?.sets,
            context_source: parse(&context)?,
            irregular: parse(&irregular)?,
            sets,
            context,
        })
    }
}

fn parse<T: DeserializeOwned>(file: &LexiconFile) -> Result<T, DataError> {
    toml::from_str(&file.text).map_err(|error| DataError::from_toml(&file.path, &file.text, &error))
}

/// Adds a file's rules, takes away what it disables, and notes its sets.
fn add_file(
    file: LexiconFile,
    parsed: RuleFile,
    rules: &mut IndexMap<String, PlacedRule, FxBuildHasher>,
    sets: &mut FxHashMap<String, FileSets>,
) -> Result<(), DataError> {
    let fault = |at: &Spanned<String>, message: String| {
        DataError::new(&file.path, &file.text, at.span(), message)
    };
    let behaviour_of = |id: &Spanned<String>| {
        Behaviour::from_id(id.get_ref()).ok_or_else(|| fault(id, unknown_behaviour(id.get_ref())))
    };
    for disabled in &parsed.disable {
        let id = disabled.get_ref();
        let before = rules.len();
        rules.retain(|other, rule| match id.strip_suffix(".*") {
            Some(family) => rule.family() != family,
            None => other != id,
        });
        if rules.len() == before {
            let near = crate::taxonomy::nearest(id, rules.keys().map(String::as_str));
            let fault = fault(disabled, format!("no rule is called `{id}`"));
            return Err(match near {
                Some(near) => fault.with_help(format!("did you mean `{near}`?")),
                None => fault.with_help(
                    "`unsell rules list` shows all rules; `behaviour.*` names all of one",
                ),
            });
        }
    }
    let default = parsed.behaviour.as_ref().map(behaviour_of).transpose()?;
    let mut own_ids = FxHashSet::default();
    for source in parsed.rules {
        let mut takes_back = Vec::new();
        for written in &source.takes_back {
            takes_back.extend(named_behaviours(written.get_ref()).ok_or_else(|| {
                fault(written, unknown_behaviour(written.get_ref()))
                    .with_help("a behaviour, a pole, or `*` for all")
            })?);
        }
        let behaviour = match (&source.behaviour, takes_back.first()) {
            (None, Some(first)) => *first,
            (Some(own), _) => behaviour_of(own)?,
            (None, None) => default.ok_or_else(|| {
                fault(&source.id, "the rule has no behaviour, and neither has the file".to_owned())
                    .with_help("write `behaviour = \"pressure\"` at the top of the file")
            })?,
        };
        check_rule(&file, &source)?;
        let placed = PlacedRule {
            path: file.path.clone(),
            behaviour,
            instead: parsed.instead.clone(),
            takes_back,
            source,
        };
        let id = placed.id();
        if !own_ids.insert(id.clone()) {
            return Err(fault(&placed.source.id, format!("a second rule is called `{id}`")));
        }
        // It takes the place of an earlier one.
        rules.insert(id, placed);
    }
    sets.insert(file.path, FileSets { text: file.text, entries: parsed.sets });
    Ok(())
}

fn check_rule(file: &LexiconFile, source: &RuleSource) -> Result<(), DataError> {
    let fault = |span, message: &str| DataError::new(&file.path, &file.text, span, message);
    let id = source.id.get_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(plain) {
        return Err(fault(source.id.span(), "a rule's id is made of a-z, 0-9 and `-`"));
    }
    if !(*source.weight.get_ref() > 0.0 && *source.weight.get_ref() <= 1.0) {
        return Err(fault(source.weight.span(), "a weight lies over 0 and is at most 1"));
    }
    if let Some(when) = source.when.as_ref().filter(|when| When::parse(when.get_ref()).is_none()) {
        let message = format!("`{}` is no part of a conversation", when.get_ref());
        return Err(fault(when.span(), &message).with_help(when::VALID));
    }
    if source.any.is_empty() {
        return Err(fault(source.id.span(), "the rule has no pattern in `any`"));
    }
    Ok(())
}

impl PlacedRule {
    pub(super) fn id(&self) -> String {
        format!("{}.{}", self.family(), self.source.id.get_ref())
    }

    /// The first half of its identifier.
    fn family(&self) -> &'static str {
        if self.takes_back.is_empty() { self.behaviour.id() } else { "retraction" }
    }
}

/// The behaviours that a word names: one, those of a pole, or all.
fn named_behaviours(word: &str) -> Option<Vec<Behaviour>> {
    if let Some(behaviour) = Behaviour::from_id(word) {
        return Some(vec![behaviour]);
    }
    let pole = Pole::from_id(word);
    let all = Behaviour::all().filter(|b| pole.is_none_or(|pole| b.pole() == pole));
    (pole.is_some() || word == "*").then(|| all.collect())
}

/// Compiles rules with what they share.
pub(super) fn compile(parts: Parts) -> Result<Lexicon, DataError> {
    let shared = &parts.shared;
    let mut vocabulary = Vocabulary::new();
    let mut compiler = Compiler {
        fused: FusedWords::new(&mut vocabulary),
        vocabulary,
        irregular: &shared.irregular,
    };
    let none = BTreeMap::new();
    let shared_sets =
        compiler.sets(&shared.sets.path, &shared.sets.text, &shared.set_entries, &none)?;
    let context = &shared.context_source;
    let contexts = [
        &context.negated,
        &context.reported,
        &context.hypothetical,
        &context.asked,
        &context.named,
    ];
    let mut file_sets = FxHashMap::default();
    // Reading numbers the words, so it goes rule by rule, the contexts last. Whoever has compiled what was
    // read reads on.
    let read = (0..=parts.rules.len()).map(|at| {
        let mut patterns = Vec::new();
        if let Some(PlacedRule { path, source, .. }) = parts.rules.get(at) {
            let FileSets { text, entries } = &parts.files[path];
            if !file_sets.contains_key(path) {
                let own = compiler.sets(path, text, entries, &shared_sets)?;
                file_sets.insert(path, own);
            }
            let sets = [&file_sets[path], &shared_sets];
            for (part, written) in source.patterns() {
                let owner = Owner::Rule(at as u32, part);
                compiler.add(path, text, written, sets, owner, &mut patterns)?;
            }
        } else {
            let LexiconFile { path, text } = &shared.context;
            let sets = [&none, &shared_sets];
            for (kind, source) in Context::ALL.into_iter().zip(contexts) {
                let ContextSource { before, after, pseudo, until, .. } = source;
                for (side, written) in [
                    (CueSide::Before, before),
                    (CueSide::After, after),
                    (CueSide::Pseudo, pseudo),
                    (CueSide::Until, until),
                ] {
                    let owner = Owner::Cue(kind, side);
                    compiler.add(path, text, written, sets, owner, &mut patterns)?;
                }
            }
            let written = &context.own_speech;
            compiler.add(path, text, written, sets, Owner::OwnSpeech, &mut patterns)?;
        }
        Ok(patterns)
    });
    type Compiled = Result<Vec<(CompiledPattern, Vec<Triggered>)>, DataError>;
    let compile = |(at, written): (usize, Result<Vec<Written>, DataError>)| {
        let all = written.and_then(|all| all.into_iter().map(Written::compile).collect());
        (at, all)
    };
    let mut compiled: Vec<(usize, Compiled)> = read.enumerate().par_bridge().map(compile).collect();
    compiled.sort_unstable_by_key(|(at, _)| *at);
    let mut patterns = Vec::new();
    let mut triggers = Vec::new();
    let mut patterns_of = Vec::with_capacity(parts.rules.len());
    for (at, compiled) in compiled {
        if let Some(placed) = parts.rules.get(at) {
            let mut bounds = [patterns.len() as u32; 6];
            for (part, written) in placed.source.patterns() {
                bounds[part as usize + 1] = bounds[part as usize] + written.len() as u32;
            }
            patterns_of.push(RulePatterns(bounds));
        }
        for (pattern, triggered) in compiled? {
            patterns.push(pattern);
            triggers.push(triggered);
        }
    }
    let Compiler { mut vocabulary, .. } = compiler;
    let lead_ins = context.lead_ins.iter().map(|word| vocabulary.intern(word)).collect();
    let table = |of: fn(Owner) -> bool| {
        let all = patterns.iter().zip(&triggers).enumerate();
        let those = all.filter(|(_, (pattern, _))| of(pattern.owner));
        let those = those.map(|(at, (pattern, all))| (at, &pattern.automaton, all.as_slice()));
        Triggers::new(those, vocabulary.len())
    };
    let (rule_triggers, (cue_triggers, rules)) = rayon::join(
        || table(|owner| matches!(owner, Owner::Rule(_, Part::Any))),
        || {
            let cues = table(|owner| matches!(owner, Owner::Cue(..) | Owner::OwnSpeech));
            (cues, parts.rules.iter().map(rule).collect())
        },
    );
    let mut instead = vec![String::new(); Behaviour::COUNT];
    for rule in parts.rules.iter().rev() {
        instead[rule.behaviour.index()].clone_from(&rule.instead);
    }
    Ok(Lexicon {
        rules,
        patterns_of,
        rule_triggers,
        cue_triggers,
        patterns,
        vocabulary,
        lead_ins,
        contexts: contexts.map(|source| Reach { within: source.within, stops_at: source.stops_at }),
        instead,
        hash: parts.hash.clone(),
        parts: OnceLock::from(parts),
        retractions: None,
        openings: OnceLock::new(),
    })
}

fn rule(placed: &PlacedRule) -> Rule {
    let PlacedRule { path, behaviour, instead, takes_back, source } = placed;
    let texts = |list: &[Spanned<String>]| list.iter().map(|text| text.get_ref().clone()).collect();
    Rule {
        id: placed.id(),
        behaviour: *behaviour,
        why: source.why.clone(),
        weight: *source.weight.get_ref(),
        instead: source.instead.clone().unwrap_or_else(|| instead.clone()),
        patterns: texts(&source.any),
        unless: texts(&source.unless),
        needs: texts(&source.needs),
        prev_unless: texts(&source.prev_unless),
        prev_needs: texts(&source.prev_needs),
        path: path.clone(),
        hits: texts(&source.hits),
        misses: texts(&source.misses),
        takes_back: takes_back.clone(),
        conditions: Conditions {
            mood: source.mood,
            role: source.role,
            when: source.when.as_ref().and_then(|when| When::parse(when.get_ref())),
            reaches: source.reaches,
            policies: Context::ALL.map(|context| source.policy(context)),
        },
    }
}

/// A pattern that was read, and where it stands.
struct Written<'a> {
    pattern: pattern::Pattern,
    owner: Owner,
    path: &'a str,
    text: &'a str,
    span: Range<usize>,
}

impl Written<'_> {
    fn compile(self) -> Result<(CompiledPattern, Vec<Triggered>), DataError> {
        let Written { pattern, owner, path, text, span } = self;
        let (automaton, triggers) = Automaton::compile(&pattern)
            .map_err(|message| DataError::new(path, text, span, message))?;
        Ok((CompiledPattern { automaton, owner }, triggers))
    }
}

struct Compiler<'a> {
    vocabulary: Vocabulary,
    fused: FusedWords,
    irregular: &'a Irregular,
}

type Sets = BTreeMap<String, Node>;

impl Compiler<'_> {
    /// Parses the sets of a file. A set may use others of its file and the shared ones; the order does
    /// not matter, a circle is an error.
    fn sets(
        &mut self,
        path: &str,
        text: &str,
        entries: &BTreeMap<String, Vec<Spanned<String>>>,
        shared: &Sets,
    ) -> Result<Sets, DataError> {
        let mut done = Sets::new();
        let mut waiting: Vec<_> = entries.iter().collect();
        loop {
            let mut deferred = Vec::new();
            let mut first_error = None;
            let before = waiting.len();
            for (name, entries) in waiting {
                match self.set(path, text, entries, [&done, shared]) {
                    Ok(node) => drop(done.insert(name.clone(), node)),
                    Err(error) => {
                        first_error = first_error.or(Some(error));
                        deferred.push((name, entries));
                    }
                }
            }
            match first_error {
                None => return Ok(done),
                Some(error) if deferred.len() == before => return Err(error),
                Some(_) => waiting = deferred,
            }
        }
    }

    fn set(
        &mut self,
        path: &str,
        text: &str,
        entries: &[Spanned<String>],
        sets: [&Sets; 2],
    ) -> Result<Node, DataError> {
        let mut alternatives = Alternatives::default();
        for entry in entries {
            let node = self.parse(path, text, entry, sets)?.node;
            if node.may_be_nothing() {
                let message = "an entry of a set may not be nothing; put `?` where the set is used";
                return Err(DataError::new(path, text, entry.span(), message));
            }
            alternatives.add(node);
        }
        Ok(alternatives.node())
    }

    fn parse(
        &mut self,
        path: &str,
        text: &str,
        written: &Spanned<String>,
        sets: [&Sets; 2],
    ) -> Result<pattern::Pattern, DataError> {
        let mut scope = Scope {
            vocabulary: &mut self.vocabulary,
            irregular: self.irregular,
            fused: &self.fused,
            sets,
        };
        pattern::parse(written.get_ref(), &mut scope).map_err(|error| {
            let PatternError { span, message, help } = error;
            // The span counts from the opening quote, which is one byte long in a one-line string.
            let start = written.span().start + 1;
            let fault = DataError::new(path, text, start + span.start..start + span.end, message);
            match help {
                Some(help) => fault.with_help(help),
                None => fault,
            }
        })
    }

    fn add<'a>(
        &mut self,
        path: &'a str,
        text: &'a str,
        patterns: &[Spanned<String>],
        sets: [&Sets; 2],
        owner: Owner,
        all: &mut Vec<Written<'a>>,
    ) -> Result<(), DataError> {
        for written in patterns {
            let pattern = self.parse(path, text, written, sets)?;
            all.push(Written { pattern, owner, path, text, span: written.span() });
        }
        Ok(())
    }
}
