//! Works roles out from the talk, says how sure that is, and abstains where it is not.
//!
//! Every utterance of a speaker leans, by its words, to one side of three questions
//! ([`super::voice`]). Utterances of one speaker are alike, so what they tell together is less than
//! their sum: Kish's design effect again, as in the index. A conversation is selling or leading as a
//! whole, and has someone on either side of it; what is given or told by the format holds.

use crate::taxonomy::{Axis, Role};
use crate::text::Document;
use crate::transcript::{Kind, SpeakerId, Transcript};

use super::voice::{self, LEADER, Leaning, SELLER, SELLING, Voices};
use super::{Assigned, RoleSource};

/// A role is assigned from this probability on.
pub const SURE: f64 = 0.9;

/// From this probability on, the talk is said to fit the other role better than the stated one.
const SWAPPED: f64 = 0.98;

/// How alike a speaker's utterances are taken to be, and how much the first one counts: an
/// assumption, set on the dev authors' conversations.
const ALIKE: f64 = 0.05;
const SCALE: f64 = 1.1;

/// Later utterances of a speaker would change nothing.
const UTTERANCES: usize = 300;

/// How many phrases a warning quotes.
const QUOTED: usize = 3;

/// What a speaker's words tell.
struct Voice<'a> {
    /// Log odds for each question.
    leaning: Leaning,
    /// Phrases, with what all their occurrences lean to.
    phrases: Vec<(&'a str, Leaning)>,
}

/// What a transcript tells of the roles in it.
pub struct Talk<'a> {
    transcript: &'a Transcript,
    voices: Vec<Voice<'a>>,
}

impl<'a> Talk<'a> {
    /// Listens to everyone who has a name.
    pub fn new(voices: &Voices, transcript: &'a Transcript, document: &Document) -> Self {
        let heard = (0..transcript.speakers.len() as u32)
            .map(|at| listen(voices, transcript, document, SpeakerId(at)))
            .collect();
        Talk { transcript, voices: heard }
    }

    /// Gives a role to everyone who has none and whose talk tells it. `axis` is what the
    /// conversation is about, where that is known.
    pub fn assign(&self, roles: &mut [Assigned], axis: Option<Axis>) {
        if self.transcript.kind == Kind::Notes {
            return;
        }
        let roles = &mut roles[..self.voices.len()];
        let Some(selling) = self.selling(roles, axis) else { return };
        let as_seller = self.on_first_side(roles, SELLER, Role::Seller, Role::Buyer);
        let as_leader = self.as_the_leader(roles);
        for (at, assigned) in roles.iter_mut().enumerate() {
            if assigned.role != Role::Unknown || assigned.source == RoleSource::Given {
                continue;
            }
            let chances = [
                (Role::Seller, selling * as_seller[at]),
                (Role::Buyer, selling * (1.0 - as_seller[at])),
                (Role::Leader, (1.0 - selling) * as_leader[at]),
                (Role::Member, (1.0 - selling) * (1.0 - as_leader[at])),
            ];
            let (role, chance) = chances
                .into_iter()
                .fold(chances[0], |best, next| if next.1 > best.1 { next } else { best });
            if chance >= SURE {
                let confidence = Some(chance);
                *assigned = Assigned { role, source: RoleSource::Inferred, confidence };
            }
        }
    }

    /// The probability that the conversation is selling rather than leading; `None` where the roles
    /// that are known do not go together.
    fn selling(&self, roles: &[Assigned], axis: Option<Axis>) -> Option<f64> {
        let known = |a: Role, b: Role| roles.iter().any(|r| r.role == a || r.role == b);
        let sells = known(Role::Seller, Role::Buyer) || axis == Some(Axis::Selling);
        let leads = known(Role::Leader, Role::Member) || axis == Some(Axis::Leading);
        match (sells, leads) {
            (true, true) => None,
            (true, false) => Some(1.0),
            (false, true) => Some(0.0),
            (false, false) => {
                let all = self.voices.iter().map(|voice| voice.leaning[SELLING]).sum();
                Some(chance(all))
            }
        }
    }

