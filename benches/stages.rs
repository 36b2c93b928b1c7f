//! The stages between reading and output, each in bytes of talk a second, one thread, beside a bare
//! search for the rules' phrases.
//!
//! Twice: over talk at life's base rates, and over the examples, which are dense in what rules hear.

mod common;

use std::sync::LazyLock;

use common::{phrases, project, rules, talk};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use unsell::detector::Detector;
use unsell::engine::{AnalyzeOptions, Engine};
use unsell::format;
use unsell::lexicon::Lexicon;
use unsell::report::{Layout, Report, WRITERS, WriteReport};
use unsell::roles::infer;
use unsell::roles::voice::Voices;
use unsell::roles::{Assigned, RoleBook};
use unsell::taxonomy::Role;
use unsell::text::Document;
use unsell::transcript::Transcript;

fn main() {
    divan::main();
}

/// What is measured on.
struct Talk {
    transcript: Transcript,
    document: Document,
    bytes: usize,
}

impl Talk {
    fn new(transcript: Transcript) -> Self {
        let document = Document::new(&transcript);
        let bytes = transcript.turns.iter().map(|turn| turn.text.len()).sum();
        Talk { transcript, document, bytes }
    }

    fn roles(&self) -> Vec<Role> {
        vec![Role::Unknown; self.transcript.speakers.len() + 1]
    }
}

/// Ordinary talk, 2 MB.
static ORDINARY: LazyLock<Talk> = LazyLock::new(|| Talk::new(talk::read(2_000_000)));

/// The examples' turns, many times over, 2 MB.
static DENSE: LazyLock<Talk> = LazyLock::new(|| {
    let mut dense = talk::read(1);
    dense.turns.clear();
    let folder = std::fs::read_dir(project("examples")).expect("the examples");
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.is_file() && !path.ends_with("roles.toml")) {
        let source = talk::source(&std::fs::read(path).expect("an example"));
        let read = format::read(&source, None).map_or(Vec::new(), |read| read.turns);
        dense.turns.extend(read.into_iter().map(|mut turn| {
            turn.speaker = None;
            turn
        }));
    }
    let once = dense.turns.clone();
    for _ in 1..40 {
        dense.turns.extend(once.iter().cloned());
    }
    Talk::new(dense)
});

fn over(name: &str) -> &'static Talk {
    match name {
        "dense" => &DENSE,
        _ => &ORDINARY,
    }
}

#[divan::bench(args = ["ordinary", "dense"])]
fn cut_into_utterances(bencher: Bencher, name: &str) {
    let talk = over(name);
    bencher
        .counter(BytesCount::new(talk.bytes))
        .bench(|| Document::new(black_box(&talk.transcript)));
}

/// Splitting alone, by the tokenizers crate: words and marks with offsets, no contractions or noise.
#[divan::bench]
fn peer_tokenizers_split(bencher: Bencher) {
    use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};
    let talk = over("ordinary");
    bencher.counter(BytesCount::new(talk.bytes)).bench(|| {
        let mut tokens = 0;
        for turn in &talk.transcript.turns {
            let mut text = PreTokenizedString::from(turn.text.as_str());
            BertPreTokenizer.pre_tokenize(&mut text).expect("splitting cannot fail");
            tokens += text.get_splits(OffsetReferential::Original, OffsetType::Byte).len();
        }
        tokens
    });
}

/// All that the lexicon does on cut text: rules, contexts, spans, scores.
#[divan::bench(args = [200, 800, 3000])]
fn match_rules(bencher: Bencher, count: usize) {
    matching(bencher, &rules::lexicon(count), over("ordinary"));
}

#[divan::bench(args = ["ordinary", "dense"])]
fn match_built_in(bencher: Bencher, name: &str) {
    matching(bencher, &Lexicon::builtin().expect("the built-in rules"), over(name));
}

