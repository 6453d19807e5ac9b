"""Decoded datasets, kept as one safetensors file each, so that a dataset is decoded only once.

The cache is a convenience: a file that cannot be read is rebuilt, one that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gan_core.data.image_data import Attributes, ImageData
from gan_core.data.notes import Note, Reason
from gan_core.data.specs import Progress
from gan_core.errors import DataError, Message
from gan_core.files import atomic_path
from gan_core.paths import gan_home

CACHE_FORMAT = "3"  # raise it when the decoding or the file layout changes


@dataclass(frozen=True)
class CacheKey:
    """What a cached dataset was made from.

    Attributes:
        name: Name of the dataset.
        image_size: Height and width in pixels.
        channels: 1 (gray) or 3 (RGB).
        origin: The path of its files, or empty for a dataset that is drawn.
        fingerprint: Changes when the files at the origin do; the new data then replaces the old in the cache.
    """

    name: str
    image_size: int
    channels: int
    origin: str = ""
    fingerprint: str = ""

    @property
    def file_name(self) -> str:
        """Name of the file in the cache; it does not depend on the fingerprint."""
        digest = hashlib.sha256(self.origin.encode("utf-8", "surrogateescape")).hexdigest()[:12]
        return f"{self.name}-{self.image_size}px-{self.channels}c-{digest}.safetensors"

    def as_text(self) -> str:
        """All fields and the format of the cache as JSON."""
        return json.dumps([CACHE_FORMAT, self.name, self.image_size, self.channels, self.origin, self.fingerprint])


def cached(key: CacheKey, build: Callable[[], ImageData], progress: Progress) -> ImageData:
    """The dataset from the cache, or built and put there. Callers at the same time build it once.

    The images from the cache are mapped from its file: all who train on them share one copy, and the system may drop
    what is not in use. So what was just built is given back from the cache too, not from the memory it was built in.
    """
    path = gan_home() / "cache" / key.file_name
    progress("looking for a cached copy", None)
    with only_one(path.with_suffix(".lock"), progress):
        data = read(path, key)
        if data is not None:
            return data
        data = build()
        progress("saving a copy for next time", None)
        data = write(path, key, data)
        return read(path, key) or data


@contextmanager
def only_one(lock_file: Path, progress: Progress) -> Iterator[None]:
    """Hold a lock between threads and processes. Without any effect where no lock file can be made."""
    with suppress(OSError):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=1)
        except Timeout:
            progress("waiting for another loader of the same data", None)
        except (OSError, NotImplementedError):  # read-only or full disk, or a file system without locks
            break
    try:
        yield
    finally:
        lock.release()


def read(path: Path, key: CacheKey) -> ImageData | None:
    """None if the file is missing, damaged, or was made from something else."""
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about["key"] != key.as_text():
                return None
            known = set(file.keys())
            labels = file.get_tensor("labels") if "labels" in known else None
            names = tuple(json.loads(about["attribute_names"]))
            attributes = Attributes(names, file.get_tensor("attributes")) if "attributes" in known else None
            return ImageData(
                key.name,
                file.get_tensor("images"),
                labels,
                tuple(json.loads(about["class_names"])),
                tuple(map(Message.from_dict, json.loads(about["notes"]))),
                attributes,
            )
    except (OSError, SafetensorError, KeyError, ValueError, DataError):
        return None


def write(path: Path, key: CacheKey, data: ImageData) -> ImageData:
    """Saves the images, each file whole or not at all. Returns `data`, with a note if they could not be saved."""
    tensors = {"images": data.images.contiguous()}
    if data.labels is not None:
        tensors["labels"] = data.labels.contiguous()
    if data.attributes is not None:
        tensors["attributes"] = data.attributes.values.contiguous()
    about = {
        "key": key.as_text(),
        "class_names": json.dumps(data.class_names),
        "attribute_names": json.dumps(data.attributes.names if data.attributes else ()),
        "notes": json.dumps([note.to_dict() for note in data.notes]),
    }
    try:
        with atomic_path(path) as partial:
            save_file(tensors, partial, metadata=about)
    except (OSError, SafetensorError) as error:
        reason = " ".join(str(error).split())
        note = Note(Reason.NOT_KEPT, 1, (f"{path.parent} ({reason})",))
        return replace(data, notes=(*data.notes, note.line))
    return data
