"""`folder`: a person's own pictures, from a directory or a zip, one sub-folder per class."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

import torch

from gan_core.data.decode import decode_all, printable, skipped_note
from gan_core.data.image_data import ImageData
from gan_core.data.sources import open_source
from gan_core.data.specs import Progress
from gan_core.errors import DataError

TRAIN_FOLDERS = {"train", "training"}
SPLIT_FOLDERS = TRAIN_FOLDERS | {"test", "testing", "val", "valid", "validation"}


def load_folder(path: Path, image_size: int, channels: int, progress: Progress) -> ImageData:
    """Every picture under `path`, cut to the centred square and resized.

    Labels need at least two class folders with pictures in them, and no pictures beside these folders. Raises
    `DataError` if `path` cannot be read or is refused, or if it holds no usable picture.
    """
    with open_source(path) as source:
        if not source.names:
            raise DataError(f"{path.name} holds no images; give a directory or a zip of PNG, JPEG or similar files")
        notes = list(source.notes)
        base, split_note = find_base(source.names)
        notes += split_note
        names = [name for name in source.names if is_below(name, base)]
        images, kept, skipped = decode_all(names, source.read, image_size, channels, progress)
        folders = {class_of(f"{folder}/", base) for folder in source.folders if is_below(folder, base)}
    if not kept:
        raise DataError(f"{path.name}: none of its {len(names)} images can be read ({printable(names[0])}, ...)")
    if skipped:
        notes.append(skipped_note(skipped))
    labels, class_names, label_notes = label(kept, base, folders)
    return ImageData("folder", images, labels, class_names, (*notes, *label_notes))


def parts_below(name: str, base: Sequence[str]) -> tuple[str, ...]:
    return PurePosixPath(name).parts[len(base) :]


def is_below(name: str, base: Sequence[str]) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) > len(base) and parts[: len(base)] == tuple(base)


def find_base(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The folder that holds the class folders, as path parts, and notes on what was left out to get there.

    Goes down through a folder that wraps everything (`archive/cats/1.jpg`), and into `train` where it stands beside
    `test` or `val`.
    """
    base: tuple[str, ...] = ()
    notes: list[str] = []
    while True:
        below = [parts_below(name, base) for name in names if is_below(name, base)]
        tops = {parts[0] for parts in below if len(parts) > 1}
        if any(len(parts) == 1 for parts in below):
            return base, notes
        if len(tops) == 1:
            base = (*base, *tops)
            continue
        train = sorted(top for top in tops if top.lower() in TRAIN_FOLDERS)
        if len(train) != 1 or any(top.lower() not in SPLIT_FOLDERS for top in tops):
            return base, notes
        base = (*base, train[0])
        notes.append(f"only the pictures in {train[0]} are used, not those in {', '.join(sorted(tops - {train[0]}))}")


def class_of(name: str, base: Sequence[str]) -> str | None:
    """The class folder a file lies in, at whatever depth; None beside the class folders."""
    parts = parts_below(name, base)
    return printable(parts[0]) if len(parts) > 1 or name.endswith("/") else None


def label(
    names: Sequence[str], base: Sequence[str], folders: Collection[str | None]
) -> tuple[torch.Tensor | None, tuple[str, ...], list[str]]:
    """Labels int64 (len(names),) or None, the class names, and notes. `folders`: all class folders, even empty ones."""
    classes = [class_of(name, base) for name in names]
    loose = classes.count(None)
    class_names = sorted({name for name in classes if name is not None})
    notes = []
    empty = sorted({name for name in folders if name is not None} - set(class_names))
    if class_names and empty:
        notes.append(f"class folders without usable pictures were ignored: {', '.join(empty[:5])}")
    if class_names and loose:
        notes.append(f"no classes: {loose} pictures lie beside the class folders instead of in one")
    if loose or len(class_names) < 2:
        return None, (), notes
    index = {name: i for i, name in enumerate(class_names)}
    return torch.tensor([index[name] for name in classes]), tuple(class_names), notes
