//! The classifier's stages on one thread, beside candle-transformers over the same texts; and whole transcripts with
//! both detectors, on one thread and on all.

mod common;

use std::sync::LazyLock;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use common::{analyze, project, talk};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use unsell::classifier::Classifier;
use unsell::classifier::folder::Files;
use unsell::classifier::input::{Encoder, Limits};
use unsell::engine::Engine;
use unsell::format;
use unsell::labels::Said;
use unsell::lexicon::Lexicon;
use unsell::taxonomy::Role;
use unsell::transcript::{Source, Transcript};

fn main() {
    divan::main();
}

/// The turns of a stretch of talk, short and long.
static TALK: LazyLock<Transcript> = LazyLock::new(|| {
    let text = talk::transcript(0, 12_000);
    let source = Source::from_bytes("talk.txt", text.as_bytes()).expect("is text");
    format::read(&source, None).expect("is readable")
});

fn said() -> Vec<Said<'static>> {
    let turns = TALK.turns.iter();
    turns.map(|turn| Said { role: Role::Unknown, prev: "", text: &turn.text }).collect()
}

fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(work)
}

fn texts() -> ItemsCount {
    ItemsCount::new(said().len())
}

fn files() -> Files<'static> {
    Files::read(&project("models/unsell-minilm")).expect("the built-in model")
}

#[divan::bench(sample_count = 10)]
fn load(bencher: Bencher) {
    bencher.bench(|| Classifier::builtin().expect("the built-in model loads"));
}

#[divan::bench(sample_count = 10)]
fn tokenize(bencher: Bencher) {
    let encoder = Encoder::from_bytes(&files().tokenizer, Limits::DEFAULT);
    let (encoder, said) = (encoder.expect("a tokenizer"), said());
    let run = || said.iter().filter_map(|said| encoder.encode(*said).ok()).count();
    bencher.counter(texts()).bench(|| alone(run));
}

/// From text to outputs, in eight bits where the processor has an instruction for it.
#[divan::bench(sample_count = 10)]
fn classify(bencher: Bencher) {
    let classifier = Classifier::builtin().expect("the built-in model loads");
    let said = said();
    bencher.counter(texts()).bench(|| alone(|| classifier.logits(black_box(&said))));
}

/// From bytes to JSON with lexicon and classifier, as `whole.rs` has it with the lexicon alone.
#[divan::bench(sample_count = 3, args = [(10_000, 1), (60_000, 1), (60_000, 2), (2_000_000, 2)])]
fn whole_with_both(bencher: Bencher, (bytes, threads): (usize, usize)) {
    let lexicon = Lexicon::builtin().expect("the built-in rules");
    let classifier = Classifier::builtin().expect("the built-in model loads");
    let engine = Engine::builder().both(lexicon, classifier).build().expect("an engine");
    let text = talk::transcript(0, bytes);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| pool.install(|| analyze(&engine, text.as_bytes())));
}

/// The same network in 32 bits, which `unsell train` runs.
#[divan::bench(sample_count = 5)]
fn classify_in_32_bits(bencher: Bencher) {
    let classifier = Classifier::reference(&files()).expect("the built-in model loads");
    let said = said();
    bencher.counter(texts()).bench(|| alone(|| classifier.logits(black_box(&said))));
}

/// candle-transformers' BERT over the same texts, padded in batches of the same size.
#[divan::bench(sample_count = 5)]
fn peer_candle_transformers(bencher: Bencher) {
    let files = files();
    let config: Config = serde_json::from_slice(&files.config).expect("a configuration");
    let tensors = files.tensors(&Device::Cpu).expect("the weights");
    let vars = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let bert = BertModel::load(vars, &config).expect("a BERT");
    let encoder = Encoder::from_bytes(&files.tokenizer, Limits::DEFAULT).expect("a tokenizer");
    let said = said();
    let run = || -> candle_core::Result<usize> {
        let mut done = 0;
        for batch in said.chunks(24) {
            let texts: Vec<_> =
                batch.iter().map(|said| encoder.encode(*said).expect("tokens")).collect();
            let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
            let padded = |value: &dyn Fn(usize, usize) -> u32| {
                let values: Vec<u32> = (0..texts.len() * longest)
                    .map(|at| value(at / longest, at % longest))
                    .collect();
                Tensor::from_vec(values, (texts.len(), longest), &Device::Cpu)
            };
            let ids = padded(&|text, at| texts[text].ids.get(at).copied().unwrap_or(0))?;
            let segments = padded(&|text, at| u32::from(at >= texts[text].second))?;
            let mask = padded(&|text, at| u32::from(at < texts[text].ids.len()))?;
            done += bert.forward(&ids, &segments, Some(&mask))?.elem_count();
        }
        Ok(done)
    };
    bencher.counter(texts()).bench(|| alone(|| run().expect("a forward pass")));
}
