//! Products of bytes on tiles (AMX): sixteen rows by sixteen outputs by sixty-four values at a time.
//!
//! The instructions are written out, since the language has no stable names for them yet.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};

use super::lanes::LANES;
use super::weights::{DEPTH, GROUP, ROWS, Weights};

/// Whether the processor has tiles of bytes and the system lets this process use them; asks it to.
pub(super) fn enable() -> bool {
    cfg!(target_os = "linux") && processor_has_tiles() && leave_to_use_tiles()
}

fn processor_has_tiles() -> bool {
    const TILES: u32 = 1 << 24;
    const BYTES: u32 = 1 << 25;
    if __cpuid(0).eax < 7 {
        return false;
    }
    let bits = __cpuid_count(7, 0).edx;
    bits & TILES != 0 && bits & BYTES != 0
}

/// Linux keeps no room for tiles in a thread's saved state until a process asks for it.
fn leave_to_use_tiles() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST_PERMISSION: i64 = 0x1023;
    const TILE_DATA: i64 = 18;
    let result: i64;
    // SAFETY: a system call by the calling convention of Linux on x86-64. It reads and writes no memory of
    // ours; a kernel that does not know it answers with an error.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// How the eight tiles are shaped: all of them sixteen rows of sixty-four bytes.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    start: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

static SHAPE: Shape = Shape {
    palette: 1,
    start: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// See [`super::Lanes::multiply`].
///
/// # Safety
///
/// [`enable`] must have said yes.
pub(super) unsafe fn multiply(rows: &[u8], weights: &Weights, out: &mut [i32]) {
    let (depth, width) = (weights.depth, weights.width);
    let count = rows.len() / depth;
    assert!(rows.len() == count * depth && count.is_multiple_of(ROWS));
    assert!(out.len() == count * width && width.is_multiple_of(2 * LANES));
    assert!(depth.is_multiple_of(DEPTH) && weights.panels.len() == depth * width);
    // SAFETY: tiles may be used, by this function's contract; the shape is 64 valid bytes.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPE, options(nostack, readonly)) };
    // The weights of thirty-two outputs stay in the first cache while all rows pass by.
    for column in (0..width).step_by(2 * LANES) {
        for top in (0..count).step_by(2 * ROWS) {
            let block = Block {
                rows: rows[top * depth..].as_ptr(),
                panel: weights.panels[column * depth..].as_ptr(),
                depth,
                out: out[top * width + column..].as_mut_ptr(),
                width,
            };
            // SAFETY: tiles are shaped. Rows `top..top + 32` (or 16) and outputs `column..column + 32` lie
            // within the slices, whose sizes are checked above.
            unsafe {
                match count - top {
                    ROWS => block.sixteen(),
                    _ => block.thirty_two(),
                }
            }
        }
    }
    // SAFETY: gives the tiles back; nothing else is touched.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Up to thirty-two rows by thirty-two outputs.
struct Block {
    rows: *const u8,
    panel: *const u8,
    depth: usize,
    out: *mut i32,
    width: usize,
}

impl Block {
    /// # Safety
    ///
    /// Tiles must be shaped, and 32 rows of `depth` values, as many of `width` sums, and two panels be there.
    #[inline(always)]
    unsafe fn thirty_two(self) {
        let stride = self.width * size_of::<i32>();
        // SAFETY: the memory is what the caller vouches for; tiles are named as overwritten.
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm4, [{a} + {depth}*1]",
                "tileloadd tmm6, [{b} + {line}*1]",
                "tileloadd tmm7, [{c} + {line}*1]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tileloadd tmm5, [{under} + {depth}*1]",
                "tdpbusd tmm1, tmm4, tmm7",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "add {a}, 64",
                "add {under}, 64",
                "add {b}, 1024",
                "add {c}, 1024",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{out} + {stride}*1], tmm0",
                "tilestored [{out} + {stride}*1 + 64], tmm1",
                "tilestored [{below} + {stride}*1], tmm2",
                "tilestored [{below} + {stride}*1 + 64], tmm3",
                a = inout(reg) self.rows => _,
                under = inout(reg) self.rows.add(ROWS * self.depth) => _,
                b = inout(reg) self.panel => _,
                c = inout(reg) self.panel.add(LANES * self.depth) => _,
                steps = inout(reg) self.depth / DEPTH => _,
                depth = in(reg) self.depth,
                line = in(reg) LANES * GROUP,
                out = in(reg) self.out,
                below = in(reg) self.out.add(ROWS * self.width),
                stride = in(reg) stride,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    /// # Safety
    ///
    /// Tiles must be shaped, and 16 rows of `depth` values, as many of `width` sums, and two panels be there.
    #[inline(always)]
    unsafe fn sixteen(self) {
        let stride = self.width * size_of::<i32>();
        // SAFETY: the memory is what the caller vouches for; tiles are named as overwritten.
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "2:",
                "tileloadd tmm4, [{a} + {depth}*1]",
                "tileloadd tmm6, [{b} + {line}*1]",
                "tileloadd tmm7, [{c} + {line}*1]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "add {a}, 64",
                "add {b}, 1024",
                "add {c}, 1024",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{out} + {stride}*1], tmm0",
                "tilestored [{out} + {stride}*1 + 64], tmm1",
                a = inout(reg) self.rows => _,
                b = inout(reg) self.panel => _,
                c = inout(reg) self.panel.add(LANES * self.depth) => _,
                steps = inout(reg) self.depth / DEPTH => _,
                depth = in(reg) self.depth,
                line = in(reg) LANES * GROUP,
                out = in(reg) self.out,
                stride = in(reg) stride,
                out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}
