//! The forms that patterns see where they differ from the letters on the page: opened contractions.
//!
//! Patterns go through the same table, so `don't`, `dont` and `do not` are one thing to a rule. Words
//! that could be something else without their apostrophe (`were`, `well`, `ill`, `id`) are not opened
//! here; the pattern compiler accepts them where a rule asks for the full form.

/// How many replaced forms there are.
pub(super) const COUNT: usize = 32;

/// All replaced forms; index 0 stands for "as written".
static FORMS: [&str; COUNT] = [
    "", "not", "are", "have", "will", "am", "would", "is", "us", "'s", "going", "to", "want",
    "got", "let", "me", "give", "kind", "of", "do", "know", "you", "all", "them", "can", "because",
    "sort", "out", "lot", "okay", "i", "until",
];

/// Index of a form in the table. Used on literals of this file and its tests only.
const fn form(name: &str) -> u16 {
    let mut at = 1;
    while at < FORMS.len() {
        if same(FORMS[at].as_bytes(), name.as_bytes()) {
            return at as u16;
        }
        at += 1;
    }
    panic!("a form that the table lacks")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The text of a form; empty for "as written".
pub(crate) fn text_of(form: u16) -> &'static str {
    FORMS.get(usize::from(form)).copied().unwrap_or("")
}

/// A part of an opened word: how many of its bytes (without apostrophes counted away), and the form.
pub(crate) type Part = (u8, u16);

/// Words that are opened although they carry no apostrophe. Lower case, sorted.
pub(super) static WHOLE: [(&str, &[Part]); 59] = [
    ("aint", &[(2, form("is")), (2, form("not"))]),
    ("arent", &[(3, 0), (2, form("not"))]),
    ("cannot", &[(3, 0), (3, 0)]),
    ("cant", &[(2, form("can")), (2, form("not"))]),
    ("couldnt", &[(5, 0), (2, form("not"))]),
    ("couldve", &[(5, 0), (2, form("have"))]),
    ("cuz", &[(3, form("because"))]),
    ("didnt", &[(3, 0), (2, form("not"))]),
    ("doesnt", &[(4, 0), (2, form("not"))]),
    ("dont", &[(2, 0), (2, form("not"))]),
    ("dunno", &[(2, form("do")), (1, form("not")), (2, form("know"))]),
    ("gimme", &[(3, form("give")), (2, form("me"))]),
    ("gonna", &[(3, form("going")), (2, form("to"))]),
    ("gotta", &[(3, form("got")), (2, form("to"))]),
    ("hadnt", &[(3, 0), (2, form("not"))]),
    ("hasnt", &[(3, 0), (2, form("not"))]),
    ("havent", &[(4, 0), (2, form("not"))]),
    ("heres", &[(4, 0), (1, form("is"))]),
    ("hes", &[(2, 0), (1, form("is"))]),
    ("hows", &[(3, 0), (1, form("is"))]),
    ("im", &[(1, 0), (1, form("am"))]),
    ("isnt", &[(2, 0), (2, form("not"))]),
    ("ive", &[(1, 0), (2, form("have"))]),
    ("kinda", &[(4, form("kind")), (1, form("of"))]),
    ("lemme", &[(3, form("let")), (2, form("me"))]),
    ("lets", &[(3, 0), (1, form("us"))]),
    ("lotta", &[(3, form("lot")), (2, form("of"))]),
    ("mightve", &[(5, 0), (2, form("have"))]),
    ("mustnt", &[(4, 0), (2, form("not"))]),
    ("mustve", &[(4, 0), (2, form("have"))]),
    ("neednt", &[(4, 0), (2, form("not"))]),
    ("ok", &[(2, form("okay"))]),
    ("outta", &[(3, form("out")), (2, form("of"))]),
    ("shes", &[(3, 0), (1, form("is"))]),
    ("shouldnt", &[(6, 0), (2, form("not"))]),
    ("shouldve", &[(6, 0), (2, form("have"))]),
    ("sorta", &[(4, form("sort")), (1, form("of"))]),
    ("thats", &[(4, 0), (1, form("is"))]),
    ("theres", &[(5, 0), (1, form("is"))]),
    ("theyll", &[(4, 0), (2, form("will"))]),
    ("theyre", &[(4, 0), (2, form("are"))]),
    ("theyve", &[(4, 0), (2, form("have"))]),
    ("til", &[(3, form("until"))]),
    ("till", &[(4, form("until"))]),
    ("wanna", &[(3, form("want")), (2, form("to"))]),
    ("wasnt", &[(3, 0), (2, form("not"))]),
    ("werent", &[(4, 0), (2, form("not"))]),
    ("weve", &[(2, 0), (2, form("have"))]),
    ("whats", &[(4, 0), (1, form("is"))]),
    ("wheres", &[(5, 0), (1, form("is"))]),
    ("whos", &[(3, 0), (1, form("is"))]),
    ("wont", &[(2, form("will")), (2, form("not"))]),
    ("wouldnt", &[(5, 0), (2, form("not"))]),
    ("wouldve", &[(5, 0), (2, form("have"))]),
    ("youd", &[(3, 0), (1, form("would"))]),
    ("youll", &[(3, 0), (2, form("will"))]),
    ("youre", &[(3, 0), (2, form("are"))]),
    ("youve", &[(3, 0), (2, form("have"))]),
    ("yall", &[(1, form("you")), (3, form("all"))]),
];

