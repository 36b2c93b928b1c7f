//! What is learnt from: the corpus, whose text is in the project, and real talk, of which the project
//! holds only labels by id.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::TrainError;
use super::objective::Target;
use crate::classifier::PerBehaviour;
use crate::labels::{Lines, Parsed, Row, Said};
use crate::taxonomy::{Axis, Behaviour, Role};

/// What an example is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose by.
    Dev,
    /// To look at in the end; never used here.
    Test,
}

/// A labelled utterance.
#[derive(Debug, Clone)]
pub struct Example {
    /// The speaker's role.
    pub role: Role,
    /// What was said just before.
    pub prev: String,
    /// What was said.
    pub text: String,
    /// The behaviours in it.
    pub labels: Vec<Behaviour>,
    /// Behaviours that a judge would accept there or miss without complaint.
    pub doubtful: Vec<Behaviour>,
    /// The axes on which it was judged.
    pub axes: &'static [Axis],
    /// What it is for.
    pub split: Split,
    /// Whether real people said it.
    pub real: bool,
    /// Whether it was written to look like a behaviour that it is not.
    pub trap: bool,
    /// What teachers make of it in its own role, as probabilities.
    pub taught: Option<PerBehaviour>,
}

/// What a doubtful behaviour's probability should be.
const DOUBTFUL: f32 = 0.3;
/// How much of what is wanted is the teachers' opinion, where there is a judge's too.
const TAUGHT: f32 = 0.5;

impl Example {
    /// The utterance alone.
    pub fn said(&self) -> Said<'_> {
        Said { role: self.role, prev: &self.prev, text: &self.text }
    }

    /// What the outputs should be where the words are heard as from someone in `role`.
    ///
    /// On an axis that the role is not judged on nothing is ever found, so nothing is wanted there. Where
    /// the role has been withheld, an axis that nobody judged says nothing. Teachers have an opinion on
    /// everything that can be heard in the example's own role.
    pub fn target(&self, role: Role) -> Target {
        let mut target =
            Target { wanted: [0.0; Behaviour::COUNT], weight: [0.0; Behaviour::COUNT] };
        for behaviour in Behaviour::all() {
            let judged = self.axes.contains(&behaviour.axis());
            let heard = role.judged_on(behaviour.axis());
            let at = behaviour.index();
            target.weight[at] = if judged || !heard { 1.0 } else { 0.0 };
            if !heard {
                continue;
            }
            let taught = self.taught.filter(|_| role == self.role).map(|taught| taught[at]);
            if !judged {
                if let Some(taught) = taught {
                    (target.wanted[at], target.weight[at]) = (taught, 1.0);
                }
                continue;
            }
            if self.labels.contains(&behaviour) {
                target.wanted[at] = 1.0;
            } else if self.doubtful.contains(&behaviour) {
                target.wanted[at] = DOUBTFUL;
            }
            if let Some(taught) = taught {
                target.wanted[at] += TAUGHT * (taught - target.wanted[at]);
            }
        }
        target
    }
}

/// Reads every `.jsonl` file of a corpus folder, in the order of their names.
///
/// # Errors
///
/// When the folder or a file cannot be read, or a line is no labelled utterance with a split.
pub fn corpus(folder: &Path) -> Result<Vec<Example>, TrainError> {
    let mut examples = Vec::new();
    for path in jsonl_files(folder)? {
        each_row(&path, &mut |line, row| {
            let fail = |message: &str| TrainError::line(&path, line, message);
            let labels = row.labels.clone().ok_or_else(|| fail("it has no `labels`"))?;
            let split = row.extra.get("split").cloned().unwrap_or_default();
            let split = serde_json::from_value(split)
                .map_err(|_| fail("`split` must be train, dev or test"))?;
            let doubtful = row.extra.get("doubtful").cloned();
            let doubtful = doubtful
                .map_or(Ok(Vec::new()), serde_json::from_value)
                .map_err(|error| fail(&format!("`doubtful`: {error}")))?;
            examples.push(Example {
                trap: row.kind() == Some("trap"),
                role: row.role,
                axes: axes_of(row.role),
                prev: row.prev,
                text: row.text,
                labels,
                doubtful,
                split,
                real: false,
                taught: None,
            });
            Ok(())
        })?;
    }
    Ok(examples)
}

