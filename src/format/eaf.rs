//! ELAN annotations: tiers of values between time slots.
//!
//! A tier that stands on its own is what someone said. A tier that depends on another one (a
//! translation, glosses, parts of speech) is about what was said, and left out.

use rustc_hash::FxHashMap;

use super::clock::resolution;
use super::xml::{Piece, Pieces, Tag};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{
    Fragment, Kind, Millis, Source, SpeakerId, Timing, Transcript, TranscriptBuilder,
};

/// The format.
pub static FORMAT: Format = Format {
    id: "eaf",
    about: "ELAN annotations (`.eaf`), an independent tier for each speaker",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let is_eaf = head.first == Some('<') && head.text.contains("<ANNOTATION_DOCUMENT");
    if is_eaf { 98 } else { 0 }
}

/// A point in time. Not every one has a value; `order` is then that of the last that had.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    order: i64,
    at: Option<Millis>,
}

#[derive(Debug, Default)]
struct Tier {
    id: String,
    participant: Option<String>,
    depends: bool,
    said: Vec<Annotation>,
}

impl Tier {
    fn letters(&self) -> usize {
        self.said.iter().map(|annotation| annotation.said.text().len()).sum()
    }
}

#[derive(Debug)]
struct Annotation {
    start: Slot,
    end: Slot,
    said: Fragment,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let tiers = tiers(&source.text)?;
    let mut builder = TranscriptBuilder::new();
    let depending: Vec<&str> =
        tiers.iter().filter(|tier| tier.depends).map(|tier| tier.id.as_str()).collect();
    warn_of(&mut builder, "depend on others", &depending);
    let (spoken, doubled) = one_for_each(tiers);
    let doubled: Vec<&str> = doubled.iter().map(|tier| tier.id.as_str()).collect();
    warn_of(&mut builder, "say more about someone who has a longer one", &doubled);
    let mut all: Vec<(Option<SpeakerId>, Annotation)> = Vec::new();
    for tier in spoken {
        let speaker = match &tier.participant {
            Some(name) => builder.speaker_with_id(name, Some(&tier.id)),
            None => builder.speaker(&tier.id),
        };
        all.extend(tier.said.into_iter().map(|annotation| (speaker, annotation)));
    }
    // Stable, so that of two that start together the one of the first tier comes first.
    all.sort_by_key(|(_, annotation)| annotation.start.order);
    let has_times = all.iter().any(|(_, annotation)| annotation.start.at.is_some());
    for (speaker, Annotation { start, end, said }) in all {
        builder.say(speaker, Timing::new(start.at, end.at), &said);
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(has_times, true)))
}

/// Reads all tiers, with what is aligned in them.
fn tiers(text: &str) -> Result<Vec<Tier>, ReadError> {
    let mut slots: FxHashMap<String, Slot> = FxHashMap::default();
    let mut last = Slot::default();
    let mut tiers: Vec<Tier> = Vec::new();
    let mut open: Option<Annotation> = None;
    let mut in_value = false;
    let mut pieces = Pieces::of(text);
    while let Some(piece) = pieces.next() {
        match piece? {
            Piece::Open(tag) => match tag.name() {
                "HEADER" => check_unit(&pieces, &tag)?,
                "TIME_SLOT" => {
                    last.at = tag.attribute("TIME_VALUE").and_then(|value| millis(&value));
                    last.order = last.at.map_or(last.order, |at| at.0);
                    slots.insert(tag.attribute("TIME_SLOT_ID").unwrap_or_default(), last);
                }
                "TIER" => tiers.push(Tier {
                    id: tag.attribute("TIER_ID").unwrap_or_default(),
                    participant: tag.attribute("PARTICIPANT").filter(|name| !name.is_empty()),
                    depends: tag.attribute("PARENT_REF").is_some(),
                    said: Vec::new(),
                }),
                "ALIGNABLE_ANNOTATION" => {
                    let slot = |name| tag.attribute(name).and_then(|id| slots.get(&id).copied());
                    let start = slot("TIME_SLOT_REF1").unwrap_or_default();
                    let end = slot("TIME_SLOT_REF2").unwrap_or_default();
                    open = Some(Annotation { start, end, said: Fragment::new() });
                }
                "ANNOTATION_VALUE" => in_value = true,
                _ => {}
            },
            Piece::Text(words, at) => {
                if let Some(annotation) = open.as_mut().filter(|_| in_value) {
                    annotation.said.push_decoded(&words, at);
                }
            }
            Piece::Close(end) => match end.name() {
                "ANNOTATION_VALUE" => in_value = false,
                "ALIGNABLE_ANNOTATION" => {
                    let tier = tiers.last_mut().filter(|tier| !tier.depends);
                    if let (Some(tier), Some(annotation)) = (tier, open.take()) {
                        tier.said.push(annotation);
                    }
                }
                _ => {}
            },
        }
    }
    Ok(tiers)
}

