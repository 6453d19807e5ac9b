"""Remarks on what a loader left out or changed: one line for each reason, with the count and a few examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gan_core.data.names import printable
from gan_core.errors import Message

MAX_EXAMPLES = 3  # examples in a line
NO_CLASSES = "no classes: "  # the beginning of the reasons why a folder has no labels
NO_LABELS = Message("the dataset has no labels")  # of others


class Reason(StrEnum):
    """Templates of the remarks, in the order of the lines."""

    # The images have no classes
    ONE_FOLDER = "no classes: the images lie in no class folders; give each class a folder of its own"
    ONE_CLASS = "no classes: only one class folder has images ({examples}); two or more are needed"
    MANY_LOOSE = "no classes: {count} images lie beside the class folders ({examples}); put each into a class folder"

    # Left out
    LOOSE = "left out, beside the class folders: {count} ({examples})"
    OTHER_SPLITS = "left out, folders beside the training images: {count} ({examples})"
    EMPTY_FOLDER = "left out, class folders without usable images: {count} ({examples})"
    UNREADABLE = "left out, damaged or no image inside: {count} ({examples})"
    EMPTY = "left out, files without contents: {count} ({examples})"
    TOO_MANY_PIXELS = "left out, too large, more than 89 million pixels: {count} ({examples})"
    TOO_LONG = "left out, files of more than 64 MiB: {count} ({examples})"
    HEIC = "left out, HEIC: {count} ({examples}); save them as JPEG, or pip install pillow-heif"
    AVIF = "left out, AVIF: {count} ({examples}); save them as JPEG, or pip install 'pillow>=11.3'"
    NOT_AN_IMAGE = "left out, files that are no images: {count} ({examples})"
    ARCHIVE = "left out, archives inside: {count} ({examples}); unpack them first"
    REPEATED = "left out, names that the zip holds twice: {count} ({examples})"
    LINK = "left out, links to folders, to files elsewhere or to nothing: {count} ({examples})"
    DENIED = "left out, not allowed to be read: {count} ({examples})"
    THERE_ALREADY = "left out, there already: {count}"
    TOO_MANY = "left out, because 5,000 pictures are the most that fit here: {count}"
    GONE = "left out, gone before they were read: {count} ({examples})"

    # Used, but not as they are, or worth a look
    BRIGHTENED = "used, brightened, because all values end far below white: {count} ({examples})"
    ON_BLACK = "used, put on black, because they would vanish on white: {count} ({examples})"
    FIRST_FRAME = "used, of animations and several pages the first image only: {count} ({examples})"
    ENLARGED = "used, enlarged to more than twice their size: {count} ({examples})"
    ONE_COLOR = "used, though nearly of one colour: {count} ({examples})"
    EQUAL = "used, though equal to another one: {count} ({examples})"

    # Other remarks
    BORDER = "32 px: the 28 px images with a black border of 2 pixels"
    NOT_KEPT = "not kept for next time: cannot write to {examples}"


@dataclass(frozen=True)
class Note:
    """One reason and the files that it concerns.

    Attributes:
        reason: The template of the line.
        count: Number of files.
        examples: Names of the first few.
    """

    reason: Reason
    count: int
    examples: tuple[str, ...]

    @property
    def line(self) -> Message:
        """The note as one line for people."""
        examples = [*self.examples, "..."] if self.count > len(self.examples) else list(self.examples)
        return Message(self.reason, count=f"{self.count:,}", examples=examples)


class Notes:
    """Collects notes while a dataset is loaded.

    Args:
        shown: Gives the name of a file as people read it.
    """

    def __init__(self, shown: Callable[[str], str] = printable):
        self._shown = shown
        self._count: dict[Reason, int] = {}
        self._examples: dict[Reason, list[str]] = {}

    def add(self, reason: Reason, *names: str) -> None:
        """One more file of that reason for each name; a reason without names holds for the whole dataset."""
        self._count[reason] = self._count.get(reason, 0) + len(names)
        examples = self._examples.setdefault(reason, [])
        examples += map(self._shown, names[: MAX_EXAMPLES - len(examples)])

    def __iter__(self) -> Iterator[Note]:
        """In the order of `Reason`."""
        for reason in Reason:
            if reason in self._count:
                yield Note(reason, self._count[reason], tuple(self._examples[reason]))

    def lines(self) -> tuple[Message, ...]:
        """One line for each reason."""
        return tuple(note.line for note in self)

    def main(self) -> Note | None:
        """The one that concerns most files."""
        return max(self, key=lambda note: note.count, default=None)