    /// The probability that each speaker is on the first side of a question, given that someone is
    /// on either side where there is more than one to choose from.
    fn on_first_side(
        &self,
        roles: &[Assigned],
        question: usize,
        first: Role,
        second: Role,
    ) -> Vec<f64> {
        let own: Vec<f64> = roles
            .iter()
            .zip(&self.voices)
            .map(|(assigned, voice)| match assigned.role {
                role if role == first => 1.0,
                role if role == second => 0.0,
                _ => chance(voice.leaning[question]),
            })
            .collect();
        let all_first: f64 = own.iter().product();
        let all_second: f64 = own.iter().map(|p| 1.0 - p).product();
        let mixed = 1.0 - all_first - all_second;
        if own.len() < 2 || mixed < 1e-9 {
            return own;
        }
        own.into_iter().map(|p| ((p - all_first) / mixed).clamp(0.0, 1.0)).collect()
    }

    /// The probability that each speaker is the leader: the only one, unless others are known to lead.
    fn as_the_leader(&self, roles: &[Assigned]) -> Vec<f64> {
        let is_open = |assigned: &Assigned| assigned.role == Role::Unknown;
        if roles.len() < 2 || roles.iter().any(|assigned| assigned.role == Role::Leader) {
            return self.on_first_side(roles, LEADER, Role::Leader, Role::Member);
        }
        let odds: Vec<f64> = roles
            .iter()
            .zip(&self.voices)
            .map(|(assigned, voice)| match is_open(assigned) {
                true => voice.leaning[LEADER].exp(),
                false => 0.0,
            })
            .collect();
        let all: f64 = odds.iter().sum();
        odds.into_iter().map(|odds| if all > 0.0 { odds / all } else { 0.0 }).collect()
    }

    /// What to say of the roles: who got one from the talk, and whether stated ones seem swapped.
    pub fn warnings(&self, roles: &[Assigned]) -> Vec<String> {
        let roles = &roles[..self.voices.len()];
        let mut warnings = Vec::new();
        let inferred: Vec<String> = roles
            .iter()
            .enumerate()
            .filter_map(|(at, assigned)| {
                let name = &self.transcript.speakers[at].name;
                let percent = 100.0 * assigned.confidence?;
                let role = assigned.role;
                let quotes = self.quotes(at, role);
                Some(format!("{name} {} ({:.0} %{quotes})", role.id(), percent.min(99.0)))
            })
            .collect();
        if !inferred.is_empty() {
            warnings.push(format!(
                "roles worked out from the talk: {}; where that is wrong, give roles with --role NAME=ROLE",
                inferred.join(", ")
            ));
        }
        for (question, first, second) in
            [(SELLER, Role::Seller, Role::Buyer), (LEADER, Role::Leader, Role::Member)]
        {
            warnings.extend(self.swapped(roles, question, first, second));
        }
        warnings
    }

    /// A warning where stated roles would fit better the other way round.
    fn swapped(
        &self,
        roles: &[Assigned],
        question: usize,
        first: Role,
        second: Role,
    ) -> Option<String> {
        let stated = |role: Role| {
            roles
                .iter()
                .enumerate()
                .filter(move |(_, assigned)| assigned.role == role && assigned.confidence.is_none())
        };
        let (firsts, seconds): (Vec<_>, Vec<_>) =
            (stated(first).collect(), stated(second).collect());
        let (&(one, _), &(other, _)) = (firsts.first()?, seconds.first()?);
        let leaning = |side: &[(usize, &Assigned)]| -> f64 {
            side.iter().map(|(at, _)| self.voices[*at].leaning[question]).sum()
        };
        let swapped = chance(leaning(&seconds) - leaning(&firsts));
        let name = |at: usize| &self.transcript.speakers[at].name;
        (swapped >= SWAPPED).then(|| {
            format!(
                "the roles may be swapped: {} is the {} here and talks like the {}{}; \
                 if so, give --role \"{}={}\" --role \"{}={}\"",
                name(one),
                first.id(),
                second.id(),
                self.quotes(one, second).replacen(": ", ", ", 1),
                name(one),
                second.id(),
                name(other),
                first.id(),
            )
        })
    }

