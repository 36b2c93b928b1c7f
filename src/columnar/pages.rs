//! The pages of a row group, each looked at before it is unpacked.
//!
//! A page may unpack to a thousand times its size, and a footer may promise what it likes. So what the pages
//! of one batch of rows come to is held under a limit, by what their headers say, and where a codec does not
//! keep to that, by unpacking once into nothing.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, SerializedPageReader};

use super::footer::{PageHead, page_head};
use super::levels::Lists;

/// What the pages that a batch of rows begins may have together when unpacked. Writers make pages of about
/// a MiB, but put a thousand long transcripts into one before they look.
const BATCH: u64 = 512 << 20;

/// The most that Deflate packs into a byte.
const DEFLATE: u64 = 1032;

/// What the pages of the batch that is being read may still have.
#[derive(Debug)]
pub struct Budget(AtomicU64);

impl Budget {
    /// For the first batch.
    pub fn new() -> Arc<Self> {
        Arc::new(Budget(AtomicU64::new(BATCH)))
    }

    /// For the next batch.
    pub fn renew(&self) {
        self.0.store(BATCH, Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) -> Result<()> {
        let spend = |left: u64| left.checked_sub(bytes);
        let spent = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        spent.map(drop).map_err(|_| {
            let limit = BATCH >> 20;
            fault(format!("its pages are too large: more than {limit} MiB for a few rows"))
        })
    }
}

fn fault(message: impl Into<String>) -> ParquetError {
    ParquetError::General(message.into())
}

/// One row group of a file.
pub struct Group {
    /// The file.
    pub file: Arc<File>,
    /// What its footer says.
    pub metadata: Arc<ParquetMetaData>,
    /// Which of its row groups.
    pub at: usize,
    /// What its pages may come to.
    pub budget: Arc<Budget>,
}

impl RowGroups for Group {
    fn num_rows(&self) -> usize {
        usize::try_from(self.metadata.row_group(self.at).num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let chunk = self.metadata.row_group(self.at).column(column);
        let packing = match chunk.compression() {
            Compression::LZ4 => {
                return Err(fault(
                    "it is packed with the old LZ4, which LZ4_RAW took the place of",
                ));
            }
            Compression::GZIP(_) => Packing::Deflate,
            _ => Packing::Kept,
        };
        let rows = self.num_rows();
        let pages = SerializedPageReader::new(self.file.clone(), chunk, rows, None)?;
        let (at, left) = chunk.byte_range();
        let (file, budget) = (self.file.clone(), self.budget.clone());
        let lists = Lists::new(chunk.column_descr().max_rep_level());
        let pages = Checked { pages, file, at, left, packing, budget, lists };
        Ok(Box::new(Chunk(Some(Box::new(pages)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.metadata.row_group(self.at)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The pages of one column in one row group.
struct Chunk(Option<Box<dyn PageReader>>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for Chunk {}

/// Whether a page can unpack to more than its header says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// The library stops where it should.
    Kept,
    /// It does not.
    Deflate,
}

/// Pages of which each is looked at first.
struct Checked {
    pages: SerializedPageReader<File>,
    file: Arc<File>,
    /// Where the next page begins, and how much is left.
    at: u64,
    left: u64,
    packing: Packing,
    budget: Arc<Budget>,
    lists: Lists,
}

impl Checked {
    /// Looks at the page that comes next, as often as one is passed over.
    fn look(&mut self) -> Result<()> {
        while self.left > 0 {
            let head = page_head(self.file.get_read(self.at)?)?;
            if !head.is_index {
                self.budget.spend(head.unpacked)?;
                if self.packing == Packing::Deflate {
                    self.unpack(&head)?;
                }
            }
            let whole = head.length.saturating_add(head.packed);
            self.at = self.at.saturating_add(whole);
            self.left = self.left.saturating_sub(whole);
            if !head.is_index {
                break;
            }
        }
        Ok(())
    }

    /// Unpacks into nothing what could be too large.
    fn unpack(&self, head: &PageHead) -> Result<()> {
        if head.packed <= BATCH / DEFLATE {
            return Ok(());
        }
        let start = self.at.saturating_add(head.length).saturating_add(head.levels);
        let packed = self.file.get_read(start)?.take(head.packed.saturating_sub(head.levels));
        let mut unpacked = flate2::read::MultiGzDecoder::new(packed).take(head.unpacked + 1);
        match io::copy(&mut unpacked, &mut io::sink()) {
            Ok(bytes) if bytes > head.unpacked => Err(fault("a page is larger than it says")),
            // What else is wrong with it the library says.
            _ => Ok(()),
        }
    }
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.look()?;
        let page = self.pages.get_next_page()?;
        page.iter().try_for_each(|page| self.lists.look(page).map_err(fault))?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.look()?;
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}
