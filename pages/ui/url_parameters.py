"""The table of all URL parameters: meaning, type, default and bounds of each, and what old links called them.

`url_state` reads and writes them; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A parameter that is a word or a code.

    Attributes:
        meaning: What the value stands for; unique in the table.
        default: Where the URL has none; None if that depends on what is shown.
    """

    meaning: str
    default: str | None = None


@dataclass(frozen=True)
class Number:
    """A parameter that is a whole number.

    Attributes:
        meaning: What the value stands for; unique in the table.
        default: Where the URL has none, or one that is out of bounds.
        low: Least value.
        high: Greatest value; None if that depends on what is shown.
    """

    meaning: str
    default: int = 0
    low: int = 0
    high: int | None = None


PARAMETERS: dict[str, Text | Number] = {
    # Every page
    "lang": Text("language of the pages: en or zh"),
    # Train
    "run": Text("id of the run that is shown"),
    "family": Text("family of the run to start"),
    "dataset": Text("dataset of the run to start"),
    "start": Text("settings that the form begins with"),
    # Inside a run
    "sub": Number("sub-step of the iteration that is told"),
    # Your pictures
    "collection": Text("code of the pictures that were gathered"),
    # Latent space, all views
    "model": Text("the generator that is taken apart"),
    "view": Text("the view of it", "sheet"),
    "seed": Number("seed of the random base vectors", high=2**31 - 1),
    "class": Text("class of the base vectors: turn, same, or its index", "turn"),
    "z": Text("the vector that is edited, encoded"),
    "locked": Text("entries of it that no button changes"),
    # Sheet
    "entries": Text("entries on the sheet, as people write them"),
    "values": Text("values that they are set to", "-3, 0, 3"),
    "columns": Number("base vectors on the sheet", 8, 1, 16),
    # One vector
    "vary": Number("share of fresh noise of a small variation, in percent", 30, 1, 100),
    # Where entries act
    "measured": Text("where effects are measured: over many vectors, or here, at the one that is edited", "many"),
    "by": Text("the measure of effects", "pixels"),
    "vectors": Number("vectors that effects are averaged over", 8, 1, 32),
    # Best of
    "drawn": Number("pictures drawn to choose from", 1000, 200, 4000),
    "keep": Number("share of them that is kept, in percent", 10, 1, 50),
    # Through training
    "time": Text("one vector or eight", "one"),
    "at": Number("step of the training that is shown", high=999_999_999),
    # Directions
    "found": Text("how the direction was found"),
    "direction": Number("which of those found"),
    "from": Number("class that the direction leads away from", 0),
    "to": Number("class that it leads to", 1),
    "pictures": Number("pictures offered to sort into groups", 48, 48, 240),
    "groups": Text("the pictures in either group", ""),
    "strength": Number("how far the outer rows go", 4, 1),
    "d": Text("a direction, encoded"),
    # Walks
    "walk": Text("a walk through vectors or through classes", "vectors"),
    "stops": Text("the vectors that it leads through", "r0.r1.r2.r3"),
    "classes": Text("the classes that it leads through", ""),
    "path": Text("the spherical way, the straight one, or both", "spherical"),
    "steps": Number("frames from stop to stop", 16),
    "rate": Number("frames a second", 12),
    # Find my picture
    "picture": Text("the picture to find, encoded", ""),
    "example": Number("number of the example to find", high=10_000),
    # What D wants
    "followed": Number("steps that the pictures follow what D wants", 8, 0, 20),
    "network": Text("the network whose layers are shown: d or g", "d"),
    "layer": Text("the layer whose output is shown"),
    "fake": Number("the picture that it is shown for", 1, 1, 8),
    # Compare
    "other": Text("the model to compare with"),
    "entry": Number("the entry that both are compared in", 5),
    "range": Text("values that it is set to in both", "-3:3:7"),
}

# (name, value) of old links, and its present form.
MOVED = {
    ("at", "many"): ("measured", "many"),
    ("at", "here"): ("measured", "here"),
}
