//! The weights of a linear layer, laid out as the kernels read them.

use super::buffer::Buffer;
use super::lanes::LANES;
use super::rows::LOUD;

/// Rows that kernels multiply together; what they are given is padded to a multiple.
pub const ROWS: usize = 16;
/// Columns are padded to a multiple of this.
const COLUMNS: usize = 2 * LANES;
/// And what is summed over, to a multiple of this: the bytes of a tile's row.
pub const DEPTH: usize = 64;
/// Values that one instruction sums up.
pub(super) const GROUP: usize = 4;

/// A linear layer in eight bits: `x · weightᵀ · scales + bias`.
///
/// Sixteen outputs make a panel, in which groups of four values of the first output are followed by
/// those of the second and so on: what one register, or one row of a tile, holds.
pub struct Weights {
    /// Values summed over, padded.
    pub depth: usize,
    /// Outputs, padded.
    pub width: usize,
    /// Signed bytes.
    pub(super) panels: Buffer<u8>,
    /// The sum of each output's weights: what a row's zero point adds to it.
    pub(super) sums: Buffer<f32>,
    /// What each output is multiplied with.
    pub(super) scales: Buffer<f32>,
    /// What is added to each output then.
    pub(super) bias: Buffer<f32>,
    /// The weights of the loud columns, in 32 bits; empty where there are none.
    pub(super) loud: Vec<Buffer<f32>>,
}

impl Weights {
    /// Room for `outputs` rows of `from` values, all of them zero.
    pub fn zeros(outputs: usize, from: usize) -> Weights {
        let (depth, width) = (from.next_multiple_of(DEPTH), outputs.next_multiple_of(COLUMNS));
        Weights {
            depth,
            width,
            panels: Buffer::zeros(depth * width),
            sums: Buffer::zeros(width),
            scales: Buffer::zeros(width),
            bias: Buffer::zeros(width),
            loud: Vec::new(),
        }
    }

    /// Puts in the weights of one output, signed bytes.
    pub fn set(&mut self, output: usize, weights: &[u8], scale: f32, bias: f32) {
        let (panel, column) = (output / LANES, output % LANES);
        let panel = &mut self.panels[panel * LANES * self.depth..][..LANES * self.depth];
        let (lines, _) = panel.as_chunks_mut::<{ LANES * GROUP }>();
        for (line, group) in lines.iter_mut().zip(weights.chunks(GROUP)) {
            line[column * GROUP..][..group.len()].copy_from_slice(group);
        }
        self.sums[output] =
            weights.iter().map(|weight| i32::from(*weight as i8)).sum::<i32>() as f32;
        self.scales[output] = scale;
        self.bias[output] = bias;
    }

    /// Keeps the weights of some columns in 32 bits too, for values that are no bytes.
    pub fn single_out(&mut self, columns: &[usize; LOUD]) {
        self.loud = columns
            .iter()
            .map(|column| {
                let mut loud = Buffer::zeros(self.width);
                for (output, weight) in loud.iter_mut().enumerate() {
                    let line = self.panel(output)[column / GROUP];
                    let byte = line[output % LANES * GROUP + column % GROUP];
                    *weight = f32::from(byte as i8) * self.scales[output];
                }
                loud
            })
            .collect();
    }

    /// The panel with an output, line by line.
    #[inline(always)]
    pub(super) fn panel(&self, output: usize) -> &[[u8; LANES * GROUP]] {
        let panel = &self.panels[output / LANES * LANES * self.depth..][..LANES * self.depth];
        panel.as_chunks().0
    }
}
