"""MNIST, Fashion-MNIST, Kuzushiji-MNIST, CIFAR-10 and CelebA: the training images.

They are looked for in `data_home()`, in the folder layout of `torchvision.datasets`, and downloaded there when missing,
from the addresses that torchvision knows. Only the files that are read have to be there, and what is in them counts:
they may be packed or unpacked, by whatever program.
"""

from __future__ import annotations

import gzip
import pickle
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torchvision import datasets

from gan_core.data.cache import only_one
from gan_core.data.decode_many import decode_all
from gan_core.data.download import RemoteFile, checksum, fetch
from gan_core.data.idx import find_idx, read_idx
from gan_core.data.image_data import ImageData
from gan_core.data.notes import Note, Notes, Reason
from gan_core.data.pixels import pad_to_size, to_channels, to_size
from gan_core.data.sources import open_source
from gan_core.data.specs import DatasetSpec, Progress
from gan_core.errors import DataError, Message
from gan_core.files import atomic_path
from gan_core.paths import data_home

Files = TypeVar("Files")

MNIST_LIKE: dict[str, type[datasets.MNIST]] = {
    "mnist": datasets.MNIST,
    "fashion_mnist": datasets.FashionMNIST,
    "kmnist": datasets.KMNIST,
}

# What is raised for missing, damaged and unobtainable files.
READ_ERRORS = (OSError, RuntimeError, ValueError, AssertionError, EOFError, KeyError, IndexError, pickle.PickleError)
UNPACK_ERRORS = (*READ_ERRORS, tarfile.TarError, zipfile.BadZipFile, zlib.error)


class Unusable(DataError):
    """A file that is needed is missing or damaged. The message says which one."""