fn millis(value: &str) -> Option<Millis> {
    value.parse::<f64>().ok().and_then(|millis| Millis::from_seconds(millis / 1000.0))
}

fn check_unit(pieces: &Pieces, header: &Tag) -> Result<(), ReadError> {
    match header.attribute("TIME_UNITS").as_deref() {
        None | Some("" | "milliseconds") => Ok(()),
        Some(unit) => Err(pieces
            .fault(header.at, format!("its times are in {unit}"))
            .with_help("save it with `TIME_UNITS=\"milliseconds\"`")),
    }
}

/// Of the independent tiers of one participant, the one with most in it; the second list holds the
/// others.
fn one_for_each(tiers: Vec<Tier>) -> (Vec<Tier>, Vec<Tier>) {
    let mut spoken: Vec<Tier> = Vec::new();
    let mut doubled = Vec::new();
    let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
    for tier in tiers.into_iter().filter(|tier| tier.letters() > 0) {
        let Some(name) = tier.participant.clone() else {
            spoken.push(tier);
            continue;
        };
        match by_name.get(&name) {
            None => {
                by_name.insert(name, spoken.len());
                spoken.push(tier);
            }
            Some(&at) if spoken[at].letters() < tier.letters() => {
                doubled.push(std::mem::replace(&mut spoken[at], tier));
            }
            Some(_) => doubled.push(tier),
        }
    }
    (spoken, doubled)
}

/// The most names that a warning lists.
const LISTED: usize = 5;

fn warn_of(builder: &mut TranscriptBuilder, why: &str, ids: &[&str]) {
    if ids.is_empty() {
        return;
    }
    let more = if ids.len() > LISTED { " \u{2026}" } else { "" };
    let ids = ids.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    builder.warn(format!("left out: tiers that {why} ({ids}{more})"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    fn annotation(start: &str, end: &str, value: &str) -> String {
        format!(
            "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a\" TIME_SLOT_REF1=\"{start}\" TIME_SLOT_REF2=\"{end}\">\
             <ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
    }

    fn document(tiers: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<ANNOTATION_DOCUMENT>\n<HEADER TIME_UNITS=\"milliseconds\"/>\n<TIME_ORDER>\
             <TIME_SLOT TIME_SLOT_ID=\"t1\" TIME_VALUE=\"100\"/><TIME_SLOT TIME_SLOT_ID=\"t2\"/>\
             <TIME_SLOT TIME_SLOT_ID=\"t3\" TIME_VALUE=\"900\"/></TIME_ORDER>\n{tiers}\n</ANNOTATION_DOCUMENT>"
        )
    }

    #[test]
    fn tiers_are_woven_together_by_time() {
        let text = document(&format!(
            "<TIER TIER_ID=\"ana\" PARTICIPANT=\"Ana Lima\">{}{}</TIER><TIER TIER_ID=\"bo\">{}</TIER>\
             <TIER TIER_ID=\"gloss\" PARENT_REF=\"bo\">{}</TIER>",
            annotation("t1", "t2", "R&amp;D first"),
            annotation("t3", "t9", "then this"),
            annotation("t2", "t3", "yes"),
            annotation("t2", "t3", "YES"),
        ));
        let read = read_as(&FORMAT, &text);
        let expected = [
            (Some("Ana Lima"), Some(100), "R&D first"),
            (Some("bo"), None, "yes"),
            (Some("Ana Lima"), Some(900), "then this"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["left out: tiers that depend on others (gloss)"]);
        let turn = &read.turns[0];
        assert_eq!(turn.source_offset(4), text.find("first"));
    }

    #[test]
    fn someone_is_heard_in_one_tier_only() {
        let text = document(&format!(
            "<TIER TIER_ID=\"g\" PARTICIPANT=\"Ana\">{}</TIER><TIER TIER_ID=\"w\" PARTICIPANT=\"Ana\">{}</TIER>",
            annotation("t1", "t3", "nod"),
            annotation("t1", "t3", "yes we can"),
        ));
        let read = read_as(&FORMAT, &text);
        assert_eq!(said(&read), [(Some("Ana"), Some(100), "yes we can")]);
        assert!(read.warnings[0].ends_with("(g)"), "{:?}", read.warnings);
    }

    #[test]
    fn times_in_frames_are_refused_with_their_place() {
        let text = document("").replace("\"milliseconds\"", "\"PAL-frames\"");
        let error = (FORMAT.read)(&source(&text)).expect_err("is in frames");
        assert_eq!((error.line, error.column), (Some(3), Some(1)));
        assert!(error.message.contains("PAL-frames"), "{error}");
    }
}
