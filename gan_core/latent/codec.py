"""A latent vector as compact text that may stand in a link.

The code is base64url of zlib of float32: every bit is kept, so whoever opens the link sees exactly the same picture.
Half precision would halve the length (540 characters for 100 entries of noise) but change pictures; numbers put in by
hand, and entries set to zero, compress well.
"""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.vectors import LARGEST
from gan_core.latent_spec import LatentSpec

_DAMAGED = "the vector in this link is damaged; copy the whole link again"


@python_arguments
def encode_vector(vector: Tensor) -> str:
    """A vector, float32 (size,), as letters, digits, "-" and "_". `decode_vector` is the exact inverse."""
    numbers = vector.numpy().astype("<f4")
    return base64.urlsafe_b64encode(zlib.compress(numbers.tobytes(), 9)).decode().rstrip("=")


def decode_vector(code: str, spec: LatentSpec) -> Tensor:
    """The vector, float32 (size,), that `encode_vector` wrote. Raises `LatentError` for anything else."""
    needed = 4 * spec.size
    if len(code) > 2 * needed + 64:  # the longest that encoding can give is shorter
        raise LatentError(_DAMAGED)
    try:
        packed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        numbers = zlib.decompressobj().decompress(packed, needed + 1)  # the limit holds against text made to explode
    except (binascii.Error, zlib.error, ValueError):
        raise LatentError(_DAMAGED) from None
    if len(numbers) != needed:
        found = f"{len(numbers) // 4}" if len(numbers) < needed else f"more than {spec.size}"
        raise LatentError(f"the vector in this link has {found} entries; this generator needs {spec.size}")
    vector = torch.from_numpy(np.frombuffer(numbers, "<f4").astype(np.float32))
    if not (vector.abs() <= LARGEST).all():  # false for NaN too
        raise LatentError(_DAMAGED)
    return vector
