//! Reading each format, and telling which one a text is.

mod common;

use std::path::Path;

use common::{project, talk};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use unsell::format;

fn main() {
    divan::main();
}

/// An example of each format, or else its fixture: small, so that what is done once a file weighs.
const FILES: [(&str, &str); 29] = [
    ("webvtt-zoom", "examples/assembly-line-retrofit.vtt"),
    ("webvtt-teams", "examples/clinic-scheduling.vtt"),
    ("webvtt", "tests/fixtures/formats/other.vtt"),
    ("srt", "examples/fleet-renewal.srt"),
    ("sbv", "tests/fixtures/formats/captions.sbv"),
    ("zoom-captions", "tests/fixtures/formats/zoom-captions.txt"),
    ("zoom-chat", "tests/fixtures/formats/zoom-chat.txt"),
    ("chat-cha", "tests/fixtures/formats/talk.cha"),
    ("eaf", "tests/fixtures/formats/tiers.eaf"),
    ("tei", "tests/fixtures/formats/interview.xml"),
    ("header-time", "examples/school-lunch.txt"),
    ("name-text", "examples/retail-ops-review.txt"),
    ("gong-json", "examples/payroll-switch.json"),
    ("fireflies-json", "tests/fixtures/formats/fireflies.json"),
    ("fireflies-text", "tests/fixtures/formats/fireflies.txt"),
    ("granola-json", "tests/fixtures/formats/granola.json"),
    ("whisperx-json", "tests/fixtures/formats/whisperx.json"),
    ("whisper-cpp-json", "tests/fixtures/formats/whisper-cpp.json"),
    ("assemblyai-json", "tests/fixtures/formats/assemblyai.json"),
    ("deepgram-json", "tests/fixtures/formats/deepgram.json"),
    ("rev-ai-json", "tests/fixtures/formats/rev-ai.json"),
    ("amazon-transcribe-json", "tests/fixtures/formats/amazon-transcribe.json"),
    ("amazon-call-analytics-json", "tests/fixtures/formats/amazon-call-analytics.json"),
    ("aws-bda-json", "tests/fixtures/formats/aws-bda.json"),
    ("google-stt-json", "tests/fixtures/formats/google-stt.json"),
    ("azure-batch-json", "tests/fixtures/formats/azure-batch.json"),
    ("csv", "examples/warehouse-standup.csv"),
    ("markdown-notes", "examples/product-offsite.md"),
    ("prose", "examples/reorg-memo.txt"),
];

#[divan::bench(args = FILES.map(|(id, _)| id))]
fn read(bencher: Bencher, id: &str) {
    let (_, path) = FILES.iter().find(|(other, _)| *other == id).expect("a known format");
    let bytes = std::fs::read(project(path)).expect("an example or a fixture");
    let source = talk::source(&bytes);
    let format = format::by_id(id);
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| format::read(black_box(&source), format).expect("is readable"));
}

/// Whole calls as the most frequent formats write them.
#[divan::bench(args = ["name-text", "webvtt-zoom", "srt"])]
fn read_call(bencher: Bencher, id: &str) {
    let text = call(id);
    let source = talk::source(text.as_bytes());
    let format = format::by_id(id);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| format::read(black_box(&source), format).expect("is readable"));
}

/// Every format looks at the head of a text once.
#[divan::bench(args = ["name-text", "webvtt-zoom", "srt"])]
fn recognise_call(bencher: Bencher, id: &str) {
    let text = call(id);
    let source = talk::source(text.as_bytes());
    let expected = format::recognise(&source).expect("a format").id;
    assert_eq!(expected, id);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| format::recognise(black_box(&source)).map(|format| format.id));
}

/// A call of 60 kB with a cue a line.
fn call(format: &str) -> String {
    let said = talk::transcript(0, 60_000);
    let stamp = |at: usize, point: char| {
        format!("{:02}:{:02}:{:02}{point}000", at / 3600, at / 60 % 60, at % 60)
    };
    let cues = |point| {
        let cue = move |(at, line): (usize, &str)| {
            let (start, end) = (stamp(4 * at, point), stamp(4 * at + 3, point));
            format!("{}\n{start} --> {end}\n{line}\n\n", at + 1)
        };
        said.lines().enumerate().map(cue).collect::<String>()
    };
    match format {
        "webvtt-zoom" => format!("WEBVTT\n\n{}", cues('.')),
        "srt" => cues(','),
        _ => said.clone(),
    }
}

/// Bytes to text: encoding and hash.
#[divan::bench]
fn decode(bencher: Bencher) {
    let text = talk::transcript(0, 60_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| talk::source(black_box(text.as_bytes())));
}

/// What all of it is set against: the bytes of a file, read.
#[divan::bench]
fn peer_plain_read(bencher: Bencher) {
    let path = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
    let text = talk::transcript(0, 60_000);
    std::fs::write(&path, &text).expect("is written");
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| std::fs::read(black_box::<&Path>(&path)).expect("is read"));
}
