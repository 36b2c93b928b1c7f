//! Cells of a batch of rows as JSON, and how much of it there would be.

use std::ops::Range;
use std::sync::LazyLock;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, new_empty_array};
use arrow_json::EncoderOptions;
use arrow_json::writer::{NullableEncoder, make_encoder};
use arrow_schema::{DataType, FieldRef, Fields};

use super::Fault;

/// Nulls in structs are left out, points in time are RFC 3339, bytes are hex.
static OPTIONS: LazyLock<EncoderOptions> = LazyLock::new(EncoderOptions::default);

/// The columns of a batch on their way to JSON.
pub struct Cells<'a> {
    columns: Vec<(&'a dyn Array, NullableEncoder<'a>)>,
}

impl<'a> Cells<'a> {
    /// The columns of a batch, whose fields are these.
    pub fn new(batch: &'a RecordBatch, fields: &'a Fields) -> Result<Self, Fault> {
        let columns = fields.iter().zip(batch.columns()).map(|(field, array)| {
            let array: &dyn Array = array.as_ref();
            Ok((array, make_encoder(field, array, &OPTIONS)?))
        });
        Ok(Cells { columns: columns.collect::<Result<_, Fault>>()? })
    }

    /// Whether there is nothing in a cell.
    pub fn is_null(&self, column: usize, row: usize) -> bool {
        self.columns.get(column).is_none_or(|(_, encoder)| encoder.is_null(row))
    }

    /// Adds a cell to a text; an error where there would be more than `room` bytes of it.
    pub fn write(
        &mut self,
        column: usize,
        row: usize,
        room: usize,
        json: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        let Some((array, encoder)) = self.columns.get_mut(column) else { return Ok(()) };
        let mut room = room;
        weigh(*array, row, &mut room)?;
        encoder.encode(row, json);
        Ok(())
    }

    /// The text of a cell.
    pub fn text(&self, column: usize, row: usize) -> Option<&'a str> {
        let (array, _) = self.columns.get(column)?;
        let array = array.as_string_view_opt()?;
        array.is_valid(row).then(|| array.value(row))
    }
}

/// That a record would be longer than is read.
#[derive(Debug)]
pub struct TooLong;

/// Whether cells of a column can be written as JSON.
pub fn is_writable(field: &FieldRef) -> bool {
    make_encoder(field, &*new_empty_array(field.data_type()), &OPTIONS).is_ok()
}

/// Takes from `room` at least as many bytes as a cell has in memory, or says that there is too little. A text
/// that is stored once may stand in every element of a list, so it is weighed before it is written.
fn weigh(array: &dyn Array, row: usize, room: &mut usize) -> Result<(), TooLong> {
    let take = |room: &mut usize, bytes: usize| {
        *room = room.checked_sub(bytes).ok_or(TooLong)?;
        Ok(())
    };
    if array.is_null(row) {
        return take(room, 1);
    }
    let (inside, rows): (&dyn Array, Range<usize>) = match array.data_type() {
        DataType::Utf8View => return take(room, 2 + array.as_string_view().value(row).len()),
        DataType::BinaryView => return take(room, 2 + 2 * array.as_binary_view().value(row).len()),
        DataType::FixedSizeBinary(length) => return take(room, 2 + 2 * *length as usize),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            return fields.iter().zip(columns).try_for_each(|(field, column)| {
                take(room, field.name().len() + 3)?;
                weigh(column, row, room)
            });
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            (list.values(), between(list.value_offsets(), row))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            (list.values(), between(list.value_offsets(), row))
        }
        DataType::FixedSizeList(_, length) => {
            let list = array.as_fixed_size_list();
            let start = list.value_offset_at(row);
            (list.values(), start..start + *length as usize)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            (map.entries(), between(map.value_offsets(), row))
        }
        _ => return take(room, 1),
    };
    rows.into_iter().try_for_each(|row| weigh(inside, row, room))
}

/// The elements of a row by the offsets of all rows.
fn between<T: arrow_array::OffsetSizeTrait>(offsets: &[T], row: usize) -> Range<usize> {
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}
