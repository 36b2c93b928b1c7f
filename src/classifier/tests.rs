//! The forward pass against other implementations, and what a folder must hold.

use std::path::Path;

use candle_core::{Device, Tensor};

use super::bert::{Bert, Packed};
use super::folder::Files;
use super::input::{Encoded, Encoder, Limits};
use super::network::{padded, stock};
use super::ops::Dropout;
use super::*;

/// A text of the golden file: its ids, where its second segment starts, and the hidden states that
/// another implementation computed. `tests/golden/reference.py` tells how.
#[derive(serde::Deserialize)]
struct Golden {
    ids: Vec<u32>,
    second: usize,
    hidden: Vec<Vec<f32>>,
    /// The same where only the first layer works on the first segment.
    hidden_after_one: Vec<Vec<f32>>,
}

fn golden() -> (Files<'static>, Vec<Golden>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let files = Files {
        path: "tiny-bert".into(),
        config: read("tiny-bert/config.json").into(),
        tokenizer: Vec::new().into(),
        weights: read("tiny-bert/model.safetensors").into(),
        heads: None,
        neutral: None,
    };
    (files, serde_json::from_slice(&read("tiny-bert.json")).unwrap())
}

fn own(files: &Files, prev_layers: Option<usize>) -> Bert {
    let (config, _) = files.config().unwrap();
    let config = bert::Config { prev_layers, ..config };
    let tensors = files.tensors(&Device::Cpu).unwrap();
    Bert::new(&config, &mut |name, shape| {
        assert_eq!(tensors[name].dims(), shape, "{name}");
        Ok(tensors[name].clone())
    })
    .unwrap()
}

/// The largest difference between two lists of rows.
fn apart(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn hidden_states_are_those_of_another_implementation() {
    let (files, golden) = golden();
    let texts = golden.iter().map(|text| (text.ids.as_slice(), text.second));
    let batch = Packed::new(texts, &Device::Cpu).unwrap();
    let states = |prev_layers| -> Vec<Vec<f32>> {
        let bert = own(&files, prev_layers);
        bert.forward(&batch, Dropout::NONE).unwrap().to_vec2().unwrap()
    };
    let (all, one) = golden.into_iter().map(|text| (text.hidden, text.hidden_after_one)).unzip();
    let [all, one]: [Vec<Vec<Vec<f32>>>; 2] = [all, one];
    let apart = [apart(&states(None), &all.concat()), apart(&states(Some(1)), &one.concat())];
    assert!(apart.iter().all(|apart| *apart < 1e-4), "{apart:?}");
}

#[test]
fn hidden_states_are_those_of_candle_transformers() {
    let (tiny, golden) = golden();
    let tiny_texts: Vec<_> =
        golden.into_iter().map(|text| Encoded { ids: text.ids, second: text.second }).collect();
    let shipped = folder::builtin().unwrap();
    let encoder = Encoder::from_bytes(&shipped.tokenizer, Limits::DEFAULT).unwrap();
    let shipped_texts: Vec<_> = [
        ("Could you do it by Friday?", "There's no rush on my side; take the week."),
        ("", "Thanks."),
        (
            "We have never tried that.",
            "i mean uh we we could try it with one branch first and stop",
        ),
    ]
    .map(|(prev, text)| encoder.encode(Said { role: Role::Seller, prev, text }).unwrap())
    .into();
    for (files, texts) in [(tiny, tiny_texts), (shipped, shipped_texts)] {
        // Theirs work on both segments in all layers.
        let bert = own(&files, None);
        let parts = texts.iter().map(|text| (text.ids.as_slice(), text.second));
        let packed = Packed::new(parts, &Device::Cpu).unwrap();
        let ours: Vec<Vec<f32>> = bert.forward(&packed, Dropout::NONE).unwrap().to_vec2().unwrap();
        let tensors = files.tensors(&Device::Cpu).unwrap();
        let theirs = stock(&files, tensors, &Device::Cpu).unwrap();
        let (ids, segments, mask) =
            padded(&texts.iter().collect::<Vec<_>>(), &Device::Cpu).unwrap();
        let hidden: Vec<Vec<Vec<f32>>> =
            theirs.forward(&ids, &segments, Some(&mask)).unwrap().to_vec3().unwrap();
        let theirs: Vec<_> = hidden
            .into_iter()
            .zip(&texts)
            .flat_map(|(rows, text)| rows.into_iter().take(text.ids.len()))
            .collect();
        let apart = apart(&ours, &theirs);
        assert!(apart < 1e-4, "{}: {apart}", files.path);
    }
}

/// Rows of a dev author, every so many.
fn dev(author: &str, step: usize) -> Vec<crate::labels::Row> {
    let path = format!("models/corpus/{author}.jsonl");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().step_by(step).map(|line| crate::labels::Row::parse(line).unwrap().row).collect()
}

#[test]
fn eight_bits_hear_what_32_hear() {
    let files = folder::builtin().unwrap();
    let fast = Classifier::from_files(&files).unwrap();
    let reference = Classifier::reference(&files).unwrap();
    let rows: Vec<_> = ["s4", "l4", "c1", "c3"].iter().flat_map(|author| dev(author, 8)).collect();
    let said: Vec<_> = rows.iter().map(|row| row.said()).collect();
    let (ours, theirs) = (fast.logits(&said), reference.logits(&said));
    let pairs = || ours.iter().flatten().zip(theirs.iter().flatten()).map(|(a, b)| a - b);
    let squares: f32 = pairs().map(|apart| apart * apart).sum();
    let off = (squares / pairs().count() as f32).sqrt();
    let most = pairs().map(f32::abs).fold(0.0, f32::max);
    assert!(off < 0.05 && most < 0.5, "{off} {most}");
    let labels = fast.label(&said).into_iter().zip(reference.label(&said));
    let same = labels.filter(|(ours, theirs)| ours.labels == theirs.labels).count();
    assert!(same * 1000 >= said.len() * 995, "{same} of {}", said.len());
}

#[test]
fn what_is_settled_without_the_network_is_neutral_to_it() {
    let fast = Classifier::builtin().unwrap();
    let whole = Classifier::builtin().unwrap().whole();
    let rows: Vec<_> = ["s4", "l4", "c1", "c3"].iter().flat_map(|author| dev(author, 4)).collect();
    let said: Vec<_> = rows.iter().map(|row| row.said()).collect();
    let settled = fast.answers(&said, |_| false).into_iter().map(|answer| answer.is_none());
    let (mut count, mut found, mut lost) = (0, 0, 0);
    for (settled, labelling) in settled.zip(whole.label(&said)) {
        found += labelling.labels.len();
        if settled {
            count += 1;
            lost += labelling.labels.len();
        }
    }
    assert!(found > 100 && lost * 100 <= found, "{lost} of {found}");
    assert!(count * 10 > said.len(), "{count} of {}", said.len());
    // What is wanted all the same is heard.
    assert!(fast.answers(&said, |_| true).iter().all(Option::is_some));
}

#[test]
fn all_processors_hear_the_same() {
    let files = folder::builtin().unwrap();
    let (config, _) = files.config().unwrap();
    let encoder = Encoder::from_bytes(&files.tokenizer, Limits::DEFAULT).unwrap();
    let texts: Vec<_> = ["Thanks.", "There's no rush on my side; take the week, and the next."]
        .map(|text| encoder.encode(Said { role: Role::Seller, prev: "Well?", text }).unwrap())
        .into();
    let texts: Vec<_> = texts.iter().collect();
    let heard = kernels::Path::available().into_iter().map(|path| {
        let mut network = int8::Int8::new(&config, &mut files.stored().unwrap()).unwrap();
        network.settle(path, &texts).unwrap();
        network.logits(path, &texts).unwrap()
    });
    let heard: Vec<_> = heard.collect();
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "{heard:?}");
}

