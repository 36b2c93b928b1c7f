//! What can be right or wrong in a row: a behaviour, or a pole.
//!
//! Rows come with behaviours or with poles only, and both levels are counted alike; so both stand in
//! one numbering, and what is true or seen in a row is a set of bits.

use crate::taxonomy::{Axis, Behaviour, Pole, Role, nearest};

/// A behaviour or a pole. A pole is present where any of its behaviours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A behaviour.
    Behaviour(Behaviour),
    /// A pole.
    Pole(Pole),
}

impl Target {
    /// How many targets there are.
    pub const COUNT: usize = Behaviour::COUNT + Pole::ALL.len();

    /// The behaviours in the order of the taxonomy, then the poles.
    pub fn all() -> impl Iterator<Item = Target> + Clone {
        Behaviour::all().map(Target::Behaviour).chain(Pole::ALL.map(Target::Pole))
    }

    /// The place in the order of [`Target::all`], from 0.
    pub fn index(self) -> usize {
        match self {
            Target::Behaviour(behaviour) => behaviour.index(),
            Target::Pole(pole) => Behaviour::COUNT + pole as usize,
        }
    }

    /// The identifier; behaviours and poles share none.
    pub fn id(self) -> &'static str {
        match self {
            Target::Behaviour(behaviour) => behaviour.id(),
            Target::Pole(pole) => pole.id(),
        }
    }

    /// The axis that it belongs to.
    pub fn axis(self) -> Axis {
        match self {
            Target::Behaviour(behaviour) => behaviour.axis(),
            Target::Pole(pole) => pole.axis(),
        }
    }

    /// Its score in a row: a pole has the highest of its behaviours'.
    pub fn score(self, scores: &[f32; Behaviour::COUNT]) -> f64 {
        match self {
            Target::Behaviour(behaviour) => f64::from(scores[behaviour.index()]),
            Target::Pole(pole) => Behaviour::all()
                .filter(|behaviour| behaviour.pole() == pole)
                .map(|behaviour| f64::from(scores[behaviour.index()]))
                .fold(0.0, f64::max),
        }
    }
}

/// A set of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Targets(u64);

impl Targets {
    /// None.
    pub const NONE: Targets = Targets(0);
    /// All poles and no behaviour.
    pub const POLES: Targets = Targets(0b1111 << Behaviour::COUNT);
    /// All behaviours and no pole.
    pub const BEHAVIOURS: Targets = Targets((1 << Behaviour::COUNT) - 1);
    /// All.
    pub const ALL: Targets = Targets((1 << Target::COUNT) - 1);

    /// These behaviours and their poles.
    pub fn of_behaviours(behaviours: &[Behaviour]) -> Targets {
        behaviours.iter().fold(Targets::NONE, |set, behaviour| {
            set.with(Target::Behaviour(*behaviour)).with(Target::Pole(behaviour.pole()))
        })
    }

    /// These poles.
    pub fn of_poles(poles: &[Pole]) -> Targets {
        poles.iter().fold(Targets::NONE, |set, pole| set.with(Target::Pole(*pole)))
    }

    /// What someone in this role is judged on.
    pub fn judged(role: Role) -> Targets {
        Target::all()
            .filter(|target| role.judged_on(target.axis()))
            .fold(Targets::NONE, Targets::with)
    }

    fn with(self, target: Target) -> Targets {
        Targets(self.0 | 1 << target.index())
    }

    /// Those in both sets.
    pub fn and(self, other: Targets) -> Targets {
        Targets(self.0 & other.0)
    }

    /// Those in this set and not in the other.
    pub fn without(self, other: Targets) -> Targets {
        Targets(self.0 & !other.0)
    }

    /// Whether the target is in it.
    pub fn contains(self, target: Target) -> bool {
        self.0 >> target.index() & 1 == 1
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub fn len(self) -> u64 {
        u64::from(self.0.count_ones())
    }

    /// The places of the targets, ascending.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let at = bits.trailing_zeros() as usize;
            bits &= bits.checked_sub(1)?;
            Some(at)
        })
    }

    /// The identifiers, in the order of [`Target::all`].
    pub fn ids(self) -> Vec<&'static str> {
        Target::all().filter(|target| self.contains(*target)).map(Target::id).collect()
    }
}

