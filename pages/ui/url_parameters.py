"""Every parameter of the URL, with the one thing that it says, and what old links said in other words."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """kind: what its text is; meaning: of the value, in a few words"""

    kind: type
    meaning: str


PARAMETERS = {
    # Every page
    "lang": Parameter(str, "language of the pages: en or zh"),
    # Train
    "run": Parameter(str, "id of the run that is shown"),
    "family": Parameter(str, "family of the run to start"),
    "dataset": Parameter(str, "dataset of the run to start"),
    "start": Parameter(str, "settings that the form begins with"),
    # Latent space, all views
    "model": Parameter(str, "the generator that is taken apart"),
    "view": Parameter(str, "the view of it"),
    "seed": Parameter(int, "seed of the random base vectors"),
    "class": Parameter(str, "class of the base vectors: turn, same, or its index"),
    "z": Parameter(str, "the vector at hand, encoded"),
    "locked": Parameter(str, "entries of it that no button changes"),
    # Sheet
    "entries": Parameter(str, "entries on the sheet, as people write them"),
    "values": Parameter(str, "values that they are set to"),
    "columns": Parameter(int, "base vectors on the sheet"),
    # One vector
    "vary": Parameter(int, "share of fresh noise of a small variation, in percent"),
    # Where entries act
    "measured": Parameter(str, "where effects are measured: over many vectors, or here, at the vector at hand"),
    "by": Parameter(str, "the measure of effects"),
    "vectors": Parameter(int, "vectors that effects are averaged over"),
    # Best of
    "drawn": Parameter(int, "pictures drawn to choose from"),
    "keep": Parameter(int, "share of them that is kept, in percent"),
    # Through training
    "time": Parameter(str, "one vector or eight"),
    "at": Parameter(int, "step of the training that is shown"),
    # Directions
    "found": Parameter(str, "how the direction was found"),
    "direction": Parameter(int, "which of those found"),
    "from": Parameter(int, "class that the direction leads away from"),
    "to": Parameter(int, "class that it leads to"),
    "pictures": Parameter(int, "pictures offered to sort into groups"),
    "groups": Parameter(str, "the pictures in either group"),
    "strength": Parameter(int, "how far the outer rows go"),
    "d": Parameter(str, "a direction, encoded"),
    # Walks
    "walk": Parameter(str, "a walk through vectors or through classes"),
    "stops": Parameter(str, "the vectors that it leads through"),
    "classes": Parameter(str, "the classes that it leads through"),
    "path": Parameter(str, "the spherical way, the straight one, or both"),
    "steps": Parameter(int, "frames from stop to stop"),
    "rate": Parameter(int, "frames a second"),
    # Find my picture
    "picture": Parameter(str, "the picture to find, encoded"),
    "example": Parameter(int, "number of the example to find"),
    # Compare
    "other": Parameter(str, "the model to compare with"),
    "entry": Parameter(int, "the entry that both are compared in"),
    "range": Parameter(str, "values that it is set to in both"),
}

# What links said before, (name, value), and what they say now.
MOVED = {
    ("at", "many"): ("measured", "many"),
    ("at", "here"): ("measured", "here"),
}