    /// The phrases of a speaker that tell a role most: `: “how much”, “my husband”`.
    fn quotes(&self, speaker: usize, role: Role) -> String {
        let (question, sign) = match role {
            Role::Seller => (SELLER, 1.0),
            Role::Buyer => (SELLER, -1.0),
            Role::Leader => (LEADER, 1.0),
            Role::Member => (LEADER, -1.0),
            Role::Unknown => return String::new(),
        };
        // A phrase that begins within a contraction reads badly.
        let is_part = |word: &str| word.contains(['\'', '\u{2019}']);
        let reads_well =
            |phrase: &str| phrase.split_once(' ').is_some_and(|(first, _)| !is_part(first));
        let mut telling: Vec<(f64, &str)> = Vec::with_capacity(QUOTED + 1);
        for (phrase, leaning) in &self.voices[speaker].phrases {
            let weight = leaning[question] * sign;
            if telling.get(QUOTED - 1).is_some_and(|(least, _)| weight < *least) {
                continue;
            }
            let at = telling.partition_point(|(other, before)| {
                weight.total_cmp(other).then(before.cmp(phrase)).is_lt()
            });
            if weight > 0.0 && at < QUOTED && reads_well(phrase) {
                telling.insert(at, (weight, *phrase));
                telling.truncate(QUOTED);
            }
        }
        let quoted: Vec<_> = telling.iter().map(|(_, phrase)| format!("“{phrase}”")).collect();
        if quoted.is_empty() { String::new() } else { format!(": {}", quoted.join(", ")) }
    }
}

/// Listens to one speaker.
fn listen<'a>(
    voices: &Voices,
    transcript: &'a Transcript,
    document: &Document,
    speaker: SpeakerId,
) -> Voice<'a> {
    let mut sum = Leaning::default();
    let mut phrases: rustc_hash::FxHashMap<u64, (&'a str, Leaning)> = Default::default();
    let turns = transcript.turns.iter().enumerate();
    let theirs = turns.filter(|(_, turn)| turn.speaker == Some(speaker));
    let utterances = theirs
        .flat_map(|(at, turn)| document.utterances_of(at).iter().map(|u| (turn.text.as_str(), u)));
    let mut heard = 0;
    let mut features = voice::Features::default();
    for (text, utterance) in utterances.take(UTTERANCES) {
        heard += 1;
        features.gather(document, utterance);
        let share = voice::share(features.found.len());
        for (feature, at) in &features.found {
            let Some(weight) = voices.weight(*feature) else { continue };
            let weight = weight.map(|weight| weight * share);
            let words = &text[at.start as usize..at.end as usize];
            let phrase = phrases.entry(*feature).or_insert((words, Leaning::default()));
            for question in 0..weight.len() {
                sum[question] += weight[question];
                phrase.1[question] += weight[question];
            }
        }
    }
    let effect = SCALE / (1.0 + ALIKE * (f64::from(heard.max(1)) - 1.0));
    Voice { leaning: sum.map(|sum| sum * effect), phrases: phrases.into_values().collect() }
}

