//! The timeline: what builds above a line and what drains below it, and who spoke when.
//!
//! It runs by the clock where the source has times fine enough to draw turns, else by words.

use minijinja::{Value, context};

use crate::report::layout::{clock, counted, grouped, place, short_name};
use crate::report::model::{FindingReport, Report, TurnReport};

use super::at;

/// Width of the drawing, and where in it the conversation starts and ends.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 988.0;

/// Height of the field of each pole, and of a speaker's lane; where the fields start.
const FIELD: (f64, f64) = (56.0, 96.0);
const LANE: f64 = 34.0;
const TOP: f64 = 26.0;

/// Findings closer than this stand on each other.
const STACK: f64 = 13.0;

/// Speakers with a lane of their own; the others share one.
const LANES: usize = 6;

/// Turns of one lane closer than this are drawn as one.
const JOINED: f64 = 0.8;

/// Fields of a lane's name, in characters.
const NAME: usize = 15;

/// From places in the conversation to places in the drawing.
struct Scale {
    /// Whether it runs by the clock.
    clock: bool,
    from: f64,
    to: f64,
    /// Where each turn starts and ends.
    turns: Vec<Option<(f64, f64)>>,
    /// How many characters each turn has.
    chars: Vec<usize>,
}

impl Scale {
    fn new(report: &Report) -> Option<Scale> {
        let known = report.turns.iter().filter(|turn| turn.shape.span.is_some()).count();
        let clock = known > 0 && 2 * known >= report.turns.len();
        let mut words = 0.0;
        let turns: Vec<_> = report
            .turns
            .iter()
            .map(|turn| {
                let before = words;
                words += turn.shape.words as f64;
                if clock { turn.shape.span } else { Some((before, words)) }
            })
            .collect();
        let spans = || turns.iter().flatten();
        let from = spans().map(|span| span.0).reduce(f64::min)?;
        let to = spans().map(|span| span.1).reduce(f64::max)?;
        let chars = report.turns.iter().map(|turn| turn.text.chars().count()).collect();
        (to > from).then_some(Scale { clock, from, to, turns, chars })
    }

    fn x(&self, place: f64) -> f64 {
        let share = (place - self.from) / (self.to - self.from);
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// Where a finding stands.
    fn of(&self, finding: &FindingReport) -> Option<f64> {
        let (start, end) = (*self.turns.get(finding.turn)?)?;
        if let (true, Some(time)) = (self.clock, finding.time) {
            return Some(self.x(time));
        }
        let chars = self.chars.get(finding.turn).copied().unwrap_or(0).max(1);
        Some(self.x(start + (end - start) * finding.span[0] as f64 / chars as f64))
    }

    /// Places to label: round numbers, eight at the most.
    fn ticks(&self) -> Vec<Value> {
        let steps: &[f64] = match self.clock {
            true => &[5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0],
            false => &[10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0],
        };
        let length = self.to - self.from;
        let last = steps[steps.len() - 1];
        let fitting = steps.iter().copied().find(|step| length / step <= 8.0);
        let step = fitting.unwrap_or_else(|| last * (length / last / 8.0).ceil());
        let label = |place: f64| if self.clock { clock(place) } else { grouped(place as u64) };
        (0..=(length / step) as u64)
            .map(|number| (self.from / step).ceil() * step + number as f64 * step)
            .filter(|place| *place <= self.to)
            .map(|place| context! { x => at(self.x(place)), label => label(place) })
            .collect()
    }
}

/// The prepared drawing; `None` where there is nothing to draw.
pub(super) fn view(report: &Report) -> Option<Value> {
    let scale = Scale::new(report)?;
    let lanes = Lanes::new(report);
    let stacks = stacks(report, &scale);
    let field = (STACK * f64::from(stacks.tallest) + 12.0).clamp(FIELD.0, FIELD.1);
    let lanes_top = 2.0 * field + 62.0;
    let height = lanes_top + LANE * lanes.count() as f64 + 8.0;
    Some(context! {
        width => WIDTH,
        height,
        left => LEFT,
        right => RIGHT,
        middle => field + TOP,
        top => TOP,
        bottom => 2.0 * field + TOP,
        by_clock => scale.clock,
        ticks => scale.ticks(),
        parts => parts(report, &scale),
        marks => stacks.marks(field),
        lanes => lanes.views(report, &scale, lanes_top),
        any_questions => report.turns.iter().any(asks),
    })
}

/// Opening, middle and closing, each from its first turn to the next part's.
fn parts(report: &Report, scale: &Scale) -> Vec<Value> {
    let mut starts: Vec<(&str, f64)> = Vec::new();
    for (turn, span) in report.turns.iter().zip(&scale.turns) {
        let (Some(part), Some((start, _))) = (turn.shape.part, span) else { continue };
        if starts.last().is_none_or(|(last, _)| *last != part) {
            starts.push((part, scale.x(*start)));
        }
    }
    let ends: Vec<_> = starts.iter().skip(1).map(|part| part.1).chain([RIGHT]).collect();
    let parts = starts.into_iter().zip(ends).filter(|((_, from), to)| to > from);
    parts.map(|((id, from), to)| context! { id, x => at(from), width => at(to - from) }).collect()
}

/// The findings, stacked outwards from the line.
struct Stacks<'a> {
    /// Each with its number, the place of its stack and how many stand before it there.
    placed: Vec<(usize, &'a FindingReport, usize, u32)>,
    tallest: u32,
}

fn stacks<'a>(report: &'a Report, scale: &Scale) -> Stacks<'a> {
    let places = ((RIGHT - LEFT) / STACK) as usize;
    let mut heights = [vec![0_u32; places], vec![0_u32; places]];
    let mut placed = Vec::new();
    for (number, finding) in report.findings.iter().enumerate() {
        let Some(x) = scale.of(finding) else { continue };
        let place = (((x - LEFT) / STACK) as usize).min(places - 1);
        let height = &mut heights[usize::from(finding.drains())][place];
        placed.push((number, finding, place, *height));
        *height += 1;
    }
    Stacks { placed, tallest: heights.iter().flatten().copied().max().unwrap_or_default() }
}