#[test]
fn what_was_said_twice_is_heard_twice() {
    let classifier = Classifier::builtin().unwrap();
    let said = |text| Said { role: Role::Seller, prev: "So?", text };
    let texts = ["Sign today.", "Take your time.", "Sign today."].map(said);
    let heard = classifier.logits(&texts);
    assert_eq!(heard[0], heard[2]);
    assert_ne!(heard[0], heard[1]);
    assert_eq!(classifier.logits(&texts[1..2])[0], heard[1]);
}

#[test]
fn dropout_changes_what_is_heard_and_repeats_itself() {
    let (files, golden) = golden();
    let bert = own(&files, Some(1));
    let texts = golden.iter().map(|text| (text.ids.as_slice(), text.second));
    let batch = Packed::new(texts, &Device::Cpu).unwrap();
    let run = |p, seed| -> Vec<Vec<f32>> {
        bert.forward(&batch, Dropout { p, seed }).unwrap().to_vec2().unwrap()
    };
    assert_eq!(run(0.2, 1), run(0.2, 1));
    assert!(apart(&run(0.2, 1), &run(0.2, 2)) > 0.1);
    assert!(apart(&run(0.2, 1), &run(0.0, 1)) > 0.1);
}

#[test]
fn what_is_heard_does_not_hang_on_the_company() {
    let classifier = Classifier::builtin().unwrap();
    let said = |text| Said { role: Role::Leader, prev: "", text };
    let texts = ["What would you do?", "We start at ten.", "Let's not relitigate this.", "Mm."];
    let together = classifier.logits(&texts.map(said));
    for (text, together) in texts.iter().zip(together) {
        let alone = classifier.logits(&[said(text)])[0];
        let apart = alone.iter().zip(together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-4, "{text}: {apart}");
    }
}