/// The probability that log odds mean.
fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::RoleBook;
    use crate::transcript::{Fragment, TimeResolution, Timing, TranscriptBuilder};

    const CALL: [(&str, &str); 10] = [
        ("Ana", "Thanks for calling, what brought you to us?"),
        ("Bo", "My husband and I are looking at a new boiler, how much would one be?"),
        ("Ana", "It depends on your house. With our ten year plan, the parts are covered for you."),
        ("Bo", "Do you fit it as well? We had our last one done by someone else."),
        (
            "Ana",
            "We do, and your old one is taken away. I can send you a quote for the two we talked about.",
        ),
        ("Bo", "Can we think about it? My worry is the price."),
        ("Ana", "Of course, and if you want to, I'll ring you on Monday."),
        ("Bo", "How long does it take? We both work."),
        ("Ana", "One day for you, and we do the paperwork for your warranty."),
        ("Bo", "Our kitchen is small, is that a problem?"),
    ];

    fn talk(lines: &[(&str, &str)], kind: Kind) -> Transcript {
        let mut builder = TranscriptBuilder::new();
        for (name, text) in lines {
            let speaker = builder.speaker(name);
            builder.say(speaker, Timing::default(), &Fragment::unplaced(*text));
        }
        builder.finish("test", kind, TimeResolution::None)
    }

    fn assigned(transcript: &Transcript, specs: &[&str]) -> (Vec<Assigned>, Vec<String>) {
        let mut book = RoleBook::default();
        for spec in specs {
            book.give_spec(spec).expect("a role");
        }
        let document = Document::new(transcript);
        let talk = Talk::new(&Voices::builtin(), transcript, &document);
        let mut roles = book.assign(transcript);
        talk.assign(&mut roles, None);
        let warnings = talk.warnings(&roles);
        (roles, warnings)
    }

    #[test]
    fn seller_and_buyer_are_told_by_what_they_say_and_why_is_said() {
        let (roles, warnings) = assigned(&talk(&CALL, Kind::Speech), &[]);
        assert_eq!((roles[0].role, roles[1].role), (Role::Seller, Role::Buyer), "{roles:?}");
        assert!(roles[..2].iter().all(|a| a.source == RoleSource::Inferred));
        assert!(roles[0].confidence.is_some_and(|sure| (SURE..=1.0).contains(&sure)));
        assert_eq!(roles[2], Assigned::UNKNOWN, "text without a speaker stays open");
        let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert!(warning.starts_with("roles worked out from the talk: Ana seller (9"), "{warning}");
        assert!(warning.contains("Bo buyer (9") && warning.contains("“"), "{warning}");
    }

    #[test]
    fn who_is_left_has_the_other_role() {
        let small = [("Ana", "Morning."), ("Bo", "Morning, cold one.")];
        assert_eq!(assigned(&talk(&small, Kind::Speech), &[]).0[..2], [Assigned::UNKNOWN; 2]);
        let (roles, _) = assigned(&talk(&small, Kind::Speech), &["Ana=seller"]);
        assert_eq!((roles[1].role, roles[1].source), (Role::Buyer, RoleSource::Inferred));
        let (roles, _) = assigned(&talk(&small, Kind::Speech), &["Bo=member"]);
        assert_eq!((roles[0].role, roles[0].source), (Role::Leader, RoleSource::Inferred));
    }

    #[test]
    fn what_is_given_holds_also_when_it_is_unknown_or_does_not_go_together() {
        let (roles, _) = assigned(&talk(&CALL, Kind::Speech), &["Ana=unknown", "Bo=unknown"]);
        assert!(roles.iter().all(|a| a.role == Role::Unknown && a.confidence.is_none()));
        let three = [CALL.as_slice(), &[("Cy", "Morning."), ("Di", "Hello.")]].concat();
        let (roles, _) = assigned(&talk(&three, Kind::Speech), &["Cy=leader", "Di=buyer"]);
        assert_eq!(roles[0], Assigned::UNKNOWN);
    }

    #[test]
    fn swapped_roles_are_warned_of_and_right_ones_are_not() {
        let call = talk(&CALL, Kind::Speech);
        let (_, warnings) = assigned(&call, &["Ana=buyer", "Bo=seller"]);
        let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert!(warning.contains("Bo is the seller here and talks like the buyer"), "{warning}");
        assert!(warning.contains("--role \"Bo=buyer\" --role \"Ana=seller\""), "{warning}");
        assert!(assigned(&call, &["Ana=seller", "Bo=buyer"]).1.is_empty());
    }

    #[test]
    fn notes_are_left_alone() {
        let (roles, warnings) = assigned(&talk(&CALL, Kind::Notes), &[]);
        assert!(roles.iter().all(|assigned| assigned.source == RoleSource::Format));
        assert!(warnings.is_empty());
    }
}
