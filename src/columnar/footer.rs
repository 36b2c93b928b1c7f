//! What a Parquet file says of itself, looked at before the library for Parquet believes it.
//!
//! The library calls itself for every level of a schema, and sets memory aside for a page as its header asks.
//! So the depth of the schema and the size of every page are read here first: the few fields that tell them,
//! in the compact protocol of Thrift, and all others are stepped over.

use std::io::{self, Read, Seek, SeekFrom};

use super::Fault;

/// The longest footer that is read: it takes some fifty times as much memory.
const LONGEST: u64 = 16 << 20;

/// How deep columns may be nested.
const DEEPEST: usize = 64;

/// What a file begins and ends with.
pub const MAGIC: &[u8; 4] = b"PAR1";

/// Refuses a file that is none, is cut, or whose schema is too deep.
pub fn check(file: &mut (impl Read + Seek)) -> Result<(), Fault> {
    let cut = || {
        Fault::new("it does not end as a Parquet file does")
            .with_help("was it copied or written to its end?")
    };
    let length = file.seek(SeekFrom::End(0))?;
    let mut magic = [0; 4];
    file.seek(SeekFrom::Start(0))?;
    match file.read_exact(&mut magic) {
        Ok(()) if magic == *MAGIC => {}
        Ok(()) if magic == *b"PARE" => return Err(encrypted()),
        _ if length == 0 => return Err(Fault::new("the file is empty")),
        _ => return Err(Fault::new("it is no Parquet file: it does not begin with `PAR1`")),
    }
    if length < 12 {
        return Err(cut());
    }
    let mut end = [0; 8];
    file.seek(SeekFrom::Start(length - 8))?;
    file.read_exact(&mut end)?;
    let [a, b, c, d, end @ ..] = end;
    match &end {
        MAGIC => {}
        b"PARE" => return Err(encrypted()),
        _ => return Err(cut()),
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if footer > LONGEST {
        return Err(Fault::new(format!(
            "its footer has {footer} bytes, and at most {LONGEST} are read"
        ))
        .with_help("write it with larger row groups, or split it"));
    }
    let Some(start) = length.checked_sub(8 + footer).filter(|start| *start >= 4) else {
        return Err(cut());
    };
    file.seek(SeekFrom::Start(start))?;
    match deepest(io::BufReader::new(file.take(footer))) {
        Ok(depth) if depth <= DEEPEST => Ok(()),
        Ok(_) => Err(Fault::new(format!("its columns are nested more than {DEEPEST} deep"))),
        Err(error) => Err(Fault::new(format!("its footer cannot be read: {error}"))),
    }
}

fn encrypted() -> Fault {
    Fault::new("it is encrypted").with_help("write it without encryption; it stays on this machine")
}

/// How deep the schema in a footer is; no more is told than that it is too deep.
fn deepest(footer: impl Read) -> io::Result<usize> {
    let mut thrift = Thrift::new(footer);
    let mut last = 0;
    while let Some((field, kind)) = thrift.field(&mut last)? {
        if (field, kind) == (2, LIST) {
            return deepest_of(&mut thrift);
        }
        thrift.skip(kind, 0)?;
    }
    Err(io::Error::other("it has no schema"))
}

/// The elements of a schema stand one after the other, each with the number of those below it.
fn deepest_of(thrift: &mut Thrift<impl Read>) -> io::Result<usize> {
    let (elements, _) = thrift.list()?;
    let mut open: Vec<u64> = Vec::new();
    let mut deepest = 0;
    for _ in 0..elements {
        let (mut last, mut below) = (0, 0);
        while let Some((field, kind)) = thrift.field(&mut last)? {
            match (field, kind) {
                (5, I32) => below = u64::try_from(thrift.number()?).unwrap_or(0),
                _ => thrift.skip(kind, 0)?,
            }
        }
        while open.pop_if(|left| *left == 0).is_some() {}
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if below > 0 {
            open.push(below);
        }
        deepest = deepest.max(open.len());
        if deepest > DEEPEST {
            break;
        }
    }
    Ok(deepest)
}

/// What the header of a page says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PageHead {
    /// How many bytes the header has.
    pub length: u64,
    /// Bytes of the page as it lies in the file.
    pub packed: u64,
    /// Bytes that it has when unpacked.
    pub unpacked: u64,
    /// Bytes of levels, which stand before all else and are not packed.
    pub levels: u64,
    /// Whether it is the kind that is passed over.
    pub is_index: bool,
}

/// Reads the header of a page.
pub fn page_head(input: impl Read) -> io::Result<PageHead> {
    let mut thrift = Thrift::new(input);
    let mut head = PageHead::default();
    let size = |number: i64| {
        u64::try_from(number).map_err(|_| io::Error::other("a page has a size below 0"))
    };
    let mut last = 0;
    while let Some((field, kind)) = thrift.field(&mut last)? {
        match (field, kind) {
            (1, I32) => head.is_index = thrift.number()? == 1,
            (2, I32) => head.unpacked = size(thrift.number()?)?,
            (3, I32) => head.packed = size(thrift.number()?)?,
            // The second kind of data page.
            (8, STRUCT) => {
                let mut last = 0;
                while let Some((field, kind)) = thrift.field(&mut last)? {
                    match (field, kind) {
                        (5 | 6, I32) => head.levels += size(thrift.number()?)?,
                        _ => thrift.skip(kind, 0)?,
                    }
                }
            }
            _ => thrift.skip(kind, 0)?,
        }
    }
    head.length = thrift.read;
    Ok(head)
}

