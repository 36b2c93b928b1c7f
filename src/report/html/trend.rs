//! How someone's calls went over time, and how they lie beside the person's own baseline and the
//! group.

use minijinja::{Value, context};

use crate::report::collection::Collection;

use super::at;
use super::people::{Point, Subject};

/// The drawings' width, and the field in which values are drawn.
const WIDTH: f64 = 640.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 12.0;
const HEIGHT: f64 = 150.0;

/// More calls than this are drawn as a running median of as many as the second number.
const DRAWN: usize = 60;
const RUNNING: usize = 9;

/// The latest calls, and the fewest before them that make a baseline.
pub(super) const LATEST: usize = 3;
const BASELINE: usize = 3;

/// More calls than this have no dot each in the distribution.
const DOTS: usize = 250;

/// The index and its band over the calls, in order.
pub(super) fn trend(subject: &Subject, calls: &Collection) -> Value {
    let smooth = subject.points.len() > DRAWN;
    let points = if smooth { running(&subject.points) } else { subject.points.clone() };
    let step = (RIGHT - LEFT) / points.len().saturating_sub(1).max(1) as f64;
    let x = |number: usize| {
        if points.len() == 1 { LEFT.midpoint(RIGHT) } else { LEFT + step * number as f64 }
    };
    let corner = |(number, value): (usize, f64)| format!("{} {}", at(x(number)), at(y(value)));
    let along = |value: fn(&Point) -> f64| {
        let corners = points.iter().enumerate().map(|(n, point)| corner((n, value(point))));
        corners.collect::<Vec<_>>()
    };
    let line = along(|point| point.index).join("L");
    let mut band = along(|point| point.high);
    band.extend(along(|point| point.low).into_iter().rev());
    let dot = |(number, point): (usize, &Point)| {
        let call = &calls.calls[point.call];
        context! {
            x => at(x(number)),
            y => at(y(point.index)),
            top => at(y(point.high)),
            height => at(y(point.low) - y(point.high)),
            link => &call.link,
            label => format!("{}: {:.0}, {:.0} to {:.0}", call.path, point.index, point.low, point.high),
            enough => point.enough,
        }
    };
    let dots: Vec<_> = match smooth {
        true => Vec::new(),
        false => points.iter().enumerate().map(dot).collect(),
    };
    let day = |point: Option<&Point>| {
        point.filter(|_| subject.dated).and_then(|point| point.date).map(|date| date.to_string())
    };
    context! {
        width => WIDTH,
        height => TOP + HEIGHT + 24.0,
        left => LEFT,
        right => RIGHT,
        bottom => TOP + HEIGHT,
        grid => [0.0, 25.0, 50.0, 75.0, 100.0].map(|value| context! { y => at(y(value)), value => value as u32 }),
        line => format!("M{line}"),
        band => format!("M{}z", band.join("L")),
        dots,
        smooth,
        running => RUNNING,
        first => day(subject.points.first()),
        last => day(subject.points.last()),
        count => subject.points.len(),
    }
}

fn y(value: f64) -> f64 {
    TOP + HEIGHT * (1.0 - value / 100.0)
}

/// Each point and its neighbours' medians.
fn running(points: &[Point]) -> Vec<Point> {
    let reach = RUNNING / 2;
    let around = |at: usize| &points[at.saturating_sub(reach)..points.len().min(at + reach + 1)];
    let median =
        |at: usize, value: fn(&Point) -> f64| quantile(&sorted(around(at).iter().map(value)), 0.5);
    let point = |(at, point): (usize, &Point)| Point {
        index: median(at, |p| p.index),
        low: median(at, |p| p.low),
        high: median(at, |p| p.high),
        ..*point
    };
    points.iter().enumerate().map(point).collect()
}

/// The latest calls beside the person's own baseline, and both beside everyone else's calls.
pub(super) fn distribution(subject: &Subject, others: &[f64]) -> Value {
    let points = &subject.points;
    let early = points.len().saturating_sub(LATEST);
    let own = |points: &[Point]| sorted(points.iter().map(|point| point.index));
    let baseline = own(&points[..early]);
    let dots: Vec<_> = match points.len() {
        ..=DOTS => points.iter().map(|point| at(x(point.index))).collect(),
        _ => Vec::new(),
    };
    let (before, latest) = dots.split_at(early.min(dots.len()));
    context! {
        width => WIDTH,
        left => LEFT,
        right => RIGHT,
        grid => [0.0, 25.0, 50.0, 75.0, 100.0].map(|value| context! { x => at(x(value)), value => value as u32 }),
        before => before.to_vec(),
        latest => latest.to_vec(),
        latest_median => (!points.is_empty()).then(|| round(quantile(&own(&points[early..]), 0.5))),
        latest_calls => points.len() - early,
        baseline => (baseline.len() >= BASELINE).then(|| middle(&baseline)),
        needed => LATEST + BASELINE,
        group => (!others.is_empty()).then(|| middle(others)),
    }
}

fn x(value: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * value / 100.0
}

/// Median and middle half of sorted values.
pub(super) fn middle(values: &[f64]) -> Value {
    let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(values, share));
    context! {
        low => round(low),
        median => round(median),
        high => round(high),
        x => at(x(low)),
        width => at((x(high) - x(low)).max(1.0)),
        middle => at(x(median)),
        count => values.len(),
    }
}

pub(super) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A quantile of sorted values, between two of them where it falls between; 50 of none.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 50.0 };
    let place = share * last as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

fn round(value: f64) -> String {
    format!("{value:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(index: f64) -> Point {
        Point { call: 0, date: None, index, low: index - 10.0, high: index + 10.0, enough: true }
    }

    #[test]
    fn quantiles_are_those_worked_out_by_hand() {
        let values = [10.0, 20.0, 30.0, 40.0];
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|at| quantile(&values, at)), [10.0, 17.5, 25.0, 40.0]);
        assert_eq!((quantile(&[7.0], 0.25), quantile(&[], 0.5)), (7.0, 50.0));
    }

    #[test]
    fn a_running_median_is_not_moved_by_one_call() {
        let mut points = vec![point(40.0); 30];
        points[15] = point(95.0);
        assert!(running(&points).iter().all(|point| point.index == 40.0 && point.high == 50.0));
    }
}