fn matching(bencher: Bencher, lexicon: &Lexicon, talk: &Talk) {
    let roles = talk.roles();
    bencher
        .counter(BytesCount::new(talk.bytes))
        .bench(|| lexicon.detect(&talk.transcript, &talk.document, black_box(&roles)));
}

#[divan::bench]
fn compile_built_in(bencher: Bencher) {
    bencher.bench(Lexicon::builtin);
}

/// What one pass for one phrase a pattern costs: no inflection, alternatives, gaps, context or spans.
#[divan::bench(args = ["ordinary", "dense"])]
fn peer_aho_corasick_dfa(bencher: Bencher, name: &str) {
    let talk = over(name);
    let search = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(phrases::built_in().into_iter().map(|phrase| phrase.words))
        .expect("the phrases fit");
    bencher.counter(BytesCount::new(talk.bytes)).bench(|| {
        let turns = talk.transcript.turns.iter();
        turns.map(|turn| search.find_overlapping_iter(black_box(&turn.text)).count()).sum::<usize>()
    });
}

/// Whether it is English, and who is who.
#[divan::bench(args = [60_000, 2_000_000])]
fn judge_language(bencher: Bencher, bytes: usize) {
    let talk = Talk::new(talk::read(bytes));
    bencher
        .counter(BytesCount::new(talk.bytes))
        .bench(|| unsell::language::foreign(black_box(&talk.transcript)));
}

#[divan::bench(args = [60_000, 2_000_000])]
fn tell_roles(bencher: Bencher, bytes: usize) {
    let talk = Talk::new(talk::read(bytes));
    let voices = Voices::builtin();
    bencher.counter(BytesCount::new(talk.bytes)).bench(|| -> Vec<Assigned> {
        let mut roles = RoleBook::default().assign(&talk.transcript);
        let heard = infer::Talk::new(black_box(&voices), &talk.transcript, &talk.document);
        heard.assign(&mut roles, None);
        roles
    });
}

/// Everything but finding: language, roles, figures, scores, the report's model.
#[divan::bench(args = [60_000, 2_000_000])]
fn judge_and_score(bencher: Bencher, bytes: usize) {
    let text = talk::transcript(0, bytes);
    let source = talk::source(text.as_bytes());
    let transcript = format::read(&source, None).expect("is readable");
    let engine = Engine::builder().build().expect("an engine");
    let options = AnalyzeOptions::default();
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| transcript.clone())
        .bench_values(|transcript| engine.judge(&source, transcript, &options));
}

/// The report of a call of 60 kB.
fn report() -> Report {
    let lexicon = Lexicon::builtin().expect("the built-in rules");
    let engine = Engine::builder().lexicon(lexicon).build().expect("an engine");
    let source = talk::source(talk::transcript(0, 60_000).as_bytes());
    engine.analyze(&source, &AnalyzeOptions::default()).expect("is readable")
}

/// Writing it, in bytes of the transcript a second; reports are several times as long.
#[divan::bench(args = WRITERS.iter().map(|writer| writer.id))]
fn write(bencher: Bencher, id: &str) {
    let report = report();
    let writer = unsell::report::by_id(id).expect("a writer");
    let page: WriteReport = |report, out| match &unsell::report::by_id("html").expect("HTML").layout
    {
        Layout::Pages(pages) => (pages.page)(report, None, out),
        _ => unreachable!("HTML is pages"),
    };
    let writes: Vec<WriteReport> = match &writer.layout {
        Layout::Single(write) | Layout::Stream(write) => vec![*write],
        Layout::Tables(tables) => tables.iter().map(|table| table.rows).collect(),
        Layout::Columns => Vec::new(),
        Layout::Pages(_) => vec![page],
    };
    bencher.counter(BytesCount::new(60_000_usize)).bench(|| {
        let mut bytes = Vec::new();
        for write in &writes {
            write(black_box(&report), &mut bytes).expect("writing to memory works");
        }
        bytes
    });
}
