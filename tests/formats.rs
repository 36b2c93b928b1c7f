//! Formats, end to end: bytes in, the right speakers, times, words and places out.

use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use unsell::format::{self, FORMATS, Head, ReadError};
use unsell::taxonomy::Role;
use unsell::transcript::{LineIndex, Source, Transcript};

/// What a file must read to.
struct Expected {
    file: &'static str,
    format: &'static str,
    speakers: &'static [&'static str],
    turns: usize,
    /// The first turn's start in milliseconds.
    start: Option<i64>,
    /// The last turn's end, or its start where ends are not given.
    end: Option<i64>,
    resolution: &'static str,
    first: &'static str,
    last: &'static str,
}

#[rustfmt::skip]
const FIXTURES: &[Expected] = &[
    Expected { file: "zoom.vtt", format: "webvtt-zoom", speakers: &["Marta Quell", "Idris Vane"], turns: 4, start: Some(2_100), end: Some(458_000), resolution: "ms", first: "Morning, can you hear me?", last: "One question: what changed since we met at 10:30?" },
    Expected { file: "teams.vtt", format: "webvtt-teams", speakers: &["Marta Quell", "Vane & Sons"], turns: 3, start: Some(1_500), end: Some(10_000), resolution: "ms", first: "Morning. Really good to see you all.", last: "He said \"later\", so later it is. Bye. ignored voice" },
    Expected { file: "other.vtt", format: "webvtt", speakers: &["Speaker 1", "Speaker 2"], turns: 2, start: Some(2_000), end: Some(5_000), resolution: "ms", first: "Hey there", last: "Hi" },
    Expected { file: "captions.srt", format: "srt", speakers: &["Marta Quell", "Speaker 2"], turns: 2, start: Some(1_000), end: Some(127_000), resolution: "ms", first: "This goes on for a while. And on.", last: "Fine by me. No blank line above." },
    Expected { file: "otter.txt", format: "header-time", speakers: &["Marta Quell", "Unknown Speaker"], turns: 2, start: Some(3_000), end: Some(4_204_000), resolution: "s", first: "First paragraph of mine. Second one, at 10:30.", last: "I have to drop." },
    Expected { file: "riverside.txt", format: "header-time", speakers: &["Marta Quell", "Idris"], turns: 2, start: Some(3_608), end: Some(3_734_390), resolution: "ms", first: "Well, hello.", last: "Hello (again)." },
    Expected { file: "call.txt", format: "name-text", speakers: &["Marta Quell", "Idris"], turns: 3, start: None, end: None, resolution: "none", first: "Thanks for the time. Agenda: none today. A second line.", last: "Good." },
    Expected { file: "gong.json", format: "gong-json", speakers: &["Marta Quell", "Idris Vane"], turns: 2, start: Some(1_200), end: Some(5_000), resolution: "ms", first: "Thanks for joining. How was \"the\" move?", last: "Long." },
    Expected { file: "whisperx.json", format: "whisperx-json", speakers: &["SPEAKER_01", "SPEAKER_00"], turns: 2, start: Some(250), end: Some(3_000), resolution: "ms", first: "so um welcome back", last: "thanks" },
    Expected { file: "assemblyai.json", format: "assemblyai-json", speakers: &["A", "B"], turns: 2, start: Some(250), end: Some(3_000), resolution: "ms", first: "Welcome back.", last: "Thanks." },
    Expected { file: "fireflies.json", format: "fireflies-json", speakers: &["Marta Quell", "Idris Vane", "Speaker 2"], turns: 3, start: Some(400), end: Some(9_750), resolution: "ms", first: "Thanks for the tour. How", last: "until seven." },
    Expected { file: "fireflies.txt", format: "fireflies-text", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(0), end: Some(3_609_000), resolution: "s", first: "Thanks for the tour. How", last: "I see." },
    Expected { file: "granola.json", format: "granola-json", speakers: &["microphone", "system"], turns: 3, start: Some(0), end: Some(12_000), resolution: "ms", first: "Thanks for joining. What has \"early\"", last: "Noted." },
    Expected { file: "whisper-cpp.json", format: "whisper-cpp-json", speakers: &["Speaker 0", "Speaker 1"], turns: 3, start: Some(1_500), end: Some(8_120), resolution: "ms", first: "Morning, this is the depot.", last: "Which street?" },
    Expected { file: "deepgram.json", format: "deepgram-json", speakers: &["Channel 0", "Channel 1"], turns: 3, start: Some(480), end: Some(8_250), resolution: "ms", first: "Morning, Idris. Ready?", last: "Seven it is." },
    Expected { file: "rev-ai.json", format: "rev-ai-json", speakers: &["Speaker 0", "Speaker 1"], turns: 3, start: Some(500), end: Some(4_450), resolution: "ms", first: "Morning, Idris. Ready?", last: "Seven!" },
    Expected { file: "amazon-transcribe.json", format: "amazon-transcribe-json", speakers: &["spk_0", "spk_1"], turns: 4, start: Some(500), end: Some(8_750), resolution: "ms", first: "Morning, Idris. Ready?", last: "Seven!" },
    Expected { file: "amazon-call-analytics.json", format: "amazon-call-analytics-json", speakers: &["AGENT", "CUSTOMER"], turns: 3, start: Some(40), end: Some(8_120), resolution: "ms", first: "Depot desk, how can I help?", last: "I am sorry. Which street?" },
    Expected { file: "aws-bda.json", format: "aws-bda-json", speakers: &["spk_1", "spk_0"], turns: 3, start: Some(620), end: Some(6_100), resolution: "ms", first: "Morning. Depot desk.", last: "Which street?" },
    Expected { file: "google-stt.json", format: "google-stt-json", speakers: &["Speaker 1", "Speaker 2"], turns: 3, start: Some(400), end: Some(4_350), resolution: "ms", first: "Morning, Idris. Ready?", last: "Good." },
    Expected { file: "azure-batch.json", format: "azure-batch-json", speakers: &["Speaker 1", "Speaker 2"], turns: 3, start: Some(480), end: Some(63_250), resolution: "ms", first: "Morning, Idris. Ready?", last: "Seven, then." },
    Expected { file: "table.csv", format: "csv", speakers: &["Marta Quell", "Idris Vane"], turns: 2, start: Some(1_500), end: Some(6_000), resolution: "ms", first: "Well, \"hello\" there. How are you?", last: "Fine." },
    Expected { file: "headerless.tsv", format: "csv", speakers: &["Marta Quell", "Idris Vane"], turns: 2, start: Some(1_500), end: Some(4_000), resolution: "ms", first: "Hello there.", last: "Hi." },
    Expected { file: "notes.md", format: "markdown-notes", speakers: &[], turns: 8, start: None, end: None, resolution: "none", first: "Weekly sync", last: "Meet again" },
    Expected { file: "rolling.vtt", format: "webvtt", speakers: &[], turns: 1, start: Some(400), end: Some(6_300), resolution: "ms", first: "we open the shop yes yes on", last: "R&D street" },
    Expected { file: "captions.sbv", format: "sbv", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(1_500), end: Some(9_000), resolution: "ms", first: "Morning, everyone. How was the move?", last: "And now it is done." },
    Expected { file: "zoom-captions.txt", format: "zoom-captions", speakers: &["Marta Quell", "Idris Vane (he/him)"], turns: 4, start: Some(0), end: Some(12_000), resolution: "s", first: "Morning, can you hear me?", last: "past 12:00:00 here. So what changed?" },
    Expected { file: "zoom-chat.txt", format: "zoom-chat", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(190_000), end: Some(300_000), resolution: "s", first: "Hello all, the agenda is in", last: "Great" },
    Expected { file: "talk.cha", format: "chat-cha", speakers: &["Marta Quell", "Idris", "Participant"], turns: 4, start: Some(0), end: Some(6_000), resolution: "ms", first: "so what would you like to want to do?", last: "Idris right." },
    Expected { file: "tiers.eaf", format: "eaf", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(120), end: Some(4_100), resolution: "ms", first: "So how is R&D doing?", last: "Good. Then we wait." },
    Expected { file: "interview.xml", format: "tei", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(0), end: Some(7_250), resolution: "ms", first: "What did the move cost us, R&D included?", last: "gonna say why?" },
    Expected { file: "fathom.md", format: "header-time", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(2_000), end: Some(65_000), resolution: "s", first: "So the shelves come first. And then the lamps, at 10:30.", last: "Friday is fine." },
    Expected { file: "fathom.rtf", format: "header-time", speakers: &["Marta Quell", "Idris Vane"], turns: 2, start: Some(2_000), end: Some(31_000), resolution: "s", first: "It’s the café first. {Really.}", last: "Fine by me… And the lamps?" },
    Expected { file: "teams.docx.xml", format: "header-time", speakers: &["Marta Quell", "Vane, Idris (Guest)"], turns: 3, start: Some(4_000), end: Some(3_725_000), resolution: "s", first: "The shelves come first. Ask R&D.", last: "Bye." },
    Expected { file: "report.docx.xml", format: "csv", speakers: &["Marta Quell", "Idris Vane"], turns: 2, start: Some(1_250), end: Some(6_000), resolution: "ms", first: "\"Shelves first\", you said?", last: "I did." },
    Expected { file: "meet.md", format: "name-text", speakers: &["Marta Quell", "Idris Vane"], turns: 4, start: None, end: None, resolution: "5min", first: "All right, the shelves. They come first…", last: "Then the lamps." },
    Expected { file: "gemini.md", format: "name-text", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(0), end: None, resolution: "5min", first: "So the shelves come first.", last: "Then the lamps." },
    Expected { file: "names-above.txt", format: "header-time", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(3_000), end: Some(3_725_000), resolution: "s", first: "The shelves come first. Ask R&D, at 10:30.", last: "Then the lamps." },
    Expected { file: "chat-paste.txt", format: "header-time", speakers: &["Marta Quell", "Idris Vane"], turns: 3, start: Some(0), end: Some(3_900_000), resolution: "5min", first: "The shelves come first. Ask R&D. Before 2:15 PM if you can.", last: "Then the lamps." },
    Expected { file: "times-of-day.txt", format: "name-text", speakers: &["Marta Quell", "Idris"], turns: 3, start: Some(0), end: Some(3_900_000), resolution: "5min", first: "The shelves come first. Ask R&D.", last: "Then the lamps." },
    Expected { file: "times-behind.txt", format: "name-text", speakers: &["Marta Quell", "Idris"], turns: 3, start: Some(3_000), end: Some(3_725_000), resolution: "s", first: "The shelves come first.", last: "Then the lamps." },
    Expected { file: "nameless.csv", format: "csv", speakers: &["Marta Quell", "Idris"], turns: 3, start: Some(3_000), end: Some(12_000), resolution: "s", first: "The shelves, I think, come first.", last: "Then the lamps." },
    Expected { file: "mail.eml", format: "prose", speakers: &[], turns: 4, start: None, end: None, resolution: "none", first: "Subject: Shelves and the café", last: "Marta" },
    Expected { file: "memo.txt", format: "prose", speakers: &[], turns: 6, start: None, end: None, resolution: "none", first: "MEMO", last: "Marta" },
];