impl Stacks<'_> {
    fn marks(&self, field: f64) -> Vec<Value> {
        let step = STACK.min((field - 16.0) / f64::from(self.tallest.max(1)));
        let mark = |(number, finding, stack, level): &(usize, &FindingReport, usize, u32)| {
            let drains = finding.drains();
            let away = (11.0 + step * f64::from(*level)) * if drains { 1.0 } else { -1.0 };
            context! {
                number,
                drains,
                x => at(LEFT + (*stack as f64 + 0.5) * STACK),
                y => at(field + TOP + away),
                place => place(finding),
                behaviour => finding.behaviour,
                speaker => &finding.speaker,
                taken_back => finding.taken_back.is_some(),
            }
        };
        self.placed.iter().map(mark).collect()
    }
}

fn asks(turn: &TurnReport) -> bool {
    turn.shape.open_questions + turn.shape.closed_questions > 0
}

/// The lane of each speaker.
struct Lanes<'a> {
    /// Names, in order of appearance.
    names: Vec<&'a str>,
    /// Whether there are others, who share a last lane.
    others: bool,
}

impl<'a> Lanes<'a> {
    fn new(report: &'a Report) -> Self {
        let mut by_words: Vec<_> = report.speakers.iter().collect();
        by_words.sort_by_key(|speaker| std::cmp::Reverse(speaker.words));
        by_words.truncate(LANES);
        let has_lane = |name: &str| by_words.iter().any(|speaker| speaker.name == name);
        let names: Vec<_> =
            report.speakers.iter().map(|s| s.name.as_str()).filter(|name| has_lane(name)).collect();
        let unnamed = report.turns.iter().any(|turn| turn.speaker.is_none());
        Lanes { others: report.speakers.len() > names.len() || unnamed, names }
    }

    fn count(&self) -> usize {
        self.names.len() + usize::from(self.others)
    }

    fn of(&self, turn: &TurnReport) -> usize {
        let speaker = turn.speaker.as_deref();
        let lane = self.names.iter().position(|name| Some(*name) == speaker);
        lane.unwrap_or(self.names.len())
    }

