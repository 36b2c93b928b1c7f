//! Whole runs over a toy: a tiny encoder and utterances that are told apart by one word.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::*;
use crate::classifier::Classifier;
use crate::labels::{Labeller, Said};
use crate::lexicon::Lexicon;
use crate::taxonomy::{Behaviour, Role};

/// Folders of a toy run.
struct Toy {
    folder: tempfile::TempDir,
}

impl Toy {
    fn new() -> Toy {
        let folder = tempfile::tempdir().unwrap();
        let corpus = folder.path().join("corpus");
        let labels = folder.path().join("labels");
        fs::create_dir_all(&corpus).unwrap();
        fs::create_dir_all(&labels).unwrap();
        let mut rows = String::new();
        let mut rng = fastrand::Rng::with_seed(1);
        let mut word = || -> String { (0..rng.usize(2..5)).map(|_| rng.char('a'..='z')).collect() };
        for at in 0..240 {
            let (split, there) = (if at % 4 == 0 { "dev" } else { "train" }, at % 3 == 0);
            let key = if there { "sign today" } else { "" };
            let text = format!("{} {key} {}", word(), word());
            let labels = if there { "[\"pressure\"]" } else { "[]" };
            rows += &format!(
                "{{\"id\":\"a{at}\",\"role\":\"seller\",\"text\":\"{text}\",\"labels\":{labels},\
                 \"split\":\"{split}\",\"kind\":\"direct\"}}\n"
            );
        }
        fs::write(corpus.join("a.jsonl"), rows).unwrap();
        let (mut talk, mut judged) = (String::new(), String::new());
        for at in 0..40 {
            talk += &format!("{{\"id\":\"t:b:{at}\",\"text\":\"{} {}\"}}\n", word(), word());
            let split = if at % 2 == 0 { "dev" } else { "train" };
            judged += &format!(
                "{{\"id\":\"t:b:{at}\",\"labels\":[],\"split\":\"{split}\",\"round\":\"1\"}}\n"
            );
        }
        fs::write(folder.path().join("talk.jsonl"), talk).unwrap();
        fs::write(labels.join("t.jsonl"), judged).unwrap();
        Toy { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn plan(&self, out: &str, recipe: Recipe) -> Plan {
        Plan {
            corpus: self.path("corpus"),
            labels: Some(self.path("labels")),
            extra: vec![self.path("talk.jsonl")],
            base: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny-bert"),
            out: self.path(out),
            checkpoints: self.path(&format!("{out}.checkpoint")),
            recipe,
            teachers: vec![],
            unjudged: 0,
            most: [None, None],
        }
    }

    fn train(
        &self,
        plan: &Plan,
        told: &mut dyn FnMut(Progress),
    ) -> Result<TrainReport, TrainError> {
        let lexicon = Lexicon::builtin().unwrap();
        run(plan, &lexicon, told)
    }
}

fn quick() -> Recipe {
    Recipe {
        epochs: 25.0,
        batch: 16,
        rate: 5e-3,
        head_rate: 3e-2,
        average: 0.8,
        looks: 4,
        patience: 4,
        ..Recipe::default()
    }
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    ["model.safetensors", "heads.json", "training.json"]
        .map(|name| fs::read(folder.join(name)).unwrap())
        .into()
}

#[test]
fn a_run_learns_and_its_folder_loads() {
    let toy = Toy::new();
    let plan = toy.plan("learnt", quick());
    let report = toy.train(&plan, &mut |_| ()).unwrap();
    assert_eq!(report.examples["written train"], 180);
    assert_eq!(report.examples["real dev"], 20);
    assert_eq!(report.labels_without_words, 0);
    assert!(!plan.checkpoints.exists(), "a run that is done leaves no checkpoint");
    let classifier = Classifier::load(&plan.out).unwrap();
    let pressure = Behaviour::from_id("pressure").unwrap().index();
    // Words that it has never seen, with and without the one that tells.
    let mut rng = fastrand::Rng::with_seed(77);
    let mut word = || -> String { (0..4).map(|_| rng.char('a'..='z')).collect() };
    let mut scores = |key: &str| -> Vec<f32> {
        let texts: Vec<_> = (0..40).map(|_| format!("{} {key} {}", word(), word())).collect();
        let said = texts.iter().map(|text| Said { role: Role::Seller, prev: "", text });
        let said: Vec<_> = said.collect();
        classifier.label(&said).iter().map(|labelling| labelling.scores[pressure]).collect()
    };
    let (with, without) = (scores("sign today"), scores(""));
    let above = |score: &&f32| without.iter().filter(|other| other < score).count() >= 36;
    let told = with.iter().filter(above).count();
    assert!(told >= 32, "{told} of 40 stand above nine in ten of the others");
}

#[test]
fn a_run_that_was_stopped_ends_as_one_that_was_not() {
    let toy = Toy::new();
    let whole = toy.plan("whole", quick());
    toy.train(&whole, &mut |_| ()).unwrap();
    let stopped = toy.plan("stopped", quick());
    let steps = Cell::new(0);
    let stop = catch_unwind(AssertUnwindSafe(|| {
        toy.train(&stopped, &mut |progress| {
            steps.set(steps.get() + usize::from(matches!(progress, Progress::Step { .. })));
            assert!(steps.get() < 180, "stopped here");
        })
    }));
    assert!(stop.is_err() && stopped.checkpoints.exists() && !stopped.out.exists());
    let mut began = 0;
    let mut told = |progress| {
        if let Progress::Start { step, .. } = progress {
            began = step;
        }
    };
    toy.train(&stopped, &mut told).unwrap();
    assert!(began > 0 && began < 180, "it goes on at a checkpoint, not at {began}");
    let (mut a, mut b) = (bytes(&whole.out), bytes(&stopped.out));
    // The two differ in their name alone.
    for (files, name) in [(&mut a, "whole"), (&mut b, "stopped")] {
        for file in &mut files[1..] {
            *file = String::from_utf8(file.clone()).unwrap().replace(name, "model").into();
        }
    }
    assert!(a == b, "the same weights, decisions and report come out");
}

#[test]
fn no_epochs_keep_the_weights_and_decide_anew() {
    let toy = Toy::new();
    let first = toy.plan("first", Recipe { epochs: 2.0, ..quick() });
    toy.train(&first, &mut |_| ()).unwrap();
    let anew =
        Plan { base: first.out.clone(), ..toy.plan("anew", Recipe { epochs: 0.0, ..quick() }) };
    let report = toy.train(&anew, &mut |_| ()).unwrap();
    assert!(report.looks.is_empty());
    assert_eq!(bytes(&first.out)[0], bytes(&anew.out)[0]);
    Classifier::load(&anew.out).unwrap();
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let toy = Toy::new();
    let plan = toy.plan("model", quick());
    let looked = Cell::new(false);
    let stop = catch_unwind(AssertUnwindSafe(|| {
        toy.train(&plan, &mut |progress| {
            assert!(!looked.get(), "stopped here");
            looked.set(matches!(progress, Progress::Look(_)));
        })
    }));
    assert!(stop.is_err());
    let other = Plan { recipe: Recipe { seed: 2, ..quick() }, ..plan };
    let error = toy.train(&other, &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("remove the folder to begin anew"), "{error}");
}

#[test]
fn what_is_missing_is_said() {
    let toy = Toy::new();
    let mut plan = toy.plan("model", quick());
    plan.base = toy.path("no-base");
    let error = toy.train(&plan, &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("no-base") && error.contains("a model folder holds"), "{error}");
    let plan = Plan { corpus: toy.path("labels"), ..toy.plan("model", quick()) };
    let error = toy.train(&plan, &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("t.jsonl:1"), "{error}");
}

#[test]
fn a_learning_curve_leaves_examples_out_evenly() {
    let toy = Toy::new();
    let plan = Plan { most: [Some(60), Some(5)], ..toy.plan("model", quick()) };
    let report =
        toy.train(&Plan { recipe: Recipe { epochs: 1.0, ..quick() }, ..plan }, &mut |_| ());
    let examples = report.unwrap().examples;
    assert_eq!((examples["written train"], examples["real train"]), (60, 5));
    assert_eq!((examples["written dev"], examples["real dev"]), (60, 20));
    assert!((15..=25).contains(&examples["written train labelled"]));
}

#[test]
fn a_student_learns_what_its_teacher_hears() {
    let toy = Toy::new();
    let teacher = toy.plan("teacher", quick());
    toy.train(&teacher, &mut |_| ()).unwrap();
    // Without a single label of the behaviour the student can have it from the teacher alone.
    let path = toy.path("corpus").join("a.jsonl");
    let rows = fs::read_to_string(&path).unwrap();
    let bare: String = rows
        .lines()
        .map(|row| match row.contains("train") {
            true => row.replace("[\"pressure\"]", "[]") + "\n",
            false => row.to_owned() + "\n",
        })
        .collect();
    fs::write(&path, bare).unwrap();
    let said = [Said { role: Role::Seller, prev: "", text: "abc sign today xy" }];
    let pressure = Behaviour::from_id("pressure").unwrap().index();
    let heard = |plan: &Plan| {
        toy.train(plan, &mut |_| ()).unwrap();
        Classifier::load(&plan.out).unwrap().logits(&said)[0][pressure]
    };
    let alone = heard(&toy.plan("alone", quick()));
    let taught = heard(&Plan { teachers: vec![teacher.out], ..toy.plan("taught", quick()) });
    assert!(taught > alone + 1.0, "{taught} {alone}");
}