/// Real and documented samples, which are kept beside the project and not in it.
#[rustfmt::skip]
const SAMPLES: &[Expected] = &[
    Expected { file: "teams-vtt/dify_pr11516_cue_ids.vtt", format: "webvtt-teams", speakers: &["John Doe"], turns: 1, start: Some(9_835), end: Some(18_275), resolution: "ms", first: "Hello.", last: "I'm John Doe" },
    Expected { file: "teams-vtt/graph_content_adhoc.vtt", format: "webvtt-teams", speakers: &["MOD Administrator"], turns: 1, start: Some(3_663), end: Some(8_103), resolution: "ms", first: "Hello. Hello.", last: "Hello. Oh." },
    Expected { file: "teams-vtt/graph_content_unpadded.vtt", format: "webvtt-teams", speakers: &["User Name"], turns: 1, start: Some(0), end: Some(5_320), resolution: "ms", first: "This is a", last: "transcript test." },
    Expected { file: "teams-vtt/graph_metadataContent.vtt", format: "webvtt-teams", speakers: &["MOD Administrator"], turns: 1, start: Some(3_663), end: Some(8_103), resolution: "ms", first: "Hello. Hello.", last: "Hello. Oh." },
    Expected { file: "teams-vtt/graph_metadataContent_single.vtt", format: "webvtt-teams", speakers: &["User Name"], turns: 1, start: Some(16_246), end: Some(17_726), resolution: "ms", first: "This is a", last: "transcription test." },
    Expected { file: "teams-vtt/unattributed_no_header.vtt", format: "webvtt-teams", speakers: &[], turns: 1, start: Some(1_500), end: Some(7_200), resolution: "ms", first: "Hello, thanks", last: "Glad to be here." },
    Expected { file: "teams-vtt/webvtt-py_issue55.vtt", format: "webvtt-teams", speakers: &["Lisa Simpson", "Homer Simpson"], turns: 3, start: Some(0), end: Some(11_090), resolution: "ms", first: "Knock knock", last: "Atish" },
    Expected { file: "zoom-vtt/test_fixture.vtt", format: "webvtt-zoom", speakers: &["Bob Clams", "Alison Wonderland"], turns: 3, start: Some(0), end: Some(17_120), resolution: "ms", first: "Welcome to the meeting.", last: "stay on topic" },
    Expected { file: "zoom-vtt/zoomGroupStats_meeting003_excerpt.vtt", format: "webvtt-zoom", speakers: &["Andrew Knight", "Paul McCartney", "George Harrison", "John Lennon"], turns: 11, start: Some(4_859), end: Some(625_080), resolution: "ms", first: "Okay, so we're recording.", last: "where you're joining us from" },
    Expected { file: "other-vtt/daily_note_speaker.vtt", format: "webvtt", speakers: &["Speaker 0", "Speaker 1"], turns: 2, start: Some(1_000), end: Some(7_000), resolution: "ms", first: "Hello.", last: "Hi." },
    Expected { file: "other-vtt/no_hours_voice_unclosed.vtt", format: "webvtt-teams", speakers: &["Bob Clams", "Lisa Lobsters"], turns: 2, start: Some(72_770), end: Some(90_738), resolution: "ms", first: "Yo!", last: "chowder recipe." },
    Expected { file: "other-vtt/speaker_as_cue_id.vtt", format: "webvtt", speakers: &["Speaker 1", "Speaker 2"], turns: 2, start: Some(120_000), end: Some(300_000), resolution: "ms", first: "Hey there", last: "Hi" },
    Expected { file: "other-vtt/torture_quirks.vtt", format: "webvtt-teams", speakers: &["Ada & Co", "Ada"], turns: 2, start: Some(5_000), end: Some(9_000), resolution: "ms", first: "We really need R&D to ship <v2> now.", last: "Already talking. I <3 this, 2 > 1" },
    Expected { file: "youtube-vtt/rolling_auto.vtt", format: "webvtt", speakers: &[], turns: 1, start: Some(0), end: Some(5_000), resolution: "ms", first: "hello there everyone. welcome", last: "welcome to the show!" },
    Expected { file: "srt/fenic-transcript-1.head.srt", format: "srt", speakers: &["Nitay Joffe", "RBA"], turns: 12, start: Some(3_608), end: Some(817_719), resolution: "ms", first: "All right, it's great to have you", last: "your new programming language." },
    Expected { file: "speaker-paren-txt/fenic-transcript-1.head.txt", format: "header-time", speakers: &["Nitay Joffe", "RBA"], turns: 7, start: Some(3_608), end: Some(271_084), resolution: "ms", first: "All right, it's great to have you", last: "What's the Warren Buffett story?" },
    Expected { file: "speaker-paren-txt/fenic-transcript-2.head.txt", format: "header-time", speakers: &["Nitay", "Apurva Mehta"], turns: 4, start: Some(1_451), end: Some(91_214), resolution: "ms", first: "Apurva great to have you", last: "is still probably true." },
    Expected { file: "otter-txt/ladybug_excerpt.txt", format: "header-time", speakers: &["Kelly", "Emma", "Tailor", "Unknown Speaker", "Sidney"], turns: 7, start: Some(89_000), end: Some(861_000), resolution: "s", first: "What do cats drinking wine", last: "you'll be fine as well." },
    Expected { file: "otter-txt/no_speakers.txt", format: "header-time", speakers: &[], turns: 1, start: Some(1_000), end: Some(1_000), resolution: "s", first: "When I was a kid", last: "Thanks for listening." },
    Expected { file: "fathom-txt/copy_transcript.txt", format: "header-time", speakers: &["Dana Buyer", "Sam Seller", "Alex Expert"], turns: 5, start: Some(0), end: Some(816_000), resolution: "s", first: "that's what 2026 will be like.", last: "the most logical approach." },
    Expected { file: "gong-json/documented_response.json", format: "gong-json", speakers: &["6432345678555530067"], turns: 1, start: Some(460_230), end: Some(462_343), resolution: "ms", first: "No wait,", last: "check that out first." },
    Expected { file: "whisperx-json/fenic-whisper-diarized.head.json", format: "whisperx-json", speakers: &["SPEAKER_01", "SPEAKER_00"], turns: 2, start: Some(2_940), end: Some(61_360), resolution: "ms", first: "Let me ask you about AI.", last: "that's gone into this." },
    Expected { file: "assemblyai-json/utterances.json", format: "assemblyai-json", speakers: &["A"], turns: 1, start: Some(170), end: Some(25_140), resolution: "ms", first: "Yeah. As much as", last: "that we have today." },
    Expected { file: "fireflies-json/transcript.json", format: "fireflies-json", speakers: &["Ada"], turns: 1, start: Some(12_500), end: Some(15_250), resolution: "ms", first: "Let's ship it", last: "on Friday." },
    Expected { file: "fireflies-json/download_string_times.json", format: "fireflies-json", speakers: &["Alice"], turns: 1, start: Some(0), end: Some(3_000), resolution: "ms", first: "We discussed", last: "the renewal budget." },
    Expected { file: "fireflies-json/sentence_real.json", format: "fireflies-json", speakers: &["Speaker One"], turns: 1, start: Some(2_320), end: Some(4_400), resolution: "ms", first: "We are recording", last: "here." },
    Expected { file: "fireflies-json/mcp_text.txt", format: "fireflies-text", speakers: &["Speaker One"], turns: 1, start: Some(0), end: Some(4_000), resolution: "s", first: "Sure. We are", last: "recording here." },
    Expected { file: "granola-json/cache_segments_shape.json", format: "granola-json", speakers: &["microphone", "system"], turns: 2, start: Some(0), end: Some(4_000), resolution: "ms", first: "Hello", last: "World" },
    Expected { file: "granola-json/community_export.json", format: "granola-json", speakers: &["Alice"], turns: 1, start: Some(0), end: Some(2_500), resolution: "ms", first: "Let's get", last: "started..." },
    Expected { file: "whisper-timestamped-json/whisper_timestamped.json", format: "whisperx-json", speakers: &[], turns: 1, start: Some(120), end: Some(25_320), resolution: "ms", first: "Yeah, as much as", last: "that we have today." },
    Expected { file: "openai-diarized-json/shape_from_schema.json", format: "whisperx-json", speakers: &["A", "agent"], turns: 2, start: Some(4_870), end: Some(9_240), resolution: "ms", first: "I've been on hold", last: "Sorry about that." },
    Expected { file: "whisper-cpp-json/output-json.json", format: "whisper-cpp-json", speakers: &[], turns: 1, start: Some(0), end: Some(7_200), resolution: "ms", first: "Today we're going", last: "prints what it sees." },
    Expected { file: "whisper-cpp-json/output-json-full.json", format: "whisper-cpp-json", speakers: &[], turns: 1, start: Some(120), end: Some(1_560), resolution: "ms", first: "Welcome", last: "show." },
    Expected { file: "deepgram-json/dg_speakers.trimmed.json", format: "deepgram-json", speakers: &["Speaker 0", "Speaker 1"], turns: 4, start: Some(3_040), end: Some(31_135), resolution: "ms", first: "And, Jessica, Christina,", last: "Drew. Thank you so much." },
    Expected { file: "deepgram-json/dg_whisper_transcription.json", format: "deepgram-json", speakers: &[], turns: 1, start: Some(60), end: Some(25_560), resolution: "ms", first: "yeah as much as", last: "that we have today" },
    Expected { file: "rev-ai-json/documented_transcript.json", format: "rev-ai-json", speakers: &["Speaker 1"], turns: 1, start: Some(500), end: Some(2_850), resolution: "ms", first: "Hello", last: "World." },
    Expected { file: "amazon-transcribe-standard/documented_diarized.partial.json", format: "amazon-transcribe-json", speakers: &["spk_0"], turns: 1, start: Some(4_870), end: Some(5_020), resolution: "ms", first: "I've", last: "I've" },
    Expected { file: "amazon-transcribe-standard/audio_segments_real_ko.excerpt.json", format: "amazon-transcribe-json", speakers: &["spk_0"], turns: 1, start: Some(560), end: Some(19_870), resolution: "ms", first: "아 영상 좀 그만", last: "하지 말던가." },
    Expected { file: "amazon-transcribe-call-analytics/example-call.json", format: "amazon-call-analytics-json", speakers: &["AGENT", "CUSTOMER"], turns: 37, start: Some(40), end: Some(182_890), resolution: "ms", first: "Thank you for calling", last: "Bye." },
    Expected { file: "aws-bda-json/bda-standard.trimmed.json", format: "aws-bda-json", speakers: &["spk_1", "spk_0"], turns: 3, start: Some(1_620), end: Some(26_370), resolution: "ms", first: "Hello. Sleepaway Camp", last: "so sorry about that, sir." },
    Expected { file: "google-stt-json/recognize_diarized.json", format: "google-stt-json", speakers: &["Speaker 1", "Speaker 2"], turns: 2, start: Some(0), end: Some(600), resolution: "ms", first: "hi", last: "there" },
    Expected { file: "google-stt-json/recognize_tags_inline.json", format: "google-stt-json", speakers: &["Speaker 1", "Speaker 2"], turns: 2, start: Some(0), end: Some(2_200), resolution: "ms", first: "Explain caching", last: "keeps hot data" },
    Expected { file: "azure-batch-json/documented_v3.json", format: "azure-batch-json", speakers: &["Speaker 1"], turns: 1, start: Some(70), end: Some(1_660), resolution: "ms", first: "Hello world.", last: "Hello world." },
    Expected { file: "csv-tsv/vizscribe.csv", format: "csv", speakers: &["Travis Bickle"], turns: 1, start: Some(1_500), end: Some(3_000), resolution: "ms", first: "You talkin'", last: "to me?" },
    Expected { file: "meeting-notes-md/nodejs_tsc_2018-01-31.excerpt.md", format: "markdown-notes", speakers: &["JDD", "Guy"], turns: 33, start: None, end: None, resolution: "none", first: "Node.js Foundation Technical", last: "https://nodejs.org/calendar" },
    Expected { file: "fathom-md/meeting_notes.md", format: "markdown-notes", speakers: &[], turns: 17, start: None, end: None, resolution: "none", first: "VIEW RECORDING - 60 mins", last: "habit creation + daily check-in" },
    Expected { file: "google-meet-gemini/footer_and_bold.md", format: "name-text", speakers: &["Geoff H", "Pratyaksh S"], turns: 4, start: Some(0), end: None, resolution: "5min", first: "we have a call-in number", last: "got it." },
    Expected { file: "sbv/basic.sbv", format: "sbv", speakers: &[], turns: 1, start: Some(0), end: Some(5_750), resolution: "ms", first: "Hello world.", last: "This is a test." },
    Expected { file: "sbv/closer_lead_no_blank_lines.sbv", format: "sbv", speakers: &["Closer", "Lead"], turns: 4, start: Some(0), end: Some(16_000), resolution: "ms", first: "Olá, obrigado por", last: "problema é a previsibilidade." },
    Expected { file: "zoom-cc-txt/meeting_saved_closed_caption.txt", format: "zoom-captions", speakers: &["Johnny Doe", "Janet Dough"], turns: 7, start: Some(0), end: Some(23_000), resolution: "s", first: "How you doing?", last: "you're a human that exists." },
    Expected { file: "zoom-chat-txt/meeting003_chat.txt", format: "zoom-chat", speakers: &["Andrew Knight", "Ringo Starr", "George Harrison", "John Lennon"], turns: 5, start: Some(1_274_000), end: Some(2_207_000), resolution: "s", first: "Hello Everyone - It’s great", last: "anywhere but" },
    Expected { file: "chat-cha/bullets_constructed.cha", format: "chat-cha", speakers: &["Investigator", "Participant"], turns: 2, start: Some(0), end: Some(4_200), resolution: "ms", first: "so what would you like to do?", last: "um I would I would like to wait." },
    Expected { file: "chat-cha/eve_excerpt.cha", format: "chat-cha", speakers: &["Eve", "Sue"], turns: 4, start: None, end: None, resolution: "none", first: "more cookie.", last: "who are you calling Eve?" },
    Expected { file: "eaf/minimal.eaf", format: "eaf", speakers: &["parent", "other"], turns: 2, start: Some(0), end: Some(300), resolution: "ms", first: "p", last: "x" },
    Expected { file: "tei/interview_excerpt.xml", format: "tei", speakers: &["Interviewer", "Doe, John"], turns: 2, start: Some(23_685), end: Some(166_138), resolution: "ms", first: "What were the conditions like", last: "depending on the locale..." },
    Expected { file: "tei/voice_utterance.xml", format: "tei", speakers: &["EDsed301_S1"], turns: 1, start: None, end: None, resolution: "none", first: "excuse me cou-", last: "could we talk about the tests" },
    Expected { file: "docx/aws-example-call.docx", format: "csv", speakers: &["Agent", "Customer"], turns: 37, start: Some(40), end: Some(182_840), resolution: "ms", first: "Thank you for calling Anchor", last: "Bye." },
    Expected { file: "rtf-fathom/pasted_fathom.rtf", format: "header-time", speakers: &["Bob Clams"], turns: 1, start: Some(23_000), end: Some(23_000), resolution: "s", first: "What was the second piece", last: "Is there another one?" },
    Expected { file: "google-meet-md/polygon_ppgc27_excerpt.md", format: "name-text", speakers: &["Harry Rook", "Manav Darji", "Raneet Debnath"], turns: 6, start: None, end: None, resolution: "5min", first: "All right, awesome.", last: "we are done with the implementation mostly." },
];

