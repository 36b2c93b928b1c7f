//! The values of CPU tensors, lent without copying.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// A contiguous f32 tensor's values in storage.
pub(super) fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a contiguous tensor is wanted")
    };
    match storage {
        CpuStorage::F32(values) => Ok(&values[start..end]),
        other => bail!("f32 is wanted, not {:?}", other.dtype()),
    }
}

/// Lends the values of CPU tensors.
pub(super) fn read<const N: usize>(
    tensors: [&Tensor; N],
    then: impl FnOnce([&[f32]; N]),
) -> Result<()> {
    let tensors = tensors.map(|tensor| tensor.contiguous());
    let mut kept = Vec::with_capacity(N);
    for tensor in tensors {
        kept.push(tensor?);
    }
    let guards: Vec<_> = kept.iter().map(Tensor::storage_and_layout).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slot, (storage, layout)) in slices.iter_mut().zip(&guards) {
        *slot = match &**storage {
            Storage::Cpu(storage) => slice(storage, layout)?,
            _ => bail!("a tensor on the CPU is wanted"),
        };
    }
    then(slices);
    Ok(())
}