#[test]
fn a_long_text_has_what_the_strongest_of_its_windows_has() {
    let classifier = Classifier::builtin().unwrap();
    let filler =
        "The second truck goes round by the old bridge because of the works there. ".repeat(5);
    let act = "If you don't sign by Friday the offer is gone for good.";
    let pressure = Behaviour::from_id("pressure").unwrap().index();
    let long = format!("{filler}{act} {filler}");
    let said = [&*long, &*filler].map(|text| Said { role: Role::Seller, prev: "", text });
    let heard = classifier.log_odds(&said);
    assert!(
        heard[0][pressure] > heard[1][pressure] + 1.0,
        "{} {}",
        heard[0][pressure],
        heard[1][pressure]
    );
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    let shipped = folder::builtin().unwrap();
    let error = |change: &dyn Fn(&mut Files<'static>)| {
        let mut files = shipped.clone();
        change(&mut files);
        match Classifier::from_files(&files) {
            Ok(_) => panic!("it loads"),
            Err(error) => error.to_string(),
        }
    };
    let replaced = |bytes: &[u8], from: &str, to: &str| -> Vec<u8> {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into()
    };
    let broken = error(&|files| files.weights = vec![1, 2, 3].into());
    assert!(broken.contains("model.safetensors"), "{broken}");
    let gelu = error(&|files| {
        files.config = replaced(&files.config, "\"gelu\"", "\"relu\"").into();
    });
    assert!(gelu.contains("only \"gelu\" is read"), "{gelu}");
    let shape = error(&|files| {
        files.config = replaced(&files.config, "1536", "1535").into();
    });
    assert!(shape.contains("as config.json has it"), "{shape}");
    let order = error(&|files| {
        let heads = files.heads.as_deref().unwrap();
        files.heads = Some(replaced(heads, "\"pressure\"", "\"funnel\"").into());
    });
    assert!(order.contains("all 33"), "{order}");
    let other = error(&|files| {
        let neutral = files.neutral.as_deref().unwrap();
        let fitted_to = "\"fitted_to\": \"";
        files.neutral = Some(replaced(neutral, fitted_to, &format!("{fitted_to}0")).into());
    });
    assert!(other.contains("neutral.json") && other.contains("another network"), "{other}");
    let none = error(&|files| files.heads = None);
    assert!(none.contains("`unsell train --base`"), "{none}");
    let tokenizer = error(&|files| files.tokenizer = b"{}".as_slice().into());
    assert!(tokenizer.contains("tokenizer.json"), "{tokenizer}");
    let missing = Classifier::load(Path::new("no/such/folder")).err().unwrap().to_string();
    assert!(missing.contains("a model folder holds"), "{missing}");
}

#[test]
fn any_bert_for_sequence_classification_is_a_classifier() {
    // The shipped encoder under other outputs, as another project might have written it.
    let shipped = folder::builtin().unwrap();
    let tensors = shipped.tensors(&Device::Cpu).unwrap();
    let mut renamed: std::collections::HashMap<_, _> = tensors
        .into_iter()
        .filter(|(name, _)| !name.starts_with("classifier"))
        .map(|(name, tensor)| (format!("bert.{name}"), tensor))
        .collect();
    let width = 384;
    let weight = Tensor::randn(0.0_f32, 0.5, (2, width), &Device::Cpu).unwrap();
    let bias = Tensor::new(&[0.5_f32, -0.5], &Device::Cpu).unwrap();
    renamed.insert("classifier.weight".into(), weight);
    renamed.insert("classifier.bias".into(), bias);
    let mut config: serde_json::Value = serde_json::from_slice(&shipped.config).unwrap();
    config["id2label"] = serde_json::json!({"0": "Price_Push", "1": "something else"});
    let prev_layers = config.as_object_mut().unwrap().remove("prev_layers");
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("config.json", config.to_string().as_bytes());
    put("tokenizer.json", &shipped.tokenizer);
    put("model.safetensors", &folder::serialize(&renamed, false).unwrap());
    let classifier = Classifier::load(folder.path()).unwrap();
    let said = [Said { role: Role::Seller, prev: "", text: "What about ten percent off?" }];
    let logits = classifier.logits(&said)[0];
    let finite: Vec<_> = Behaviour::all().filter(|b| logits[b.index()].is_finite()).collect();
    assert_eq!(finite, [Behaviour::from_id("price-push").unwrap()]);
    assert!(classifier.label(&said)[0].scores.iter().all(|score| (0.0..=1.0).contains(score)));
    // What only our own forward pass does is not left out in silence.
    config["prev_layers"] = prev_layers.unwrap();
    put("config.json", config.to_string().as_bytes());
    let error = Classifier::load(folder.path()).err().unwrap().to_string();
    assert!(error.contains("config.json") && error.contains("`prev_layers`"), "{error}");
}

#[test]
fn limits_fit_any_model() {
    assert_eq!(Limits::within(512), Limits::DEFAULT);
    for positions in 0..200 {
        let limits = Limits::within(positions);
        assert!(limits.prev + limits.text + input::FRAME <= positions.max(input::FRAME));
    }
}