/// Types of fields in the compact protocol.
const I32: u8 = 5;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A reader of Thrift's compact protocol that counts what it has read.
struct Thrift<R> {
    input: R,
    read: u64,
}

impl<R: Read> Thrift<R> {
    fn new(input: R) -> Self {
        Thrift { input, read: 0 }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn bare(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(io::Error::other("a number is too long"))
    }

    fn number(&mut self) -> io::Result<i64> {
        let bare = self.bare()?;
        Ok((bare >> 1) as i64 ^ -((bare & 1) as i64))
    }

    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.input.by_ref().take(bytes), &mut io::sink())?;
        self.read += passed;
        if passed == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Number and type of the next field of a struct, in which the last was `last`; none at its end.
    fn field(&mut self, last: &mut i64) -> io::Result<Option<(i64, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *last = match head >> 4 {
            0 => self.number()?,
            step => last.saturating_add(i64::from(step)),
        };
        Ok(Some((*last, head & 0x0f)))
    }

    /// How many elements a list has, and of what type.
    fn list(&mut self) -> io::Result<(u64, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.bare()? } else { u64::from(head >> 4) };
        Ok((length, head & 0x0f))
    }

    /// Steps over a value; `depth` values are around it.
    fn skip(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        if depth > DEEPEST {
            return Err(io::Error::other("it is nested too deep"));
        }
        match kind {
            1 | 2 => Ok(()),
            3 => self.pass(1),
            4..=6 => self.bare().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.bare()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (length, kind) = self.list()?;
                // True and false take a byte in a list and none in a field.
                (0..length).try_for_each(|_| match kind {
                    1 | 2 => self.pass(1),
                    _ => self.skip(kind, depth + 1),
                })
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            13 => self.pass(16),
            _ => Err(io::Error::other("a field has a type that is none")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema of groups inside of groups, and one column in the innermost.
    fn nested(depth: usize) -> Vec<u8> {
        let mut footer = vec![0x15, 0x02, 0x19, 0xfc];
        let mut elements = depth + 1;
        while elements >= 0x80 {
            footer.push((elements & 0x7f) as u8 | 0x80);
            elements >>= 7;
        }
        footer.push(elements as u8);
        // Name (field 4) empty, one child (field 5).
        (0..depth).for_each(|_| footer.extend([0x48, 0x00, 0x15, 0x02, 0x00]));
        footer.extend([0x48, 0x00, 0x00, 0x00]);
        footer
    }

    fn file(footer: &[u8]) -> Vec<u8> {
        let length = (footer.len() as u32).to_le_bytes();
        [MAGIC, footer, &length, MAGIC].concat()
    }

    fn refused(bytes: &[u8]) -> String {
        check(&mut io::Cursor::new(bytes)).expect_err("is refused").message
    }

    #[test]
    fn a_schema_that_is_too_deep_is_refused_before_anything_calls_itself() {
        assert_eq!(deepest(&*nested(3)).ok(), Some(3));
        assert!(check(&mut io::Cursor::new(file(&nested(DEEPEST)))).is_ok());
        for depth in [DEEPEST + 1, 100_000] {
            assert_eq!(refused(&file(&nested(depth))), "its columns are nested more than 64 deep");
        }
    }

    #[test]
    fn what_is_no_parquet_file_is_told_from_one_that_is_cut() {
        assert_eq!(refused(b""), "the file is empty");
        assert!(refused(b"id,text\n1,Hello\n").starts_with("it is no Parquet file"));
        assert!(refused(b"PAR1").starts_with("it does not end"));
        let whole = file(&nested(1));
        for length in 4..whole.len() {
            assert!(refused(&whole[..length]).starts_with("it does not end"), "{length}");
        }
        assert!(
            refused(&[b"PAR1".as_slice(), &[255, 255, 255, 255], b"PAR1"].concat())
                .starts_with("its footer has 4294967295 bytes")
        );
        assert_eq!(
            refused(&[b"PAR1".as_slice(), &[9, 0, 0, 0], b"PARE"].concat()),
            "it is encrypted"
        );
    }

    #[test]
    fn the_head_of_a_page_tells_its_sizes() {
        // Type 0, unpacked 10, packed 7, and a struct with a text in it.
        let bytes = [0x15, 0x00, 0x15, 0x14, 0x15, 0x0e, 0x2c, 0x88, 0x01, 0x61, 0x00, 0x00, 0xff];
        let expected = PageHead { length: 12, packed: 7, unpacked: 10, ..PageHead::default() };
        assert_eq!(page_head(&bytes[..]).ok(), Some(expected));
        assert!(page_head(&bytes[..8]).is_err());
        let second = [0x15, 0x06, 0x7c, 0x55, 0x08, 0x15, 0x06, 0x00, 0x00];
        assert_eq!(page_head(&second[..]).ok().map(|head| head.levels), Some(7));
        assert!(page_head(&[0x15, 0x00, 0x15, 0x01][..]).is_err());
    }
}
