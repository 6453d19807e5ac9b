"""MNIST, Fashion-MNIST, Kuzushiji-MNIST, CIFAR-10 and CelebA through `torchvision.datasets`: the training images.

They are looked for in `data_home()`, in torchvision's own layout, and downloaded there when missing. The downloads are
ours (`download.fetch`), which tells its progress; torchvision then finds the archives, checks and unpacks them.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets
from torchvision.datasets import VisionDataset

from gan_core.data.cache import only_one
from gan_core.data.decode import decode_all, skipped_note
from gan_core.data.download import RemoteFile, fetch
from gan_core.data.image_data import ImageData
from gan_core.data.pixels import pad_to_size, to_channels, to_size
from gan_core.data.specs import DatasetSpec, Progress
from gan_core.errors import DataError
from gan_core.paths import data_home

MNIST_LIKE: dict[str, type[datasets.MNIST]] = {
    "mnist": datasets.MNIST,
    "fashion_mnist": datasets.FashionMNIST,
    "kmnist": datasets.KMNIST,
}

# What torchvision raises for missing, damaged and unobtainable files.
READ_ERRORS = (OSError, RuntimeError, ValueError, AssertionError, EOFError, KeyError, IndexError)
UNPACK_ERRORS = (*READ_ERRORS, tarfile.TarError, zipfile.BadZipFile, zlib.error)


def load_torchvision(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """The training split. Raises `DataError` if it is not there and cannot be downloaded, or is damaged."""
    if spec.name in MNIST_LIKE:
        return load_mnist_like(spec, image_size, channels, progress)
    if spec.name == "cifar10":
        return load_cifar10(spec, image_size, channels, progress)
    return load_celeba(spec, image_size, channels, progress)


def load_mnist_like(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """28 px; 32 px by a black border of 2, which keeps every pixel as it is; 64 px by resizing."""
    kind = MNIST_LIKE[spec.name]
    folder = data_home() / kind.__name__ / "raw"
    files = [
        RemoteFile(folder / name, [f"{mirror}{name}" for mirror in kind.mirrors], md5) for name, md5 in kind.resources
    ]
    dataset = open_dataset(spec, lambda download: kind(data_home(), download=download), folder, files, progress)
    images = dataset.data.unsqueeze(1)
    notes = ()
    if image_size == 32:
        images = pad_to_size(images, 32)
        notes = ("32 px: the 28 px images with a black border of 2 pixels",)
    return finish(spec, images, dataset.targets, image_size, channels, notes)


def load_cifar10(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    kind = datasets.CIFAR10
    files = [RemoteFile(data_home() / kind.filename, [kind.url], kind.tgz_md5)]
    folder = data_home() / kind.base_folder
    dataset = open_dataset(spec, lambda download: kind(data_home(), download=download), folder, files, progress)
    images = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).contiguous()
    return finish(spec, images, torch.tensor(dataset.targets), image_size, channels)


def load_celeba(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    """The centred square of each portrait, resized; read file by file, so that only the result is held in memory."""
    folder = data_home() / datasets.CelebA.base_folder
    dataset = open_dataset(
        spec, lambda download: datasets.CelebA(data_home(), target_type=[], download=download), folder, [], progress
    )
    names, pictures = list(dataset.filename), folder / "img_align_celeba"
    del dataset  # its tables of attributes
    images, kept, skipped = decode_all(
        names, lambda name: (pictures / name).read_bytes(), image_size, channels, progress
    )
    if not kept:
        raise DataError(f"{spec.title}: none of the {len(names):,} images in {pictures} can be read; fetch them again")
    return ImageData(spec.name, images, notes=(skipped_note(skipped),) if skipped else ())


def open_dataset(
    spec: DatasetSpec,
    open_: Callable[[bool], VisionDataset],
    folder: Path,
    files: list[RemoteFile],
    progress: Progress,
) -> VisionDataset:
    """The dataset as it lies there, else after fetching `files`.

    open_:  called with False to use what is there, with True to let torchvision check, unpack and, for what is not in
            `files`, download
    folder: where the dataset lies, for people
    """
    progress("reading images", None)
    try:
        return open_(False)
    except READ_ERRORS:
        pass
    try:
        # Two at a time would write into each other's files.
        with only_one(data_home() / f".{spec.name}.lock", progress):
            for file in files:
                fetch(file, progress)
            progress("unpacking", None)
            return open_(True)
    except (*UNPACK_ERRORS, *gdown_errors()) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{spec.title} is not usable in {folder} and could not be downloaded ({reason}): connect to the network, "
            f"put its files there (delete damaged ones), or choose the dataset strokes, which needs no download"
        ) from error


def gdown_errors() -> tuple[type[Exception], ...]:
    """torchvision fetches CelebA through gdown, an optional package with errors of its own."""
    try:
        from gdown.exceptions import FileURLRetrievalError
    except ImportError:
        return ()
    return (FileURLRetrievalError,)


def finish(
    spec: DatasetSpec, images: Tensor, labels: Tensor, image_size: int, channels: int, notes: tuple[str, ...] = ()
) -> ImageData:
    """Size and colour as asked for. In this order, so that nothing is resized in three equal channels."""
    if channels == 1:
        images = to_channels(images, 1)
    images = to_channels(to_size(images, image_size), channels)
    return ImageData(spec.name, images, labels, spec.class_names, notes)
