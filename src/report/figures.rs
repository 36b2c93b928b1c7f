//! The conversation figures, as the templates of the reports want them.

use minijinja::{Value, context};

use super::layout::{figure, figure_label, known_figures};
use super::model::Report;
use crate::score::Quality;

/// How many speakers have a column.
const COLUMNS: usize = 8;

/// The conversation figures of those who say most, with their definitions.
pub(super) fn talk(report: &Report) -> Value {
    let mut speakers: Vec<_> = report.speakers.iter().collect();
    speakers.sort_by_key(|speaker| std::cmp::Reverse(speaker.words));
    speakers.truncate(COLUMNS);
    let figures: Vec<_> = known_figures(report)
        .into_iter()
        .map(|name| {
            let (label, range) = figure_label(report, name);
            let found: Vec<_> =
                speakers.iter().map(|speaker| speaker.conversation.get(name)).collect();
            let values: Vec<_> =
                found.iter().map(|f| f.map_or("–".to_owned(), |f| figure(name, f))).collect();
            let known = found.iter().flatten().find(|figure| figure.value.is_some());
            context! {
                label,
                range,
                values,
                estimated => known.is_some_and(|figure| figure.quality == Quality::Estimated),
                definition => known.map_or("", |figure| figure.definition),
            }
        })
        .collect();
    let names: Vec<_> = speakers.iter().map(|speaker| Value::from(&speaker.name)).collect();
    context! { names, figures }
}