    fn views(&self, report: &Report, scale: &Scale, top: f64) -> Vec<Value> {
        let mut bars: Vec<Vec<(f64, f64)>> = vec![Vec::new(); self.count()];
        let mut longest: Vec<Option<(f64, usize)>> = vec![None; self.count()];
        let mut questions: Vec<Vec<Value>> = vec![Vec::new(); self.count()];
        for (index, (turn, span)) in report.turns.iter().zip(&scale.turns).enumerate() {
            let Some((start, end)) = *span else { continue };
            let lane = self.of(turn);
            let (from, to) = (scale.x(start), scale.x(end));
            match bars[lane].last_mut() {
                Some(last) if from - last.1 < JOINED => last.1 = last.1.max(to),
                _ => bars[lane].push((from, to)),
            }
            if longest[lane].is_none_or(|(length, _)| end - start > length) {
                longest[lane] = Some((end - start, index));
            }
            if asks(turn) {
                questions[lane].push(question(turn, at(from.midpoint(to).min(RIGHT))));
            }
        }
        let named = |lane: usize| match self.names.get(lane) {
            Some(name) => short_name(name, NAME),
            None if self.names.is_empty() => "text".to_owned(),
            None => "others".to_owned(),
        };
        let bar =
            |(from, to): (f64, f64)| context! { x => at(from), width => at((to - from).max(1.0)) };
        (0..self.count())
            .map(|lane| {
                let longest = longest[lane].filter(|_| lane < self.names.len());
                let longest = longest.and_then(|(length, turn)| {
                    let (start, end) = scale.turns[turn]?;
                    let (x, width) = (scale.x(start), scale.x(end) - scale.x(start));
                    let label = match scale.clock {
                        true => clock(length),
                        false => counted(length as u64, "word"),
                    };
                    Some(context! { x => at(x), width => at(width.max(2.0)), turn, label })
                });
                context! {
                    name => named(lane),
                    y => top + LANE * lane as f64,
                    bars => bars[lane].iter().copied().map(bar).collect::<Vec<_>>(),
                    longest,
                    questions => std::mem::take(&mut questions[lane]),
                }
            })
            .collect()
    }
}

fn question(turn: &TurnReport, x: f64) -> Value {
    let (open, closed) = (turn.shape.open_questions, turn.shape.closed_questions);
    let told: Vec<_> = [(open, "open"), (closed, "closed")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| counted(u64::from(count), &format!("{kind} question")))
        .collect();
    context! { x, open => open > 0, label => told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn list(view: &Value, name: &str) -> Vec<Value> {
        view.get_attr(name).expect("an attribute").try_iter().expect("a list").collect()
    }

    fn number(view: &Value, name: &str) -> f64 {
        f64::try_from(view.get_attr(name).expect("an attribute")).expect("a number")
    }

    #[test]
    fn every_finding_has_its_place_within_the_drawing() {
        let report = sample::call();
        let view = view(&report).expect("a drawing");
        let marks = list(&view, "marks");
        assert_eq!(marks.len(), report.findings.len());
        for mark in &marks {
            let (x, y) = (number(mark, "x"), number(mark, "y"));
            assert!((LEFT..=WIDTH).contains(&x) && (20.0..200.0).contains(&y), "{x} {y}");
        }
        assert_eq!(list(&view, "lanes").len(), 2);
        assert_eq!(list(&view, "parts").len(), 3);
    }

    #[test]
    fn a_lanes_longest_run_is_the_figure() {
        let report = sample::call();
        let view = view(&report).expect("a drawing");
        let figure = report.speakers[0].conversation.get("longest_monologue").expect("a figure");
        let lane = &list(&view, "lanes")[0];
        let label = lane.get_attr("longest").and_then(|longest| longest.get_attr("label"));
        assert_eq!(label.expect("a label").as_str(), Some(&*clock(figure.value.expect("known"))));
    }

    #[test]
    fn text_without_times_is_drawn_by_words_and_nothing_is_not_drawn() {
        let note = sample::note();
        let drawn = view(&note).expect("a drawing");
        assert_eq!(list(&drawn, "marks").len(), note.findings.len());
        let mut empty = note;
        empty.turns.clear();
        assert!(view(&empty).is_none());
    }

    #[test]
    fn long_conversations_have_few_ticks() {
        let mut report = sample::call();
        for seconds in [3.0, 59.0, 4000.0, 360_000.0] {
            report.turns.iter_mut().for_each(|turn| turn.shape.span = Some((0.0, seconds)));
            let ticks = Scale::new(&report).expect("a scale").ticks();
            assert!((1..=9).contains(&ticks.len()), "{seconds}: {}", ticks.len());
        }
    }
}