/// The axes on which the words of someone in this role were judged; those of buyers and members never
/// count, which is a judgement too.
fn axes_of(role: Role) -> &'static [Axis] {
    match role {
        Role::Seller => &[Axis::Selling],
        Role::Leader => &[Axis::Leading],
        _ => &Axis::ALL,
    }
}

/// A label of real talk: which utterance, or which part of it, and what is in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RealLabel {
    id: String,
    /// Unicode scalars of the utterance's text, where only a part is meant.
    span: Option<[usize; 2]>,
    labels: Vec<Behaviour>,
    #[serde(default)]
    doubtful: Vec<Behaviour>,
    split: Split,
    /// Which round of labelling chose it, and how.
    #[serde(rename = "round")]
    _round: String,
    /// What three judges said of each behaviour that was claimed: the labels are the middle of it.
    #[serde(rename = "verdicts")]
    _verdicts: Option<serde::de::IgnoredAny>,
}

/// Real talk: the labels of every `.jsonl` file in `folder`, joined with the utterances of the `extra`
/// files by id. Labels whose utterance is in none of them are counted, not used.
///
/// # Errors
///
/// When a file cannot be read, a line is none, or a label's span does not fit its utterance.
pub fn real_talk(folder: &Path, extra: &[PathBuf]) -> Result<(Vec<Example>, usize), TrainError> {
    let said = words(extra)?;
    let mut examples = Vec::new();
    let mut missing = 0;
    for path in jsonl_files(folder)? {
        each_line(&path, &mut |line, text| {
            let label: RealLabel = serde_json::from_str(text)
                .map_err(|error| TrainError::line(&path, line, error.to_string()))?;
            let Some(Spoken { role, prev, text }) = said.get(&label.id) else {
                missing += 1;
                return Ok(());
            };
            let (before, text) = match label.span {
                None => (prev.as_str(), text.as_str()),
                Some([start, end]) => {
                    let (Some(before), Some(part)) =
                        (scalars(text, 0, start), scalars(text, start, end))
                    else {
                        return Err(TrainError::line(&path, line, "`span` does not fit the text"));
                    };
                    (if start == 0 { prev } else { before.trim() }, part.trim())
                }
            };
            examples.push(Example {
                role: *role,
                prev: before.to_owned(),
                text: text.to_owned(),
                labels: label.labels,
                doubtful: label.doubtful,
                // Real talk was judged as anyone's words, whoever said them.
                axes: &Axis::ALL,
                split: label.split,
                real: true,
                trap: false,
                taught: None,
            });
            Ok(())
        })?;
    }
    Ok((examples, missing))
}

/// Real utterances that nobody has judged, for teachers to judge: so many, evenly from all that are no
/// longer than a window and say more than a word or two.
///
/// # Errors
///
/// When a file cannot be read, or a line is none.
pub fn unjudged(folder: &Path, extra: &[PathBuf], most: usize) -> Result<Vec<Example>, TrainError> {
    let mut said = words(extra)?;
    // Whole conversations of the dev and test parts stay unseen.
    let mut held_out = HashSet::new();
    for path in jsonl_files(folder)? {
        each_line(&path, &mut |line, text| {
            let label: RealLabel = serde_json::from_str(text)
                .map_err(|error| TrainError::line(&path, line, error.to_string()))?;
            if label.split != Split::Train {
                held_out.insert(conversation(&label.id).to_owned());
            }
            said.remove(&label.id);
            Ok(())
        })?;
    }
    let fits = |text: &str| (3..=50).contains(&text.split_whitespace().count());
    let mut left: Vec<_> = said
        .into_iter()
        .filter(|(id, spoken)| fits(&spoken.text) && !held_out.contains(conversation(id)))
        .collect();
    left.sort_by(|a, b| a.0.cmp(&b.0));
    let every = left.len().div_ceil(most.max(1)).max(1);
    let chosen = left.into_iter().step_by(every);
    Ok(chosen
        .map(|(_, Spoken { prev, text, .. })| Example {
            role: Role::Unknown,
            prev,
            text,
            labels: Vec::new(),
            doubtful: Vec::new(),
            axes: &[],
            split: Split::Train,
            real: true,
            trap: false,
            taught: None,
        })
        .collect())
}

