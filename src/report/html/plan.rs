//! What to practise, for the templates.

use minijinja::{Value, context};

use crate::report::layout::{counted, rate};
use crate::report::practice::{Plan, Standing, try_saying};
use crate::taxonomy::{Axis, Behaviour};

/// The practice of a behaviour; contrasts are named so much like their sides that a name tells nothing.
pub(super) fn practice(behaviour: Behaviour) -> Option<&'static str> {
    behaviour.group().filter(|_| behaviour.axis() == Axis::Selling)
}

/// A plan with, for each behaviour, what `example` knows of it: a quote, its place, what to say
/// instead.
pub(super) fn view(plan: &Plan, example: impl Fn(&Standing) -> Option<Value>) -> Value {
    let thing = |standing: &Standing| {
        context! {
            id => standing.behaviour.id(),
            meaning => standing.behaviour.meaning(),
            practice => practice(standing.behaviour),
            drains => standing.behaviour.pole().drains(),
            found => match standing.count {
                1 => "once".to_owned(),
                count => counted(count, "time"),
            },
            count => standing.count,
            rate => rate(standing.rate),
            ideal => rate(standing.ideal),
            saying => try_saying(standing.behaviour),
            example => example(standing),
        }
    };
    context! {
        practise => plan.practise.iter().map(thing).collect::<Vec<_>>(),
        keep => plan.keep.as_ref().map(thing),
    }
}
