//! Fits [`super::voice`]'s weights: three logistic regressions on the words of labelled utterances.
//!
//! `UPDATE_ROLES=1 cargo test --release --test roles` writes `models/roles.csv` anew.

use rustc_hash::FxHashMap;

use crate::taxonomy::Role;
use crate::text::Document;

use super::voice::{LEADER, SELLER, SELLING, Weight, names, share};

/// A word that fewer utterances have than this says more of its writer than of a role.
const SEEN_IN: usize = 12;
/// How strongly weights are pulled to 0: the strength of a Gaussian prior in the loss.
const PULL: f64 = 1.0;
/// Sweeps over all weights; from here on they move in the fourth digit.
const SWEEPS: usize = 25;
/// Weights that never reach this are left out.
const TELLING: f32 = 0.3;

/// The weights that tell the roles of these texts apart. Texts without a role are left out.
pub fn fit<'a>(said: impl IntoIterator<Item = (Role, &'a str)>) -> Vec<Weight> {
    let mut ids: FxHashMap<String, usize> = FxHashMap::default();
    let mut utterances: Vec<(Role, Vec<usize>)> = Vec::new();
    for (role, text) in said.into_iter().filter(|(role, _)| *role != Role::Unknown) {
        let document = Document::of_text(text);
        for utterance in &document.utterances {
            let named = names(&document, text, utterance).into_iter().map(|name| {
                let next = ids.len();
                *ids.entry(name).or_insert(next)
            });
            utterances.push((role, named.collect()));
        }
    }
    let mut seen = vec![0_usize; ids.len()];
    for feature in utterances.iter().flat_map(|(_, features)| features) {
        seen[*feature] += 1;
    }
    let sides: [fn(Role) -> Option<bool>; 3] = {
        let mut sides: [fn(Role) -> Option<bool>; 3] = [|_| None; 3];
        sides[SELLING] = |role| Some(matches!(role, Role::Seller | Role::Buyer));
        sides[SELLER] = |role| match role {
            Role::Seller => Some(true),
            Role::Buyer => Some(false),
            _ => None,
        };
        sides[LEADER] = |role| match role {
            Role::Leader => Some(true),
            Role::Member => Some(false),
            _ => None,
        };
        sides
    };
    let fitted = sides.map(|side| {
        let points =
            utterances.iter().filter_map(|(role, features)| Some((features, side(*role)?)));
        logistic(points, &seen)
    });
    let round = |weight: f64| (weight * 1000.0).round() as f32 / 1000.0;
    let mut lines: Vec<Weight> = ids
        .into_iter()
        .map(|(words, id)| Weight {
            words,
            selling: round(fitted[SELLING][id]),
            seller: round(fitted[SELLER][id]),
            leader: round(fitted[LEADER][id]),
        })
        .filter(|w| [w.selling, w.seller, w.leader].iter().any(|w| w.abs() >= TELLING))
        .collect();
    lines.sort_by(|a, b| a.words.cmp(&b.words));
    lines
}

/// Logistic regression without intercept on sparse features, both sides counting the same in
/// all, by Newton steps in one weight after the other.
fn logistic<'a>(points: impl Iterator<Item = (&'a Vec<usize>, bool)>, seen: &[usize]) -> Vec<f64> {
    let points: Vec<_> = points.collect();
    let mut points_with: Vec<Vec<(usize, f64)>> = vec![Vec::new(); seen.len()];
    for (at, (features, _)) in points.iter().enumerate() {
        for &feature in features.iter().filter(|feature| seen[**feature] >= SEEN_IN) {
            points_with[feature].push((at, share(features.len())));
        }
    }
    let yes = points.iter().filter(|(_, there)| *there).count().max(1);
    let no = (points.len() - yes.min(points.len())).max(1);
    let counts = [no, yes].map(|count| points.len() as f64 / (2.0 * count as f64));
    let mut weights = vec![0.0; seen.len()];
    let mut sums = vec![0.0_f64; points.len()];
    for _ in 0..SWEEPS {
        for (feature, with) in points_with.iter().enumerate().filter(|(_, with)| !with.is_empty()) {
            let (mut gradient, mut curvature) = (PULL * weights[feature], PULL);
            for &(at, share) in with {
                let there = points[at].1;
                let p = 1.0 / (1.0 + (-sums[at]).exp());
                let count = counts[usize::from(there)];
                gradient += count * share * (p - f64::from(u8::from(there)));
                curvature += count * share * share * p * (1.0 - p);
            }
            let step = (gradient / curvature).clamp(-1.0, 1.0);
            weights[feature] -= step;
            for &(at, share) in with {
                sums[at] -= step * share;
            }
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lean_to_the_roles_that_say_them() {
        let said = [
            (Role::Seller, "our plan covers parts"),
            (Role::Buyer, "my husband decides"),
            (Role::Leader, "team, please start"),
            (Role::Member, "i finished it"),
            (Role::Unknown, "our our our husband"),
        ];
        let lines = fit(said.into_iter().cycle().take(200));
        let of = |words: &str| lines.iter().find(|w| w.words == words).expect("a weight").clone();
        assert!(of("our").seller > 0.5 && of("husband").seller < -0.5, "{lines:?}");
        assert!(of("team").leader > 0.5 && of("team").selling < -0.5);
        assert!(of("^ i").leader < -0.5 && of("^ i").seller.abs() < 1e-6);
        assert!(lines.is_sorted_by(|a, b| a.words < b.words));
    }

    #[test]
    fn rare_words_and_no_texts_give_no_weights() {
        assert_eq!(fit([(Role::Seller, "once"), (Role::Buyer, "twice")]), []);
        assert_eq!(fit([]), []);
    }
}
