//! The page of one transcript.

use std::collections::HashSet;
use std::io;

use minijinja::{Value, context};

use crate::report::layout::{
    QUOTE_END, QUOTE_START, back_at, clock, counted, excerpt, grouped, place, rate,
};
use crate::report::model::{AxisReport, FindingReport, Report, SpeakerReport};
use crate::report::practice::{self, Standing};
use crate::report::{clean, figures};
use crate::roles::RoleSource;
use crate::score::Sufficiency;
use crate::taxonomy::{Axis, Behaviour, Role};

use super::{at, plan, render, timeline, transcript, write_all};

const SCRIPT: &str = include_str!("call.js");

/// How much of its sentence is shown on either side of a quote, in characters.
const AROUND: usize = 160;

/// Speakers who get a balance and a plan of their own where several are judged.
const PERSONS: usize = 6;

/// Writes the page; `home` leads to the index, where there is one.
pub(super) fn write(
    report: &Report,
    home: Option<&str>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    write_all(page(report, home), out)
}

pub(super) fn page(report: &Report, home: Option<&str>) -> Result<String, minijinja::Error> {
    let title = clean(&report.source.path);
    let name = title.rsplit(['/', '\\']).next().unwrap_or(&title).to_owned();
    let axes: Vec<_> = report.scores.judged().map(|(axis, s)| axis_view(report, axis, s)).collect();
    render(
        "call.html",
        SCRIPT,
        context! {
            title => &name,
            name,
            home,
            path => &report.source.path,
            facts => facts(report),
            people => report.speakers.iter().map(person).collect::<Vec<_>>(),
            author => author(report),
            agreement => report.agreement(),
            warnings => report.notices().map(|notice| Value::from(&*notice)).collect::<Vec<_>>(),
            axes,
            timeline => timeline::view(report),
            moments => report.findings.iter().enumerate().map(|f| moment(report, f)).collect::<Vec<_>>(),
            filters => filters(report),
            turns => transcript::views(report),
            talk => figures::talk(report),
            targets => &report.engine.targets,
            lexicon => &report.engine.lexicon,
            model => &report.engine.model,
            sha256 => &report.source.sha256,
        },
    )
}