def load_torchvision(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """The training split. Raises `DataError` if it is not there and cannot be downloaded, or is damaged."""
    if spec.name in MNIST_LIKE:
        return load_mnist_like(spec, image_size, channels, progress)
    if spec.name == "cifar10":
        return load_cifar10(spec, image_size, channels, progress)
    return load_celeba(spec, image_size, channels, progress)


def obtain(
    spec: DatasetSpec, folder: Path, read: Callable[[], Files], download: Callable[[], None], progress: Progress
) -> Files:
    """What `read()` gives of the files as they lie there, else after `download()`.

    Args:
        spec: The dataset.
        folder: Where the files lie, for the error message.
        read: Raises `Unusable` for the first file that is missing or damaged.
        download: Puts the files there.
        progress: See `Progress`.

    Raises:
        DataError: The files are not usable and cannot be downloaded.
    """
    progress("reading images", None)
    try:
        return read()
    except Unusable as error:
        problem = error.message
    errors: tuple[type[Exception], ...] = (Unusable, *UNPACK_ERRORS, *gdown_errors())
    try:
        # Two at a time would write into each other's files.
        with only_one(data_home() / f".{spec.name}.lock", progress):
            download()
            progress("unpacking", None)
            return read()
    except errors as error:
        reason = error if isinstance(error, Unusable) else " ".join(str(error).split())[:200]
        raise DataError(
            "{dataset} is not usable in {folder}: {problem}; and it could not be downloaded ({reason}): "
            "connect to the network, put its files there (delete damaged ones), or choose the dataset "
            "strokes, which needs no download",
            dataset=spec.title,
            folder=folder,
            problem=problem,
            reason=reason,
        ) from error


# MNIST, Fashion-MNIST, Kuzushiji-MNIST


def load_mnist_like(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """28 px; 32 px by a black border of 2, which keeps every pixel as it is; 64 px by resizing."""
    kind = MNIST_LIKE[spec.name]
    folder = data_home() / kind.__name__ / "raw"
    archives = [(name, md5) for name, md5 in kind.resources if name.startswith("train-")]

    def read() -> tuple[np.ndarray, np.ndarray]:
        images, labels = (read_part(folder, name.removesuffix(".gz")) for name, _ in archives)
        if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
            raise Unusable(
                "its images have the shape {images} and its labels {labels}", images=images.shape, labels=labels.shape
            )
        if labels.max(initial=0) > 9:
            raise Unusable("its labels are not 0 to 9")
        return images, labels

    def download() -> None:
        for name, md5 in archives:
            if not is_readable(folder, name.removesuffix(".gz")):
                fetch(RemoteFile(folder / name, [f"{mirror}{name}" for mirror in kind.mirrors], md5), progress)
                unpack(folder / name)

    pixels, labels = obtain(spec, folder, read, download, progress)
    images = torch.from_numpy(pixels.copy()).unsqueeze(1)
    notes: tuple[Message, ...] = ()
    if image_size == 32:
        images = pad_to_size(images, 32)
        notes = (Note(Reason.BORDER, 0, ()).line,)
    return finish(spec, images, torch.from_numpy(labels.astype(np.int64)), image_size, channels, notes)


def read_part(folder: Path, name: str) -> np.ndarray:
    """One file of MNIST, plain or packed, in `raw` or beside it. Raises `Unusable`."""
    path = find_idx((folder, folder.parent), name)
    if path is None:
        raise Unusable("{file} (or {file}.gz) is missing", file=name)
    try:
        return read_idx(path)
    except (OSError, DataError) as error:
        raise Unusable("{file} is damaged ({error})", file=path.name, error=error) from error


def is_readable(folder: Path, name: str) -> bool:
    """Whether `read_part` succeeds."""
    try:
        read_part(folder, name)
    except Unusable:
        return False
    return True


def unpack(archive: Path) -> None:
    """Beside the archive, where torchvision and others look for it."""
    with gzip.open(archive) as packed, atomic_path(archive.with_suffix("")) as temporary, temporary.open("wb") as file:
        shutil.copyfileobj(packed, file)


# CIFAR-10


def load_cifar10(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """From the five batches for training. They are pickles, so only the very files that were published are opened."""
    kind = datasets.CIFAR10
    folder, archive = data_home() / kind.base_folder, data_home() / kind.filename

    def read() -> tuple[np.ndarray, list[int]]:
        batches = [read_batch(folder / name, md5) for name, md5 in kind.train_list]
        return np.concatenate([pixels for pixels, _ in batches]), [n for _, labels in batches for n in labels]

    def download() -> None:
        if not (archive.is_file() and unpack_batches(archive, folder, dict(kind.train_list))):
            fetch(RemoteFile(archive, [kind.url], kind.tgz_md5), progress)
            progress("unpacking", None)
            unpack_batches(archive, folder, dict(kind.train_list))

    pixels, labels = obtain(spec, folder, read, download, progress)
    images = torch.from_numpy(pixels.reshape(-1, 3, 32, 32))
    return finish(spec, images, torch.tensor(labels), image_size, channels)


def read_batch(path: Path, md5: str) -> tuple[np.ndarray, list[int]]:
    """Images uint8 (n, 3072), channel by channel, and n labels.

    Raises:
        Unusable: The file is missing, or not the published one.
    """
    if not path.is_file():
        raise Unusable("{file} is missing", file=path.name)
    if checksum(path) != md5:
        raise Unusable("{file} is damaged", file=path.name)
    batch = pickle.loads(path.read_bytes(), encoding="latin1")
    return batch["data"], batch["labels"]


def unpack_batches(archive: Path, folder: Path, md5s: dict[str, str]) -> bool:
    """Unpacks the batches from a tar; whether all were there, whole."""
    try:
        with tarfile.open(archive) as tar:
            members = {PurePosixPath(member.name).name: member for member in tar if member.isfile()}
            for name in md5s.keys() & members.keys():
                if packed := tar.extractfile(members[name]):
                    with packed, atomic_path(folder / name) as temporary:
                        temporary.write_bytes(packed.read())
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        return False
    return all((folder / name).is_file() and checksum(folder / name) == md5 for name, md5 in md5s.items())


# CelebA

TRAINING = "0"  # in the table of the split


def load_celeba(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """The centered square of each portrait, resized; read file by file, so that only the result is held in memory.

    The portraits may lie in a folder or in their zip.
    """
    folder = data_home() / datasets.CelebA.base_folder
    table = folder / "list_eval_partition.txt"
    pictures = folder / "img_align_celeba"

    def read() -> tuple[list[str], Path]:
        if not table.is_file():
            raise Unusable("{file} is missing", file=table.name)
        names = [line.split()[0] for line in table.read_text().splitlines() if line.split()[1:] == [TRAINING]]
        if not names:
            raise Unusable("{file} is damaged", file=table.name)
        place = pictures if pictures.is_dir() else pictures.with_suffix(".zip")
        if not place.exists():
            raise Unusable("{folder} (or {folder}.zip) is missing", folder=pictures.name)
        return names, place

    def download() -> None:
        datasets.CelebA(data_home(), target_type=[], download=True)

    names, place = obtain(spec, folder, read, download, progress)
    notes = Notes()
    with portraits(place) as read_portrait:
        images, kept = decode_all(names, read_portrait, image_size, channels, progress, notes)
    if not kept:
        raise DataError(
            "{dataset}: none of the {count:,} images in {place} can be read; fetch them again",
            dataset=spec.title,
            count=len(names),
            place=place,
        )
    return ImageData(spec.name, images, notes=notes.lines())


@contextmanager
def portraits(place: Path) -> Iterator[Callable[[str], bytes]]:
    """Reads a portrait by its file's name, in a folder or in a zip, whatever folder it has in there."""
    if place.is_dir():
        yield lambda name: (place / name).read_bytes()
        return
    with open_source(place) as source:
        paths = {PurePosixPath(path).name: path for path in source.names}

        def read(name: str) -> bytes:
            if name not in paths:
                raise FileNotFoundError(name)
            return source.read(paths[name])

        yield read


def gdown_errors() -> tuple[type[Exception], ...]:
    """Errors of gdown, an optional package through which torchvision fetches CelebA."""
    try:
        from gdown.exceptions import FileURLRetrievalError
    except ImportError:
        return ()
    return (FileURLRetrievalError,)


def finish(
    spec: DatasetSpec, images: Tensor, labels: Tensor, image_size: int, channels: int, notes: tuple[Message, ...] = ()
) -> ImageData:
    """Size and channels as asked for. In this order, so that nothing is resized in three equal channels."""
    if channels == 1:
        images = to_channels(images, 1)
    images = to_channels(to_size(images, image_size), channels)
    return ImageData(spec.name, images, labels, spec.class_names, notes)