/// Heads after which `'s` is `is`; after others it may be a possessive and stays `'s`.
static IS_HEADS: [&str; 27] = [
    "everybody",
    "everyone",
    "everything",
    "he",
    "here",
    "how",
    "it",
    "nobody",
    "nothing",
    "one",
    "she",
    "somebody",
    "someone",
    "something",
    "that",
    "there",
    "this",
    "today",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "anything",
    "anyone",
    "now",
];

/// How an opened word falls into parts.
pub(crate) struct Opened {
    parts: [Part; 3],
    len: usize,
}

impl Opened {
    pub(super) fn of(parts: &[Part]) -> Self {
        let mut opened = Opened { parts: [(0, 0); 3], len: parts.len() };
        for (slot, part) in opened.parts.iter_mut().zip(parts) {
            *slot = *part;
        }
        opened
    }

    /// The parts, left to right; their bytes add up to the word's.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts[..self.len]
    }
}

/// Opens a lower-case word with a straight apostrophe of `quote` bytes at byte `at` of `word`, which
/// is the head; `tail` is what follows the apostrophe.
pub(crate) fn open_apostrophe(head: &str, quote: usize, tail: &str) -> Option<Opened> {
    let tail_bytes = (quote + tail.len()) as u8;
    let head_bytes = head.len() as u8;
    let with = |form| Some(Opened::of(&[(head_bytes, 0), (tail_bytes, form)]));
    match tail {
        "t" if head.ends_with('n') => {
            let stem = &head[..head.len() - 1];
            let stem_form = match stem {
                "ca" => form("can"),
                "wo" => form("will"),
                "ai" => form("is"),
                "do" | "does" | "did" | "is" | "are" | "was" | "were" | "have" | "has" | "had"
                | "could" | "would" | "should" | "must" | "need" | "might" => 0,
                _ => return None,
            };
            Some(Opened::of(&[(head_bytes - 1, stem_form), (tail_bytes + 1, form("not"))]))
        }
        "s" if head == "let" => with(form("us")),
        "s" if IS_HEADS.contains(&head) => with(form("is")),
        "s" => with(form("'s")),
        "re" => with(form("are")),
        "ve" => with(form("have")),
        "ll" => with(form("will")),
        "m" if head == "i" => with(form("am")),
        "d" => with(form("would")),
        "all" if head == "y" => {
            Some(Opened::of(&[(head_bytes, form("you")), (tail_bytes, form("all"))]))
        }
        "em" if head.is_empty() => Some(Opened::of(&[(tail_bytes, form("them"))])),
        "cause" if head.is_empty() => Some(Opened::of(&[(tail_bytes, form("because"))])),
        "til" if head.is_empty() => Some(Opened::of(&[(tail_bytes, form("until"))])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_every_opened_word_add_up_to_its_bytes() {
        for (word, parts) in &WHOLE {
            assert_eq!(
                parts.iter().map(|(bytes, _)| usize::from(*bytes)).sum::<usize>(),
                word.len()
            );
        }
    }
}