/// Format, length, turns and words, in a line.
fn facts(report: &Report) -> String {
    let length = report.length().map(clock);
    let facts = [
        Some(report.source.format.to_owned()),
        length,
        Some(counted(report.turns.len() as u64, "turn")),
        Some(counted(report.turns.iter().map(|turn| turn.shape.words).sum(), "word")),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn person(speaker: &SpeakerReport) -> Value {
    let known = match (speaker.role, speaker.role_source) {
        (Role::Unknown, _) => "role unknown".to_owned(),
        (role, RoleSource::Given) => format!("{}, as given", role.id()),
        (role, RoleSource::Format) => format!("{}, says the format", role.id()),
        (role, RoleSource::Inferred) => match speaker.role_confidence {
            Some(sure) => format!("{}, it seems ({:.0} % sure)", role.id(), 100.0 * sure),
            None => format!("{}, it seems", role.id()),
        },
        (role, RoleSource::Unknown) => role.id().to_owned(),
    };
    context! {
        name => &speaker.name,
        role => known,
        words => counted(speaker.words, "word"),
        judged => speaker.scores.judged().next().is_some(),
    }
}

/// Text without a speaker.
fn author(report: &Report) -> Option<Value> {
    let text = report.unattributed?;
    let judged = report.scores.judged().any(|(axis, _)| text.role.judged_on(axis));
    let role = match text.role {
        Role::Unknown => "role unknown".to_owned(),
        role => format!("read as a {}’s own", role.id()),
    };
    Some(context! { role, words => counted(text.words, "word"), judged })
}

fn axis_view(report: &Report, axis: Axis, score: &AxisReport) -> Value {
    let of_axis = |finding: &&FindingReport| finding.axis == axis.id();
    let mut judged: Vec<_> =
        report.speakers.iter().filter_map(|s| Some((s, s.scores.get(axis)?))).collect();
    let unnamed = report.unattributed.filter(|text| text.role.judged_on(axis));
    let words = judged.iter().map(|(speaker, _)| speaker.words).sum::<u64>()
        + unnamed.map_or(0, |text| text.words);
    judged.sort_by_key(|(speaker, _)| std::cmp::Reverse(speaker.words));
    let several = judged.len() + usize::from(unnamed.is_some()) > 1;
    judged.truncate(if several { PERSONS } else { 0 });
    let persons: Vec<_> = judged
        .into_iter()
        .map(|(speaker, score)| {
            let own = |f: &&FindingReport| of_axis(f) && f.speaker.as_ref() == Some(&speaker.name);
            context! {
                name => &speaker.name,
                balance => balance(axis, score),
                plan => plan_view(report, axis, score, speaker.words, own),
            }
        })
        .collect();
    context! {
        id => axis.id(),
        drains => axis.drains().id(),
        builds => axis.builds().id(),
        contrasts => axis == Axis::Leading,
        balance => balance(axis, score),
        words => grouped(words),
        groups => groups(score),
        behaviours => behaviours(score),
        parts => score.parts.as_ref().map(|_| parts(axis, score)),
        plan => plan_view(report, axis, score, words, of_axis),
        persons,
    }
}

/// The index on its scale, and the poles beside it.
pub(super) fn balance(axis: Axis, score: &AxisReport) -> Value {
    let evidence = match score.evidence {
        Sufficiency::None => "No evidence: nothing was found",
        Sufficiency::Thin => "Thin evidence: take it as a hint",
        Sufficiency::Enough => "Enough evidence to rely on",
    };
    let pole = |pole: crate::taxonomy::Pole| {
        let count = score.poles.get(pole.id());
        context! {
            id => pole.id(),
            found => counted(count.map_or(0, |count| count.count), "finding"),
            rate => rate(count.map_or(0.0, |count| count.per_1000_words)),
        }
    };
    context! {
        index => format!("{:.0}", score.index),
        low => format!("{:.0}", score.low),
        high => format!("{:.0}", score.high),
        at => score.index,
        from => score.low,
        width => at(score.high - score.low),
        known => score.evidence != Sufficiency::None,
        evidence,
        drains => pole(axis.drains()),
        builds => pole(axis.builds()),
    }
}

/// Practices or contrasts, as rates against ideals on one scale.
fn groups(score: &AxisReport) -> Vec<Value> {
    let rates = score.groups.iter().flat_map(|(_, group)| [group.per_1000_words, group.ideal]);
    let most = rates.fold(0.5, f64::max) * 1.08;
    let scaled = |value: f64| at(100.0 * value / most);
    score
        .groups
        .iter()
        .map(|(name, group)| {
            context! {
                name,
                count => group.count,
                drained => group.drains,
                rate => rate(group.per_1000_words),
                ideal => rate(group.ideal),
                bar => scaled(group.per_1000_words),
                tick => scaled(group.ideal),
                met => group.gap <= 0.0,
                gap => rate(group.gap.abs()),
            }
        })
        .collect()
}

fn behaviours(score: &AxisReport) -> Vec<Value> {
    score
        .behaviours
        .iter()
        .filter_map(|(id, count)| Some((Behaviour::from_id(id)?, count)))
        .map(|(behaviour, count)| {
            context! {
                id => behaviour.id(),
                meaning => behaviour.meaning(),
                drains => behaviour.pole().drains(),
                count => count.count,
                rate => rate(count.per_1000_words),
                per_10 => count.per_10_minutes.map_or("–".to_owned(), rate),
                ideal => rate(count.ideal),
                gap => if count.gap == 0.0 { "0".to_owned() } else { format!("{:+.1}", count.gap) },
            }
        })
        .collect()
}

/// Opening, middle and closing, with the rates of both poles on one scale.
fn parts(axis: Axis, score: &AxisReport) -> Vec<Value> {
    let Some(parts) = &score.parts else { return Vec::new() };
    let rates = parts.iter().flat_map(|(_, part)| part.poles.iter().map(|(_, p)| p.per_1000_words));
    let most = rates.fold(1.0, f64::max);
    parts
        .iter()
        .map(|(name, part)| {
            let pole = |id: &str| {
                let count = part.poles.get(id);
                let per = count.map_or(0.0, |count| count.per_1000_words);
                context! {
                    count => count.map_or(0, |count| count.count),
                    rate => rate(per),
                    bar => at(100.0 * per / most),
                }
            };
            context! {
                name,
                words => grouped(part.words),
                drains => pole(axis.drains().id()),
                builds => pole(axis.builds().id()),
            }
        })
        .collect()
}

/// What to practise next, each with its strongest moment.
fn plan_view<'a>(
    report: &'a Report,
    axis: Axis,
    score: &AxisReport,
    words: u64,
    own: impl Fn(&&'a FindingReport) -> bool,
) -> Option<Value> {
    if score.evidence == Sufficiency::None {
        return None;
    }
    let standings = practice::standings(score, report.findings.iter().filter(&own));
    let plan = practice::plan(axis, &standings, words);
    let example = |standing: &Standing| {
        let of =
            report.findings.iter().enumerate().filter(|(_, finding)| {
                finding.behaviour == standing.behaviour.id() && own(finding)
            });
        // The first of the strongest.
        let best =
            of.reduce(|best, next| if next.1.weight() > best.1.weight() { next } else { best })?;
        Some(context! {
            link => format!("#m{}", best.0),
            place => place(best.1),
            quote => quote(report, best.1),
            instead => &best.1.instead,
        })
    };
    Some(plan::view(&plan, example))
}

/// The words of a finding with the rest of their sentence.
pub(super) fn quote(report: &Report, finding: &FindingReport) -> Value {
    let excerpt = excerpt(report, finding, AROUND);
    let (before, rest) = excerpt.split_once(QUOTE_START).unwrap_or(("", &excerpt));
    let (words, after) = rest.split_once(QUOTE_END).unwrap_or((rest, ""));
    context! { before, words, after }
}

fn moment(report: &Report, (number, finding): (usize, &FindingReport)) -> Value {
    let meaning = Behaviour::from_id(finding.behaviour).map_or("", Behaviour::meaning);
    context! {
        number,
        turn => finding.turn,
        place => place(finding),
        speaker => &finding.speaker,
        behaviour => finding.behaviour,
        pole => finding.pole,
        drains => finding.drains(),
        meaning,
        practice => Behaviour::from_id(finding.behaviour).and_then(plan::practice),
        score => format!("{:.0}", 100.0 * finding.score),
        quote => quote(report, finding),
        instead => &finding.instead,
        rules => finding.rules().map(Value::from).collect::<Vec<_>>(),
        heard => finding.classifier_score().map(|score| format!("{:.0}", 100.0 * score)),
        detector => detector(finding),
        alone => finding.seen_alone_by().filter(|_| report.engine.has_both()),
        taken_back => finding.taken_back.as_ref().map(|taken| context! {
            place => back_at(taken),
            turn => taken.turn,
            quote => &taken.quote,
        }),
    }
}

fn detector(finding: &FindingReport) -> &'static str {
    finding.seen_alone_by().unwrap_or("both")
}

/// What the findings can be filtered by, in the order of the taxonomy and of appearance.
fn filters(report: &Report) -> Value {
    let found = |behaviour: &Behaviour| {
        report.findings.iter().any(|finding| finding.behaviour == behaviour.id())
    };
    let behaviours: Vec<_> = Behaviour::all().filter(found).collect();
    let mut poles: Vec<_> = behaviours.iter().map(|behaviour| behaviour.pole().id()).collect();
    poles.dedup();
    let speakers = report.speakers.iter().map(|speaker| &speaker.name);
    let spoken: HashSet<_> = report.findings.iter().filter_map(|f| f.speaker.as_ref()).collect();
    let spoke = |name: &&String| spoken.contains(name);
    let speakers: Vec<_> = speakers.filter(spoke).map(Value::from).collect();
    let seen = |id: &&str| report.findings.iter().any(|finding| detector(finding) == *id);
    let detectors: Vec<_> = ["both", "lexicon", "classifier"].into_iter().filter(seen).collect();
    context! {
        behaviours => behaviours.iter().map(|behaviour| behaviour.id()).collect::<Vec<_>>(),
        poles,
        speakers,
        detectors,
        both => report.engine.has_both(),
    }
}
