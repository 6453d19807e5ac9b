"""`folder`: a person's own pictures, from a directory or a zip, one sub-folder per class."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import torch

from gan_core.data.decode_many import decode_all
from gan_core.data.image_data import ImageData
from gan_core.data.names import distinct, natural_key
from gan_core.data.notes import Notes, Reason
from gan_core.data.sources import Source, open_source
from gan_core.data.specs import Progress
from gan_core.data.uploads import shown_name
from gan_core.errors import DataError

TRAIN_FOLDERS = {"train", "training"}
SPLIT_FOLDERS = TRAIN_FOLDERS | {"test", "testing", "val", "valid", "validation"}
MAX_STRAY_SHARE = 0.1  # images beside the class folders; with more, the folders are no classes


def load_folder(path: Path, image_size: int, channels: int, progress: Progress) -> ImageData:
    """Every picture under `path`, cut to the centred square and resized.

    Labels need at least two class folders with pictures in them, and few pictures beside these folders. What is left
    out or changed is in the notes.

    Raises:
        DataError: `path` cannot be read or is refused, or holds fewer than two usable images.
    """
    with open_source(path) as source:
        base, names = lay_out(source.names, source.notes)
        images, kept = decode_all(names, source.read, image_size, channels, progress, source.notes)
        if len(kept) < 2:
            raise _too_few(shown_name(path), len(kept), len(names), source.notes)
        labels, class_names = label(kept, base, source)
    return ImageData("folder", images, labels, class_names, source.notes.lines())


def _too_few(name: str, usable: int, images: int, notes: Notes) -> DataError:
    main = notes.main()
    why = main.line if main else None
    if usable:
        if why:
            return DataError(
                "{name} holds one usable image ({why}); a GAN needs at least two, better thousands", name=name, why=why
            )
        return DataError("{name} holds one usable image; a GAN needs at least two, better thousands", name=name)
    if images:
        return DataError("{name}: none of its {images:,} images can be read: {why}", name=name, images=images, why=why)
    if why:
        return DataError("{name} holds no images: {why}", name=name, why=why)
    return DataError("{name} holds no images; give a directory or a zip of PNG, JPEG or similar files", name=name)


def parts_below(name: str, base: Sequence[str]) -> tuple[str, ...]:
    """The parts of a path below the folder `base`."""
    return tuple(name.split("/"))[len(base) :]


def is_below(name: str, base: Sequence[str]) -> bool:
    """Whether a path lies in the folder `base`."""
    parts = tuple(name.split("/"))
    return len(parts) > len(base) and parts[: len(base)] == tuple(base)


def lay_out(names: Sequence[str], notes: Notes) -> tuple[tuple[str, ...], list[str]]:
    """The folder that holds the class folders, as path parts, and the names of the pictures to use."""
    base, loose, others = find_base(names)
    if others:
        notes.add(Reason.OTHER_SPLITS, *others)
    used = [name for name in names if is_below(name, base) and name not in loose]
    classes = {parts_below(name, base)[0] for name in used if len(parts_below(name, base)) > 1}
    if len(classes) < 2:  # leaving any out would not give classes
        return base, [name for name in names if is_below(name, base) or name in loose]
    if loose:
        notes.add(Reason.LOOSE, *sorted(loose))
    return base, used


def find_base(names: Sequence[str]) -> tuple[tuple[str, ...], set[str], list[str]]:
    """Find the folder that holds the class folders.

    Descends into a folder that wraps everything (`archive/cats/1.jpg`), and into `train` where there are also `test`
    or `val`.

    Returns:
        The folder as path parts, the few images outside the class folders, and the folders that were left out.
    """
    base: tuple[str, ...] = ()
    loose: set[str] = set()
    others: list[str] = []
    while True:
        below = [name for name in names if is_below(name, base)]
        here = {name for name in below if len(parts_below(name, base)) == 1}
        tops = {parts_below(name, base)[0] for name in below if name not in here}
        if not tops or len(here) > MAX_STRAY_SHARE * len(below):
            return base, loose, others
        loose |= here
        if len(tops) == 1:
            base = (*base, *tops)
            continue
        train = [top for top in tops if top.lower() in TRAIN_FOLDERS]
        if len(train) != 1 or any(top.lower() not in SPLIT_FOLDERS for top in tops):
            return base, loose, others
        others += sorted("/".join((*base, top)) for top in tops - {train[0]})
        base = (*base, train[0])


def label(names: Sequence[str], base: Sequence[str], source: Source) -> tuple[torch.Tensor | None, tuple[str, ...]]:
    """Labels int64 (len(names),) or None, and the class names, sorted with numbers by their value.

    A class is a folder in `base`, whatever is below it. Two folders stay two classes, even if their names look alike.
    """
    folders = [parts[0] if len(parts := parts_below(name, base)) > 1 else None for name in names]
    inside = [folder for folder in folders if folder is not None]
    used = set(inside)
    _remark_on_classes(names, base, folders, used, source)
    if len(inside) < len(folders) or len(used) < 2:
        return None, ()
    shown = distinct(sorted(used), source.shown)
    order = sorted(used, key=lambda folder: natural_key(shown[folder]))
    index = {folder: i for i, folder in enumerate(order)}
    return torch.tensor([index[folder] for folder in inside]), tuple(shown[folder] for folder in order)


def _remark_on_classes(
    names: Sequence[str], base: Sequence[str], folders: Sequence[str | None], used: Collection[str], source: Source
) -> None:
    """Note why there are no classes, and which class folders have no pictures."""
    there = {parts_below(folder, base)[0] for folder in source.folders if is_below(folder, base)}
    if used and (empty := sorted(there - set(used))):
        source.notes.add(Reason.EMPTY_FOLDER, *empty)
    loose = [name for name, folder in zip(names, folders, strict=True) if folder is None]
    if not used:
        source.notes.add(Reason.ONE_FOLDER)
    elif loose:
        source.notes.add(Reason.MANY_LOOSE, *loose)
    elif len(used) == 1:
        source.notes.add(Reason.ONE_CLASS, *used)