/// Samples of formats that are not read yet or only by name, or hold nothing: each is refused and not
/// misread.
const REFUSED: &[&str] = &["csv-tsv/teams_clean_header.csv", "zoom-chat-txt/meeting003_chat.txt"];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> PathBuf {
    project().join("tests/fixtures/formats")
}

/// The samples, if they are on this machine.
#[expect(clippy::print_stdout, reason = "a skipped test must be seen")]
fn samples() -> Option<PathBuf> {
    let found = project().join("../shared/formats");
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: there are no samples in ../shared/formats");
    None
}

/// The bytes of a file. A Word document of ours is kept as the XML inside it, which people can read and
/// review; its container is made here.
fn bytes(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if !path.to_string_lossy().ends_with(".docx.xml") {
        return bytes;
    }
    let mut container = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    container
        .start_file("word/document.xml", zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(container.write_all(&bytes)?))
        .and_then(|()| Ok(container.finish()?.into_inner()))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn open(path: &Path) -> Source {
    let bytes = bytes(path);
    Source::from_bytes(&path.display().to_string(), &bytes)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn recognised(source: &Source) -> Result<&'static str, ReadError> {
    format::recognise(source).map(|format| format.id)
}

/// Reads a source as what it is recognised as; a chat has to be named.
fn read(source: &Source, expected: &Expected) -> Result<Transcript, ReadError> {
    let named = format::by_id(expected.format).filter(|format| format.id == "zoom-chat");
    format::read(source, named)
}

fn check(folder: &Path, expected: &Expected) {
    let file = expected.file;
    let source = open(&folder.join(file));
    assert_eq!(recognised(&source), Ok(expected.format), "{file}");
    let read = read(&source, expected).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(read.format, expected.format, "{file}");
    let speakers: Vec<&str> = read.speakers.iter().map(|speaker| speaker.name.as_str()).collect();
    assert_eq!(speakers, expected.speakers, "{file}");
    assert_eq!(read.turns.len(), expected.turns, "{file}: {:#?}", read.turns);
    assert_eq!(read.time_resolution.id(), expected.resolution, "{file}");
    let (first, last) = (&read.turns[0], &read.turns[read.turns.len() - 1]);
    assert!(first.text.starts_with(expected.first), "{file}: {}", first.text);
    assert!(last.text.ends_with(expected.last), "{file}: {}", last.text);
    assert_eq!(first.start().map(|at| at.0), expected.start, "{file}");
    let end = last.end().or(last.start()).map(|at| at.0);
    assert_eq!(end, expected.end, "{file}");
    check_places(&source, &read).unwrap_or_else(|wrong| panic!("{file}: {wrong}"));
}

/// Every character of every turn stands in the source where the turn says, unless an entity or an
/// escape made it.
fn check_places(source: &Source, read: &Transcript) -> Result<(), String> {
    let lines = LineIndex::new(&source.text);
    for turn in read.turns.iter().filter(|turn| !turn.anchors.is_empty()) {
        for (at, c) in turn.text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let place = turn.source_offset(at);
            let rest = place.and_then(|place| source.text.get(place..)).unwrap_or_default();
            if !rest.starts_with(c) && !rest.starts_with(['&', '\\']) {
                let place = place.map(|place| lines.locate(place.min(source.text.len())));
                return Err(format!("{c:?} of {:?} is not at {place:?}", turn.text));
            }
        }
    }
    Ok(())
}