/// What was said in an extra file.
struct Spoken {
    role: Role,
    prev: String,
    text: String,
}

/// The part of an id that names the conversation.
fn conversation(id: &str) -> &str {
    id.rsplit_once(':').map_or(id, |(conversation, _)| conversation)
}

/// The utterances of the extra files by id.
fn words(extra: &[PathBuf]) -> Result<HashMap<String, Spoken>, TrainError> {
    let mut said = HashMap::new();
    for path in extra {
        // The utterance before is the row before of the same conversation, where a row does not say.
        let mut before: Option<(String, String)> = None;
        each_row(path, &mut |line, row| {
            let Some(id) = row.id.as_str() else {
                return Err(TrainError::line(path, line, "`id` must be a string"));
            };
            let prev = match &before {
                Some((same, text)) if row.prev.is_empty() && same == conversation(id) => {
                    text.clone()
                }
                _ => row.prev.clone(),
            };
            before = Some((conversation(id).to_owned(), row.text.clone()));
            said.insert(id.to_owned(), Spoken { role: row.role, prev, text: row.text });
            Ok(())
        })?;
    }
    Ok(said)
}

/// The text between two scalar offsets, where there are so many.
fn scalars(text: &str, start: usize, end: usize) -> Option<&str> {
    let byte =
        |scalar: usize| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(scalar);
    text.get(byte(start)?..byte(end)?)
}

