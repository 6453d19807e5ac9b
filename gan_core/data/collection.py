"""`Collection`: pictures that a person gathers one by one, kept on the server under a code that only they know."""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image

from gan_core.data.decode import UnreadableImage, decode
from gan_core.data.folder import label as labels_of
from gan_core.data.folder import lay_out
from gan_core.data.formats import why_unreadable
from gan_core.data.names import printable
from gan_core.data.notes import Notes, Reason
from gan_core.data.sources import open_source
from gan_core.data.uploads import keep_upload
from gan_core.errors import DataError, Message
from gan_core.files import atomic_path
from gan_core.paths import gan_home

SIDE = 128  # pixels of a kept picture, twice the largest that is trained on
MAX_PICTURES = 5000
MAX_CLASSES = 50
MAX_CLASS_LENGTH = 40
MAX_UNDO = 20
MIN_COLOR = 24  # of 255; channels that differ by less are the noise of a camera in a gray picture
CODE = re.compile(r"[0-9a-f]{20}")
UNSORTED = ""
EPOCH = (1980, 1, 1, 0, 0, 0)  # of files in a zip, so that equal collections give equal ones


@dataclass(frozen=True)
class Picture:
    """A picture of a collection.

    Attributes:
        name: Of its file, a digest of its pixels.
        label: Its class; "" without one.
        colored: Whether it has colors.
    """

    name: str
    label: str = UNSORTED
    colored: bool = False