#[test]
fn fixtures_read_to_the_right_speakers_times_and_words() {
    for expected in FIXTURES {
        check(&fixtures(), expected);
    }
}

#[test]
fn every_format_has_a_fixture() {
    for format in FORMATS {
        assert!(FIXTURES.iter().any(|fixture| fixture.format == format.id), "{}", format.id);
    }
}

#[test]
fn samples_read_to_the_right_speakers_times_and_words() {
    let Some(folder) = samples() else { return };
    for expected in SAMPLES {
        check(&folder, expected);
    }
}

#[test]
fn samples_of_other_formats_are_refused_with_a_reason() {
    let Some(folder) = samples() else { return };
    for file in REFUSED {
        let bytes = std::fs::read(folder.join(file)).expect("is there");
        let read = Source::from_bytes(file, &bytes).and_then(|source| format::read(&source, None));
        let error = read.map(|read| read.format).expect_err(file);
        assert!(!error.message.is_empty() && error.help.is_some(), "{file}: {error:?}");
    }
}

#[test]
fn no_two_formats_claim_the_same_json() {
    let mut files: Vec<_> = FIXTURES.iter().map(|fixture| (fixtures(), fixture)).collect();
    if let Some(folder) = samples() {
        files.extend(SAMPLES.iter().map(|sample| (folder.clone(), sample)));
    }
    for (folder, expected) in files.iter().filter(|(_, file)| file.file.ends_with(".json")) {
        let source = open(&folder.join(expected.file));
        let head = Head::of(&source.text);
        let claims = FORMATS.iter().filter(|format| (format.sniff)(&head) > 0);
        let claims: Vec<&str> = claims.map(|format| format.id).collect();
        assert_eq!(claims, [expected.format], "{}", expected.file);
    }
}