fn jsonl_files(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let fail = |error: std::io::Error| TrainError::File(folder.to_owned(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let error = std::io::Error::other("there is no .jsonl file in it");
        return Err(TrainError::File(folder.to_owned(), error));
    }
    Ok(files)
}

fn each_line(
    path: &Path,
    then: &mut dyn FnMut(u64, &str) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let fail = |error| TrainError::File(path.to_owned(), error);
    let mut lines = Lines::new(File::open(path).map_err(fail)?);
    loop {
        let batch = lines.next_batch().map_err(fail)?;
        if batch.is_empty() {
            return Ok(());
        }
        for line in batch {
            let text =
                line.content.map_err(|reason| TrainError::line(path, line.number, reason))?;
            then(line.number, &text)?;
        }
    }
}

fn each_row(
    path: &Path,
    then: &mut dyn FnMut(u64, Row) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    each_line(path, &mut |line, text| {
        let Parsed { row, .. } =
            Row::parse(text).map_err(|reason| TrainError::line(path, line, reason))?;
        then(line, row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(role: Role, labels: &[&str]) -> Example {
        Example {
            role,
            prev: String::new(),
            text: String::new(),
            labels: labels.iter().filter_map(|id| Behaviour::from_id(id)).collect(),
            doubtful: vec![],
            axes: axes_of(role),
            split: Split::Train,
            real: false,
            trap: false,
            taught: None,
        }
    }

    #[test]
    fn a_withheld_role_leaves_the_other_axis_open() {
        let seller = example(Role::Seller, &["pressure"]);
        let [pressure, funnel] =
            ["pressure", "funnel"].map(|id| Behaviour::from_id(id).unwrap().index());
        let known = seller.target(Role::Seller);
        assert_eq!((known.wanted[pressure], known.weight[pressure]), (1.0, 1.0));
        assert_eq!((known.wanted[funnel], known.weight[funnel]), (0.0, 1.0));
        let withheld = seller.target(Role::Unknown);
        assert_eq!((withheld.wanted[pressure], withheld.weight[pressure]), (1.0, 1.0));
        assert_eq!(withheld.weight[funnel], 0.0);
    }

    #[test]
    fn teachers_temper_labels_and_speak_where_nobody_judged() {
        let at = |id| Behaviour::from_id(id).unwrap().index();
        let mut taught = [0.1; Behaviour::COUNT];
        taught[at("pressure")] = 0.6;
        let seller = Example { taught: Some(taught), ..example(Role::Seller, &["pressure"]) };
        let target = seller.target(Role::Seller);
        assert!((target.wanted[at("pressure")] - 0.8).abs() < 1e-6);
        assert!((target.wanted[at("imposing")] - 0.05).abs() < 1e-6);
        assert_eq!(target.wanted[at("funnel")], 0.0, "a seller is not judged on it");
        assert_eq!(seller.target(Role::Unknown).wanted[at("pressure")], 1.0);
        let unjudged = Example { axes: &[], role: Role::Unknown, ..seller };
        let target = unjudged.target(Role::Unknown);
        assert_eq!((target.wanted[at("funnel")], target.weight[at("funnel")]), (0.1, 1.0));
    }

    #[test]
    fn a_buyers_words_are_wanted_as_nothing() {
        let buyer = example(Role::Buyer, &[]).target(Role::Buyer);
        assert!(buyer.wanted.iter().all(|wanted| *wanted == 0.0));
        assert!(buyer.weight.iter().all(|weight| *weight == 1.0));
    }

    #[test]
    fn labels_of_real_talk_find_their_words() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let extra = put(
            "talk.txt",
            "{\"id\":\"s:a:0\",\"role\":\"unknown\",\"text\":\"Grüß dich. Why so?\"}\n\
             {\"id\":\"s:a:1\",\"role\":\"unknown\",\"text\":\"No idea.\"}\n\
             {\"id\":\"s:b:0\",\"role\":\"unknown\",\"text\":\"Hi.\"}\n",
        );
        put(
            "labels.jsonl",
            "{\"id\":\"s:a:0\",\"span\":[11,18],\"labels\":[\"growing-people\"],\"split\":\"train\",\"round\":\"1\"}\n\
             {\"id\":\"s:a:1\",\"labels\":[],\"doubtful\":[\"realness\"],\"split\":\"dev\",\"round\":\"1\"}\n\
             {\"id\":\"s:b:0\",\"labels\":[],\"split\":\"test\",\"round\":\"1\"}\n\
             {\"id\":\"s:c:0\",\"labels\":[],\"split\":\"test\",\"round\":\"1\"}\n",
        );
        let (examples, missing) = real_talk(folder.path(), &[extra]).unwrap();
        let seen: Vec<_> =
            examples.iter().map(|e| (e.prev.as_str(), e.text.as_str(), e.split)).collect();
        assert_eq!(
            seen,
            [
                ("Grüß dich.", "Why so?", Split::Train),
                ("Grüß dich. Why so?", "No idea.", Split::Dev),
                ("", "Hi.", Split::Test)
            ]
        );
        assert_eq!(missing, 1);
        let realness = Behaviour::from_id("realness").unwrap().index();
        assert_eq!(examples[1].target(Role::Unknown).wanted[realness], DOUBTFUL);
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, "{\"text\":\"a\",\"labels\":[],\"split\":\"later\"}\n").unwrap();
        let error = corpus(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("a.jsonl:1: `split` must be train, dev or test"), "{error}");
        std::fs::remove_file(path).unwrap();
        assert!(corpus(folder.path()).unwrap_err().to_string().contains("no .jsonl file"));
    }
}