@dataclass(frozen=True)
class Pictures:
    """What a collection holds.

    Attributes:
        pictures: In the order in which they came.
        classes: Names, in the order in which they came.
    """

    pictures: tuple[Picture, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Number of pictures of each class, and of those without one."""
        found = Counter(picture.label for picture in self.pictures)
        return {name: found[name] for name in (UNSORTED, *self.classes)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Sequence[Mapping[str, object]]]) -> Pictures:
        """Inverse of `dataclasses.asdict`."""
        return cls(
            tuple(Picture(str(one["name"]), str(one["label"]), bool(one["colored"])) for one in values["pictures"]),
            tuple(map(str, values["classes"])),
        )


class NamedBytes(io.BytesIO):
    """A file in memory with a name, as `keep_upload` takes it."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name


class Collection:
    """Pictures with their classes. Every change is written at once, and the last ones can be taken back.

    Several pages, one on a phone and one on a desk, may add to a collection at the same time.

    Args:
        code: Of the collection, as `new_code` gives it; who knows it can see and change the pictures.

    Raises:
        DataError: It is no code.
    """

    def __init__(self, code: str):
        if not CODE.fullmatch(code):
            raise DataError("the link to these pictures is damaged; copy the whole link again")
        self.code = code
        self._folder = gan_home() / "collections" / code

    @property
    def pictures(self) -> Pictures:
        """What it holds now; nothing where nobody has added anything yet."""
        return self._history()[-1]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return len(self._history()) > 1

    def path(self, picture: Picture) -> Path:
        """The PNG file of a picture, RGB and `SIDE` pixels square."""
        return self._folder / picture.name

    # Changes

    def add(self, files: Iterable[tuple[str, bytes]], label: str = UNSORTED) -> tuple[Message, ...]:
        """Add picture files by name and contents.

        Args:
            files: Names are for remarks only.
            label: Their class.

        Returns:
            What was left out and why, a line for each reason.
        """
        notes = Notes()
        found = [one for name, data in files if (one := self._keep(name, data, label, notes)) is not None]
        self._append(found, notes)
        return notes.lines()

    def add_zip(self, path: Path) -> tuple[Message, ...]:
        """Add the pictures of a zip or directory with the classes of its folders.

        Raises:
            DataError: It is refused as a whole, see `load_folder`.
        """
        with open_source(path) as source:
            base, names = lay_out(source.names, source.notes)
            labels, class_names = labels_of(names, base, source)
            if len(names) > MAX_PICTURES:
                source.notes.add(Reason.TOO_MANY, *names[MAX_PICTURES:])
            found = []
            for place, name in enumerate(names[:MAX_PICTURES]):
                shown = UNSORTED if labels is None else class_name(class_names[int(labels[place])])
                try:
                    picture = self._keep(name, source.read(name), shown, source.notes)
                except UnreadableImage as error:
                    source.notes.add(error.reason, name)
                else:
                    found += [picture] if picture else []
            self._append(found, source.notes)
            # Without folders is how most people pack pictures, so that is nothing to remark on.
            return tuple(line for line in source.notes.lines() if line.template != Reason.ONE_FOLDER)

    def remove(self, names: Iterable[str]) -> None:
        """Take pictures out; `undo` brings them back."""
        gone = set(names)
        self._change(lambda now: replace(now, pictures=tuple(p for p in now.pictures if p.name not in gone)))

    def sort(self, names: Iterable[str], label: str) -> None:
        """Put pictures into a class, or into none with ""; one that is not there yet is made."""
        label, moved = class_name(label), set(names)

        def sorted_in(now: Pictures) -> Pictures:
            pictures = tuple(replace(p, label=label) if p.name in moved else p for p in now.pictures)
            return Pictures(pictures, with_class(now.classes, label))

        self._change(sorted_in)

    def add_class(self, name: str) -> None:
        """Make a class without pictures."""
        self._change(lambda now: replace(now, classes=with_class(now.classes, class_name(name))))

    def remove_class(self, name: str) -> None:
        """Remove a class; its pictures stay, without one."""

        def without(now: Pictures) -> Pictures:
            pictures = tuple(replace(p, label=UNSORTED) if p.label == name else p for p in now.pictures)
            return Pictures(pictures, tuple(one for one in now.classes if one != name))

        self._change(without)

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        with self._locked():
            self._write(self._history()[:-1] or [Pictures()])

    # Training

    def as_zip(self, *, classes: bool) -> Path:
        """A zip of the pictures as they are now, kept as an upload is: what is collected later changes no run.

        Args:
            classes: Whether each class becomes a folder; pictures without a class are left out then.
        """
        now = self.pictures
        used = [p for p in now.pictures if not classes or p.label != UNSORTED]
        packed = NamedBytes(f"{len(used)} pictures")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
            for place, picture in enumerate(used):
                name = f"{place:05}.png" if not classes else f"{picture.label}/{place:05}.png"
                file.writestr(zipfile.ZipInfo(name, EPOCH), self.path(picture).read_bytes())
        return keep_upload(packed)

    def pixels(self, side: int) -> np.ndarray:
        """All pictures, uint8 (N, side, side, 3), for a look at them."""
        shown = [Image.open(self.path(p)).resize((side, side), reducing_gap=2.0) for p in self.pictures.pictures]
        return np.stack([np.asarray(image.convert("RGB")) for image in shown])

    # Files

    def _keep(self, name: str, data: bytes, label: str, notes: Notes) -> Picture | None:
        """Write the pixels of a picture file; None, with a note, for what is none."""
        try:
            pixels = decode(data, SIDE, 3).pixels.transpose(1, 2, 0)
        except UnreadableImage as error:
            reason = error.reason
            notes.add(why_unreadable(name, data) if reason is Reason.UNREADABLE else reason, name)
            return None
        digest = hashlib.blake2b(pixels.tobytes(), digest_size=12).hexdigest()
        picture = Picture(f"{digest}.png", label, is_colored(pixels))
        if not self.path(picture).is_file():
            try:
                with atomic_path(self.path(picture)) as temporary:
                    Image.fromarray(pixels).save(temporary, "PNG", compress_level=1)
            except OSError as error:
                raise DataError("the picture could not be kept: {error}", error=error) from None
        return picture

    def _append(self, found: Sequence[Picture], notes: Notes) -> None:
        def appended(now: Pictures) -> Pictures:
            there = {picture.name for picture in now.pictures}
            new = [p for place, p in enumerate(found) if p.name not in there | {q.name for q in found[:place]}]
            if len(new) < len(found):
                notes.add(Reason.THERE_ALREADY, *[""] * (len(found) - len(new)))
            room = MAX_PICTURES - len(now.pictures)
            if len(new) > room:
                notes.add(Reason.TOO_MANY, *[""] * (len(new) - room))
            classes = now.classes
            for picture in new[:room]:
                classes = with_class(classes, picture.label)
            return Pictures((*now.pictures, *new[:room]), classes)

        if found:
            self._change(appended)

    def _change(self, change: Callable[[Pictures], Pictures]) -> None:
        with self._locked():
            history = self._history()
            after = change(history[-1])
            if after != history[-1]:
                self._write([*history, after][-MAX_UNDO - 1 :])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            yield

    def _history(self) -> list[Pictures]:
        """The states, the present one last."""
        try:
            states = json.loads((self._folder / "pictures.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return [Pictures()]
        return [Pictures.from_dict(state) for state in states]

    def _write(self, history: Sequence[Pictures]) -> None:
        with atomic_path(self._folder / "pictures.json") as temporary:
            temporary.write_text(json.dumps([asdict(state) for state in history]), encoding="utf-8")


def new_code() -> str:
    """A code that nobody can guess, for a new collection."""
    return secrets.token_hex(10)


def class_name(name: str) -> str:
    """A name of a class as it is kept: one short line that is a folder's name on any system."""
    return re.sub(r'[\\/:*?"<>|]', " ", printable(name)).strip(" .")[:MAX_CLASS_LENGTH].strip(" .")


def with_class(classes: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The names of classes with one more, if it is new.

    Raises:
        DataError: There are too many.
    """
    if name == UNSORTED or name in classes:
        return classes
    if len(classes) >= MAX_CLASSES:
        raise DataError("{most} classes are the most that fit here", most=MAX_CLASSES)
    return (*classes, name)


def is_colored(pixels: np.ndarray) -> bool:
    """Whether a hundredth or more of the pixels uint8 (H, W, 3) have a color."""
    spread = pixels.max(axis=2).astype(int) - pixels.min(axis=2)
    return bool((spread >= MIN_COLOR).mean() >= 0.01)