#[test]
fn line_and_column_survive_joined_cues_tags_and_entities() {
    let source = open(&fixtures().join("zoom.vtt"));
    let read = format::read(&source, None).expect("is readable");
    let lines = LineIndex::new(&source.text);
    let place = |turn: usize, word: &str| {
        let turn = &read.turns[turn];
        turn.text.find(word).and_then(|at| turn.source_offset(at)).map(|at| lines.locate(at))
    };
    assert_eq!(place(1, "is on"), Some((9, 37)));
    assert_eq!(place(3, "since"), Some((21, 14)));
}

#[test]
fn lines_of_a_word_document_are_its_paragraphs_and_breaks() {
    let source = open(&fixtures().join("teams.docx.xml"));
    let read = format::read(&source, None).expect("is readable");
    let turn = &read.turns[0];
    let at = turn.text.find("Ask").and_then(|at| turn.source_offset(at)).expect("has a place");
    assert_eq!(LineIndex::new(&source.text).locate(at), (7, 1));
}

#[test]
fn what_stands_above_the_speech_is_left_out_with_a_warning() {
    for file in
        ["gemini.md", "meet.md", "fathom.md", "fathom.rtf", "teams.docx.xml", "report.docx.xml"]
    {
        let read = format::read(&open(&fixtures().join(file)), None).expect("is readable");
        assert!(read.warnings.iter().any(|why| why.starts_with("left out: ")), "{file}");
    }
}

