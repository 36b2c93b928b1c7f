//! Arithmetic in eight bits for the classifier's encoder, by the widest instructions of the processor.
//!
//! A matrix product of bytes is whole numbers, so that every path gives the same. Around it stands what
//! must be floats: sixteen lanes with a fixed order of sums, the same bits wherever the processor can
//! multiply and add at once.
//!
//! This is the one place with `unsafe`: instructions that only some processors have. What makes each use
//! sound is one thing: a [`Lanes`] for them is only made by [`Path::run`], and a [`Path`] only where
//! [`Path::available`] found the instructions.
#![allow(unsafe_code)]

mod attention;
mod buffer;
mod lanes;
mod rows;
mod weights;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
#[cfg(test)]
mod tests;

pub use attention::{Attention, attend};
pub use buffer::Buffer;
pub use lanes::{LANES, Lanes};
pub use rows::{
    LOUD, Level, Norm, add, embed, gelu_and_quantize, quantize, quantize_but, spread, total,
};
pub use weights::{DEPTH, ROWS, Weights};

/// Which instructions run the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Tiles of bytes (AMX) beside AVX-512.
    #[cfg(target_arch = "x86_64")]
    Tiles,
    /// AVX-512 with dot products of bytes (VNNI).
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain code.
    Portable,
}

/// Work that is written once and compiled for every path.
pub trait Work {
    /// What comes of it.
    type Output;
    /// Does it. Implementations are `#[inline(always)]`, and so is all that they call with `lanes`:
    /// code that is not inlined is not compiled for the path.
    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}

impl Path {
    /// What this processor can run, the fastest first.
    pub fn available() -> Vec<Path> {
        let mut kinds = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni");
            if avx512 && amx::enable() {
                kinds.push(Kind::Tiles);
            }
            if avx512 {
                kinds.push(Kind::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                kinds.push(Kind::Avx2);
            }
        }
        kinds.push(Kind::Portable);
        kinds.into_iter().map(Path).collect()
    }

    /// The fastest, where this processor has more than plain code: with that alone, 32 bits are no slower.
    pub fn best() -> Option<Path> {
        static BEST: std::sync::OnceLock<Option<Path>> = std::sync::OnceLock::new();
        let fast = |path: &Path| path.0 != Kind::Portable;
        *BEST.get_or_init(|| Path::available().into_iter().find(fast))
    }

    /// Does the work with the path's instructions.
    pub fn run<W: Work>(self, work: W) -> W::Output {
        match self.0 {
            // SAFETY: for all three, `available` alone makes such a path, where it found the features
            // that the function is compiled for and, for the tiles, the system's leave to use them.
            #[cfg(target_arch = "x86_64")]
            Kind::Tiles => unsafe { in_avx512(work, true) },
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { in_avx512(work, false) },
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { in_avx2(work) },
            Kind::Portable => work.run(portable::Plain),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
fn in_avx512<W: Work>(work: W, tiles: bool) -> W::Output {
    // SAFETY: the caller of this function vouches for its features.
    work.run(unsafe { avx512::Avx512::new(tiles) })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn in_avx2<W: Work>(work: W) -> W::Output {
    // SAFETY: the caller of this function vouches for its features.
    work.run(unsafe { avx2::Avx2::new() })
}
