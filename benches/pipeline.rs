//! The classifier beside peers in the same run. The other stages are measured in `stages.rs`.
//!
//! `cargo bench` prints the table; `benches/README.md` keeps what was seen, with machine and date.

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use unsell::format;
use unsell::taxonomy::Role;
use unsell::transcript::{Source, Transcript};

fn main() {
    divan::main();
}

/// The examples, each read with its format.
static EXAMPLES: [(&str, &[u8]); 9] = [
    ("webvtt-zoom", include_bytes!("../examples/assembly-line-retrofit.vtt")),
    ("webvtt-teams", include_bytes!("../examples/clinic-scheduling.vtt")),
    ("srt", include_bytes!("../examples/fleet-renewal.srt")),
    ("header-time", include_bytes!("../examples/school-lunch.txt")),
    ("gong-json", include_bytes!("../examples/payroll-switch.json")),
    ("csv", include_bytes!("../examples/warehouse-standup.csv")),
    ("name-text", include_bytes!("../examples/retail-ops-review.txt")),
    ("markdown-notes", include_bytes!("../examples/product-offsite.md")),
    ("prose", include_bytes!("../examples/reorg-memo.txt")),
];

fn source(bytes: &[u8]) -> Source {
    Source::from_bytes("example", bytes).expect("an example is text")
}

/// All examples' turns, many times over: about 2 MB of talk.
static TALK: LazyLock<Transcript> = LazyLock::new(|| {
    let mut all: Vec<Transcript> = EXAMPLES
        .iter()
        .map(|(id, bytes)| {
            format::read(&source(bytes), format::by_id(id)).expect("an example is readable")
        })
        .collect();
    let mut talk = all.remove(0);
    for other in all {
        talk.turns.extend(other.turns.into_iter().map(|mut turn| {
            turn.speaker = None;
            turn
        }));
    }
    let once = talk.turns.clone();
    for _ in 1..40 {
        talk.turns.extend(once.iter().cloned());
    }
    talk
});

/// The classifier and its peer over the same utterances, on one thread.
#[cfg(feature = "classifier")]
mod classifier {
    use super::*;
    use candle_core::{DType, Device, Tensor};
    use candle_nn::VarBuilder;
    use candle_transformers::models::bert::{BertModel, Config};
    use divan::counter::ItemsCount;
    use std::path::Path;
    use unsell::classifier::Classifier;
    use unsell::classifier::folder::Files;
    use unsell::classifier::input::{Encoder, Limits};
    use unsell::labels::Said;

    /// A call's worth of short and long utterances.
    fn said() -> Vec<Said<'static>> {
        let turns = TALK.turns.iter().take(96);
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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/unsell-minilm");
        Files::read(&folder).expect("the built-in model")
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
}