#[test]
fn roles_come_from_the_formats_that_tell_them() {
    for file in ["gong.json", "amazon-call-analytics.json", "table.csv"] {
        let read = format::read(&open(&fixtures().join(file)), None).expect("is readable");
        let roles: Vec<_> = read.speakers.iter().map(|speaker| speaker.role).collect();
        assert_eq!(roles, [Some(Role::Seller), Some(Role::Buyer)], "{file}");
    }
}

#[test]
fn a_byte_order_mark_crlf_and_utf16_change_nothing() {
    for expected in FIXTURES {
        let plain = open(&fixtures().join(expected.file));
        let once = read(&plain, expected).expect("is readable");
        let crlf = plain.text.replace("\r\n", "\n").replace('\n', "\r\n");
        let utf16: Vec<u8> =
            format!("\u{FEFF}{crlf}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let source = Source::from_bytes("utf16", &utf16).expect("is text");
        let again = read(&source, expected).expect("is readable");
        assert_eq!(again.format, once.format, "{}", expected.file);
        assert_eq!(again.speakers, once.speakers, "{}", expected.file);
        let said = |read: &Transcript| -> Vec<String> {
            read.turns.iter().map(|turn| turn.text.clone()).collect()
        };
        assert_eq!(said(&again), said(&once), "{}", expected.file);
    }
}

#[test]
fn the_examples_are_recognised() {
    let expected = [
        ("assembly-line-retrofit.vtt", "webvtt-zoom"),
        ("clinic-scheduling.vtt", "webvtt-teams"),
        ("fleet-renewal.srt", "srt"),
        ("school-lunch.txt", "header-time"),
        ("payroll-switch.json", "gong-json"),
        ("warehouse-standup.csv", "csv"),
        ("retail-ops-review.txt", "name-text"),
        ("product-offsite.md", "markdown-notes"),
        ("reorg-memo.txt", "prose"),
    ];
    for (file, format) in expected {
        let source = open(&project().join("examples").join(file));
        let read = format::read(&source, None).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(read.format, format, "{file}");
        let words: usize = read.turns.iter().map(|turn| turn.text.split_whitespace().count()).sum();
        assert!(words >= 400, "{file}: {words} words");
        check_places(&source, &read).unwrap_or_else(|wrong| panic!("{file}: {wrong}"));
    }
}

/// Reads a text in every format: no panic, and all places true.
fn read_in_every_format(text: &str) -> Result<(), TestCaseError> {
    let Ok(source) = Source::from_bytes("random", text.as_bytes()) else { return Ok(()) };
    let head = Head::of(&source.text);
    for format in FORMATS {
        prop_assert!((format.sniff)(&head) <= 100);
        if let Ok(read) = (format.read)(&source) {
            check_places(&source, &read)
                .map_err(|wrong| TestCaseError::fail(format!("{}: {wrong}", format.id)))?;
        }
    }
    let _ = format::read(&source, None);
    Ok(())
}

/// Pieces that formats give a meaning to.
const PIECES: &[&str] = &[
    "WEBVTT",
    "\n",
    "\r\n",
    "\n\n",
    " --> ",
    "00:00:01.500",
    "0:0:1,5",
    "-00:01",
    "<v Ana>",
    "</v>",
    "<",
    ">",
    "&amp;",
    "&#65;",
    "&",
    ";",
    "Ana: ",
    "**Bo:** ",
    "[Cy] ",
    "[0:01] ",
    "[0:01 - 0:02] ",
    "{\"spokenText\":\"",
    "\\\"",
    "\"",
    "\"}",
    "NOTE ",
    "STYLE",
    "# ",
    "- ",
    "- [ ] ",
    "> ",
    "```",
    "| ",
    "|\n|---|---|\n",
    "---\n",
    "Ana  1:29",
    "Bo (00:01.5)",
    "1:02 - Cy (Co)",
    "Ana  9:12 AM\n",
    "[9:13 PM] Bo",
    "Ana\n0 minutes 4 seconds\n0:04\n",
    "Bo (0:05): ",
    "Ana,0:06,",
    "From: a\nContent-Type: multipart/x; boundary=b\n\n",
    "--b\n",
    "Content-Transfer-Encoding: quoted-printable\n\n",
    "=C3=\n",
    "-----Original Message-----\n",
    "start,end,speaker,text",
    "\t",
    ",",
    ";",
    "so what ",
    "é",
    "😀",
    "\u{A0}",
    "\u{2028}",
    "*",
    "`",
    "](x)",
    "![",
    "<br>",
    "\\",
    "    ",
    "1. ",
    "Transcript",
    "0:00:01.0,0:00:02.0\n",
    "[Ana] 11:02:09\n",
    "00:21:14\tAna:\t",
    "11:02:09 From Ana to Bo: ",
    "[@0:12](http://x.test) - **Ana**\n",
    "ACTION ITEM: go - WATCH: http://x.test ",
    "Ana 0:0:1.0 --> 0:0:2.5\n",
    "Ana's Presentation: ",
    "@Begin\n@Participants:\tANA Ana Lima, BO Bo\n",
    "*ANA:\t",
    "\u{15}0_10\u{15}",
    "[/] ",
    "(.) ",
    "&-um ",
    "<TEI>",
    "</TEI>",
    "<u who=\"#a\" start=\"1.5\">",
    "</u>",
    "<w>",
    "</w>",
    "<note>",
    "</note>",
    "<ANNOTATION_DOCUMENT>",
    "<TIER TIER_ID=\"a\">",
    "<ALIGNABLE_ANNOTATION>",
    "<ANNOTATION_VALUE>",
    "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></TIER>",
    "]]>",
    "<![CDATA[",
    "Start\tDur.\tSpeaker\tTranscription\n0:00:01.4\t1.0s\tAna\t",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        read_in_every_format(&text)?;
    }

    #[test]
    fn any_mix_of_markup_is_read_or_refused(text in pieces()) {
        read_in_every_format(&text)?;
    }

    #[test]
    fn damaged_fixtures_are_read_or_refused(
        which in 0..FIXTURES.len(),
        cuts in prop::collection::vec((0.0..1.0f64, 0usize..12, prop::sample::select(PIECES)), 1..6),
    ) {
        let mut text = open(&fixtures().join(FIXTURES[which].file)).text;
        for (at, length, piece) in cuts {
            let start = text.floor_char_boundary((text.len() as f64 * at) as usize);
            let end = text.floor_char_boundary((start + length).min(text.len())).max(start);
            text.replace_range(start..end, piece);
        }
        read_in_every_format(&text)?;
    }

    #[test]
    fn damaged_documents_are_read_or_refused(
        which in prop::sample::select(vec!["teams.docx.xml", "report.docx.xml", "fathom.rtf"]),
        cuts in prop::collection::vec((0.0..1.0f64, 0usize..8, prop::collection::vec(any::<u8>(), 0..8)), 1..6),
    ) {
        let mut bytes = bytes(&fixtures().join(which));
        for (at, length, piece) in cuts {
            let start = (bytes.len() as f64 * at) as usize;
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, piece);
        }
        if let Ok(source) = Source::from_bytes("damaged", &bytes) {
            let _ = format::read(&source, None);
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(source) = Source::from_bytes("random", &bytes) {
            let _ = format::read(&source, None);
        }
    }
}
