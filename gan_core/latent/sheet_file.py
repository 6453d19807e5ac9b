"""A sweep as numbers in one file, for whoever wants to go on computing."""

from __future__ import annotations

import io

import numpy as np

from gan_core.latent.sheet import Sheet, sweep_vectors


def sheet_npz(sheet: Sheet) -> bytes:
    """A NumPy archive (`numpy.load`) of a sheet of E entries at V values over B base vectors.

    images:  uint8 (E, V, B, C, H, W)
    vectors: float32 (E, V, B, size), the latent vector of each image
    base:    float32 (B, size), the vectors that the columns began with
    entries: int64 (E,); values: float32 (V,); names: text (E,), "entry 5" or "class Dress"
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=sheet.images.numpy(),
        vectors=sweep_vectors(sheet.vectors, sheet.entries, sheet.values).numpy(),
        base=sheet.vectors.numpy(),
        entries=np.array(sheet.entries, dtype=np.int64),
        values=np.array(sheet.values, dtype=np.float32),
        names=np.array(sheet.names, dtype=np.str_),
    )
    return buffer.getvalue()
