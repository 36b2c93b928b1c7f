//! Words by their hashes, so that a word is made into a number once and never compared letter by letter.

use std::hash::Hasher as _;

/// The hash that a [`Token`](super::Token) of this word carries. Words of up to eight bytes all have
/// different ones.
pub(crate) fn hash_of(word: &str) -> u64 {
    let bytes = word.as_bytes();
    if bytes.len() <= 8 {
        let mut short = [0; 8];
        short[..bytes.len()].copy_from_slice(bytes);
        return hash_of_short(u64::from_le_bytes(short));
    }
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// The hash of a word of up to eight bytes, the first the lowest, with zeros after them.
#[inline]
pub(super) fn hash_of_short(word: u64) -> u64 {
    // Any odd number with its bits well spread will do; both steps can be undone.
    let product = word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

/// Values by the hashes of words. A look takes one line of memory, mostly; the hash alone decides, of
/// which it keeps forty bits or more: enough for some thousands of words.
#[derive(Debug, Clone)]
pub(crate) struct ByHash<V> {
    /// At least half of them empty, which is told by a tag of zero.
    slots: Box<[(u32, V)]>,
    used: usize,
}

impl<V: Copy + Default> ByHash<V> {
    /// A table with room for so many values.
    pub(crate) fn with_room(values: usize) -> Self {
        let slots = (values * 2).next_power_of_two().max(2);
        ByHash { slots: vec![(0, V::default()); slots].into(), used: 0 }
    }

    /// Whether no other value fits in.
    pub(crate) fn is_full(&self) -> bool {
        self.used * 2 >= self.slots.len()
    }

    /// The slot that has this hash, or that it may have: empty then.
    #[inline]
    fn slot_of(&self, hash: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut at = (hash >> 32) as usize & last;
        // One branch for both: which of them it is cannot be guessed.
        while (self.slots[at].0 != 0) & (self.slots[at].0 != tag_of(hash)) {
            at = (at + 1) & last;
        }
        at
    }

    /// The value of this hash, or the default, which is what empty slots hold.
    #[inline]
    pub(crate) fn get(&self, hash: u64) -> V {
        self.slots[self.slot_of(hash)].1
    }

    /// The value of this hash, put in if it is missing.
    ///
    /// # Panics
    ///
    /// Panics if it is missing and the table is full.
    pub(crate) fn get_or_insert(&mut self, hash: u64, value: V) -> &mut V {
        let at = self.slot_of(hash);
        if self.slots[at].0 == 0 {
            assert!(!self.is_full(), "a table with room for another value");
            self.slots[at] = (tag_of(hash), value);
            self.used += 1;
        }
        &mut self.slots[at].1
    }
}

/// The bits of a hash that do not tell the slot; never zero.
fn tag_of(hash: u64) -> u32 {
    hash as u32 | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_what_was_put_in_and_nothing_else() {
        let mut table = ByHash::with_room(1_000);
        let word = |number: usize| {
            ["", "a", "somewhat longer "][number % 3].to_owned() + &number.to_string()
        };
        for number in 0..1_000 {
            assert!(!table.is_full());
            *table.get_or_insert(hash_of(&word(number)), 0) += number;
        }
        for number in 0..2_000 {
            let known = table.get(hash_of(&word(number)));
            assert_eq!(known, if number < 1_000 { number } else { 0 });
        }
    }

    #[test]
    fn a_short_word_has_the_hash_of_its_bytes() {
        assert_eq!(hash_of("we"), hash_of_short(u64::from_le_bytes(*b"we\0\0\0\0\0\0")));
        assert_ne!(hash_of("wee"), hash_of("we"));
    }
}
