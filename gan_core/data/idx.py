"""The files of MNIST and its like: arrays of bytes behind a header, plain or packed by gzip.

Format: http://yann.lecun.com/exdb/mnist. Two zero bytes, 8 for unsigned bytes, the number of dimensions, then each
dimension as a big-endian 32-bit integer, then the data.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_core.errors import DataError

UNSIGNED_BYTES = 8
GZIP = b"\x1f\x8b"
MAX_BYTES = 2**30  # bytes; the images of MNIST take 2**26


def find_idx(folders: Sequence[Path], name: str) -> Path | None:
    """The file of that name in the first folder that has it, as it is published or as people unpack and rename it."""
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), f"{name.replace('-idx', '.idx')}.gz")
    return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def read_idx(path: Path) -> np.ndarray:
    """An array, uint8, of the shape in the header.

    Raises:
        OSError: The file cannot be read.
        DataError: It is damaged.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (EOFError, zlib.error) as error:
        raise DataError("it cannot be unpacked: {error}", error=error) from error
    if len(data) < 4 or data[:3] != bytes((0, 0, UNSIGNED_BYTES)) or len(data) < 4 + 4 * data[3]:
        raise DataError("its beginning is not that of an idx file of bytes")
    shape = struct.unpack_from(f">{data[3]}I", data, 4)
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])
    if values.size != math.prod(shape):
        raise DataError(
            "it holds {size:,} bytes where its beginning tells of {announced:,}",
            size=values.size,
            announced=math.prod(shape),
        )
    return values.reshape(shape)
