//! What the encoder reads: who speaks and what was said before as the first segment, the utterance
//! itself as the second.

use tokenizers::Tokenizer;

use crate::labels::Said;
use crate::taxonomy::Role;

/// How much of an utterance is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Tokens of what was said before; its last ones count.
    pub prev: usize,
    /// Tokens of the utterance; longer ones are read in windows.
    pub text: usize,
}

/// Tokens that every input has besides: the role's and the marks between the parts.
pub const FRAME: usize = 8;

impl Limits {
    /// What is read where nothing says otherwise.
    pub const DEFAULT: Limits = Limits { prev: 24, text: 64 };

    /// As much as a model reads whose inputs have so many tokens at most.
    pub fn within(positions: usize) -> Limits {
        let room = positions.saturating_sub(FRAME);
        let text = Limits::DEFAULT.text.min(room * 2 / 3);
        Limits { prev: Limits::DEFAULT.prev.min(room - text), text }
    }
}

/// Token ids, and where the second segment begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Encoded {
    /// `[CLS] role : prev [SEP] text [SEP]`.
    pub ids: Vec<u32>,
    /// The index of the first token of `text`.
    pub second: usize,
}

/// Turns utterances into token ids.
pub struct Encoder {
    tokenizer: Tokenizer,
    limits: Limits,
    start: u32,
    end: u32,
    roles: [Vec<u32>; Role::ALL.len()],
}

impl Encoder {
    /// An encoder from the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no tokenizer, or none of BERT's.
    pub fn from_bytes(bytes: &[u8], limits: Limits) -> Result<Encoder, String> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| error.to_string())?;
        // Some folders ship a tokenizer that pads and cuts; both are done here.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| error.to_string())?;
        let special = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| format!("it has no token `{token}`"))
        };
        let (start, end) = (special("[CLS]")?, special("[SEP]")?);
        let mut roles = Role::ALL.map(|_| Vec::new());
        for (role, ids) in Role::ALL.iter().zip(&mut roles) {
            *ids = tokens(&tokenizer, &format!("{} :", role_word(*role)))?;
        }
        Ok(Encoder { tokenizer, limits, start, end, roles })
    }

    /// How many tokens the tokenizer knows.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// How much is read.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The token ids of an utterance, cut to the limits.
    ///
    /// # Errors
    ///
    /// What the tokenizer says, which it does not for any text.
    pub fn encode(&self, said: Said) -> Result<Encoded, String> {
        let mut ids = vec![self.start];
        ids.extend_from_slice(&self.roles[said.role as usize]);
        if !said.prev.is_empty() {
            // A token is at least a byte, and rarely over sixteen.
            let prev = tail(said.prev, self.limits.prev * 24);
            let prev = tokens(&self.tokenizer, prev)?;
            ids.extend_from_slice(&prev[prev.len().saturating_sub(self.limits.prev)..]);
        }
        ids.push(self.end);
        let second = ids.len();
        let text = head(said.text, self.limits.text * 64);
        let text = tokens(&self.tokenizer, text)?;
        ids.extend_from_slice(&text[..text.len().min(self.limits.text)]);
        ids.push(self.end);
        Ok(Encoded { ids, second })
    }

    /// How many tokens a text has.
    ///
    /// # Errors
    ///
    /// What the tokenizer says, which it does not for any text.
    pub fn count(&self, text: &str) -> Result<usize, String> {
        tokens(&self.tokenizer, text).map(|tokens| tokens.len())
    }
}

fn tokens(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, String> {
    let encoding = tokenizer.encode_fast(text, false).map_err(|error| error.to_string())?;
    Ok(encoding.get_ids().to_vec())
}

/// The word that stands for a role in the first segment.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::Unknown => "someone",
        known => known.id(),
    }
}

/// The last so many bytes of a text, or a few less, to bound the work on very long ones.
fn tail(text: &str, most: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(most))..]
}

/// The first so many bytes of a text, or a few less.
fn head(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
