//! AssemblyAI: `utterances[]` with a speaker's letter, start and end in milliseconds.

use serde::Deserialize;

use super::json::{self, Id, Pieces, from_millis};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Fragment, Source, Timing, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "assemblyai-json",
    about: "AssemblyAI transcript (JSON with `utterances`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    if head.first != Some('{') || has("\"channels\"") || has("\"segments\"") {
        return 0;
    }
    // The list of words comes first and may fill all that is looked at.
    let is_signed =
        ["\"audio_url\"", "\"acoustic_model\"", "\"audio_duration\"", "\"language_code\""]
            .iter()
            .any(|key| has(key));
    match (has("\"utterances\""), is_signed) {
        (true, _) if has("\"text\"") => 90,
        (false, true) if has("\"words\"") && has("\"text\"") => 80,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    utterances: Option<Vec<Utterance>>,
    text: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Utterance {
    speaker: Option<Id>,
    start: Option<f64>,
    end: Option<f64>,
    text: Option<String>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    if let Some(error) = root.error.filter(|error| !error.is_empty()) {
        return Err(ReadError::new(format!("the transcription had failed: {error}")));
    }
    let mut pieces = Pieces::default();
    match (root.utterances, root.text) {
        (Some(utterances), _) => {
            for utterance in utterances {
                let speaker = utterance.speaker.and_then(|id| pieces.speaker(&id));
                let times = (from_millis(utterance.start), from_millis(utterance.end));
                pieces.say(speaker, times, utterance.text.as_deref());
            }
        }
        (None, Some(text)) => {
            pieces.builder.warn("it was made without speaker labels: all is one turn of no one");
            pieces.builder.say(None, Timing::default(), &Fragment::unplaced(text));
        }
        (None, None) => {
            return Err(ReadError::new("there are no `utterances` in this JSON")
                .with_help("transcribe with `speaker_labels` on"));
        }
    }
    Ok(pieces.finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    #[test]
    fn utterances_have_letters_and_milliseconds() {
        let text = r#"{"text": "Hi. Yes.", "words": [{"text": "Hi."}], "utterances": [
            {"speaker": "A", "start": 170, "end": 718, "text": "Hi.", "words": []},
            {"speaker": "B", "start": 900, "end": 1000, "text": "Yes."}]}"#;
        let expected = [(Some("A"), Some(170), "Hi."), (Some("B"), Some(900), "Yes.")];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }

    #[test]
    fn without_labels_there_is_one_turn_and_a_warning() {
        let read = read_as(&FORMAT, r#"{"text": "Hi. Yes.", "utterances": null}"#);
        assert_eq!(said(&read), [(None, None, "Hi. Yes.")]);
        assert_eq!(read.warnings.len(), 1);
    }

    #[test]
    fn a_failed_transcription_says_why() {
        let failed = source(r#"{"status": "error", "error": "no audio", "utterances": null}"#);
        assert!((FORMAT.read)(&failed).is_err_and(|error| error.message.contains("no audio")));
    }
}
