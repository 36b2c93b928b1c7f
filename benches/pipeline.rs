//! The stages of the pipeline over real-looking text, each in bytes per second, beside peers in the
//! same run: a bare multi-pattern search for the rules' words, and the tokenizers crate's own splitter.
//!
//! `cargo bench` prints the table; `benches/README.md` keeps what was seen, with machine and date.

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use unsell::format;
use unsell::lexicon::Lexicon;

use unsell::taxonomy::Role;
use unsell::text::Document;
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

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::new(&TALK));
static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::builtin().expect("the built-in lexicon compiles"));

fn talk_bytes() -> BytesCount {
    BytesCount::new(TALK.turns.iter().map(|turn| turn.text.len()).sum::<usize>())
}

#[divan::bench(args = EXAMPLES.map(|(id, _)| id))]
fn parse(bencher: Bencher, id: &str) {
    let (_, bytes) = EXAMPLES.iter().find(|(other, _)| *other == id).expect("a known format");
    let source = source(bytes);
    let format = format::by_id(id);
    bencher
        .counter(BytesCount::of_slice(*bytes))
        .bench(|| format::read(black_box(&source), format));
}

#[divan::bench]
fn cut_into_utterances(bencher: Bencher) {
    bencher.counter(talk_bytes()).bench(|| Document::new(black_box(&TALK)));
}

#[divan::bench]
fn match_lexicon(bencher: Bencher) {
    let roles = vec![Role::Unknown; TALK.speakers.len()];
    bencher
        .counter(talk_bytes())
        .bench(|| LEXICON.find(&TALK, &DOCUMENT, black_box(&roles), Role::Unknown));
}

#[divan::bench]
fn compile_lexicon(bencher: Bencher) {
    bencher.bench(Lexicon::builtin);
}

/// What one pass for the rules' literals alone costs: no inflection, gaps, context or spans.
#[divan::bench]
fn peer_aho_corasick(bencher: Bencher) {
    let words: Vec<String> = LEXICON
        .rules()
        .iter()
        .flat_map(|rule| &rule.patterns)
        .map(|pattern| {
            pattern.split(['(', ')', '|', '?', '{', '}', '^', '$', '~']).max_by_key(|s| s.len())
        })
        .filter_map(|literal| literal.map(|literal| literal.trim().to_lowercase()))
        .filter(|literal| literal.len() > 3)
        .collect();
    let search = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(&words)
        .expect("the words fit");
    bencher.counter(talk_bytes()).bench(|| {
        TALK.turns
            .iter()
            .map(|turn| search.find_overlapping_iter(black_box(&turn.text)).count())
            .sum::<usize>()
    });
}

/// Splitting alone, by the tokenizers crate: words and marks with offsets, no contractions or noise.
#[divan::bench]
fn peer_tokenizers_split(bencher: Bencher) {
    use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};
    bencher.counter(talk_bytes()).bench(|| {
        let mut tokens = 0;
        for turn in &TALK.turns {
            let mut text = PreTokenizedString::from(turn.text.as_str());
            BertPreTokenizer.pre_tokenize(&mut text).expect("splitting cannot fail");
            tokens += text.get_splits(OffsetReferential::Original, OffsetType::Byte).len();
        }
        tokens
    });
}