/// What `--score` names: a behaviour, a pole, or an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreName {
    /// The score of a behaviour or pole.
    Target(Target),
    /// The log odds of the building pole less those of the draining one.
    Axis(Axis),
}

impl ScoreName {
    /// The identifier.
    pub fn id(self) -> &'static str {
        match self {
            ScoreName::Target(target) => target.id(),
            ScoreName::Axis(axis) => axis.id(),
        }
    }

    /// Its value for a row: from 0 to 1, for an axis any number. What builds and what drains are both rare, and
    /// their probabilities a few hundredths apart; how many times likelier one is than the other shows in their odds.
    pub fn of(self, scores: &[f32; Behaviour::COUNT]) -> f64 {
        match self {
            ScoreName::Target(target) => target.score(scores),
            ScoreName::Axis(axis) => {
                let odds = |pole| {
                    let score = Target::Pole(pole).score(scores).clamp(1e-6, 1.0 - 1e-6);
                    (score / (1.0 - score)).ln()
                };
                odds(axis.builds()) - odds(axis.drains())
            }
        }
    }
}

impl std::str::FromStr for ScoreName {
    type Err = String;

    fn from_str(word: &str) -> Result<ScoreName, String> {
        let mut names = Target::all().map(ScoreName::Target).chain(Axis::ALL.map(ScoreName::Axis));
        let known = names.clone().map(ScoreName::id);
        names.find(|name| name.id() == word).ok_or_else(|| match nearest(word, known.clone()) {
            Some(near) => format!("nothing is called `{word}`; did you mean `{near}`?"),
            None => format!(
                "nothing is called `{word}`; there are the axes, poles and behaviours {}",
                known.collect::<Vec<_>>().join(", ")
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behaviour(id: &str) -> Behaviour {
        Behaviour::from_id(id).unwrap()
    }

    #[test]
    fn places_follow_the_order() {
        assert!(Target::all().map(Target::index).eq(0..Target::COUNT));
        assert_eq!(Targets::ALL.indices().collect::<Vec<_>>(), (0..37).collect::<Vec<_>>());
        assert_eq!(Targets::POLES.ids(), Pole::ALL.map(Pole::id));
    }

    #[test]
    fn behaviours_bring_their_poles() {
        let set = Targets::of_behaviours(&[behaviour("pressure"), behaviour("telling")]);
        assert_eq!(set.ids(), ["pressure", "telling", "pushy", "buy-in"]);
        assert_eq!(set.and(Targets::judged(Role::Leader)).ids(), ["telling", "buy-in"]);
        assert_eq!(set.without(Targets::POLES).len(), 2);
        assert!(Targets::judged(Role::Buyer).is_empty());
    }

    #[test]
    fn a_pole_has_its_highest_behaviour_and_an_axis_the_odds() {
        let mut scores = [0.0; Behaviour::COUNT];
        scores[behaviour("pressure").index()] = 0.25;
        scores[behaviour("imposing").index()] = 0.5;
        scores[behaviour("celebrate").index()] = 0.75;
        assert_eq!(Target::Pole(Pole::Pushy).score(&scores), 0.5);
        // Three to one against one to one.
        assert!((ScoreName::Axis(Axis::Selling).of(&scores) - 3.0_f64.ln()).abs() < 1e-6);
        assert_eq!(ScoreName::Axis(Axis::Leading).of(&scores), 0.0);
    }

    #[test]
    fn names_are_parsed_and_misspelt_ones_get_a_suggestion() {
        for id in ["pressure", "pushy", "selling", "buy-in"] {
            assert_eq!(id.parse::<ScoreName>().unwrap().id(), id);
        }
        assert!("ownersip".parse::<ScoreName>().unwrap_err().contains("`ownership`"));
        assert!("zzz".parse::<ScoreName>().unwrap_err().contains("selling, leading"));
    }
}
