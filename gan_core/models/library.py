"""The library of models: the checkpoints that ship with the workshop, and those that were imported."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError
from gan_core.families import FAMILIES
from gan_core.files import files_in, retry_while_denied
from gan_core.models.card import read_card
from gan_core.paths import SHIPPED, gan_home

SUFFIX = ".safetensors"
RECORDING_SUFFIX = ".recording.npz"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,79}")
RUN_ID = re.compile(r".+-[0-9a-f]{6}")  # ids of runs end like that; models share one space of references with them


def imported_folder() -> Path:
    """The folder of imported checkpoints: NAME.safetensors and NAME.json each."""
    return gan_home() / "imported"


def shipped() -> list[str]:
    """Names of the checkpoints that come with the workshop.

    Color comes before gray and large before small; then they are in the order of their families, then alphabetical.
    """
    return sorted(_names(SHIPPED), key=_place)


def shipped_recordings() -> list[Path]:
    """The recordings of finished runs that come with the workshop, see `gan_core.runs.recording`.

    They are in the order of their models, those without a model last.
    """
    return sorted(SHIPPED.glob(f"*{RECORDING_SUFFIX}"), key=lambda path: (_place(recorded_name(path)), path))


def recorded_name(path: str | Path) -> str:
    """The name of the model that a recording shows, or that it would have."""
    return as_path(path, "path").name.removesuffix(RECORDING_SUFFIX)


def imported() -> list[str]:
    """Names of the imported checkpoints, in alphabetical order."""
    return _names(imported_folder())


def delete_imported(name: str) -> None:
    """Remove an imported checkpoint and its card.

    Raises:
        CheckpointError: There is none of that name, or it cannot be removed.
    """
    if name not in imported():
        raise CheckpointError("there is no imported checkpoint {name!r}", name=name)
    try:
        for suffix in (SUFFIX, ".json"):
            retry_while_denied(partial((imported_folder() / f"{name}{suffix}").unlink, missing_ok=True))
    except OSError as error:
        raise CheckpointError("could not remove {name}: {error}", name=name, error=error) from None


def find_model(name: str) -> Path | None:
    """The file of a shipped or imported checkpoint of that name, or None."""
    for folder in (SHIPPED, imported_folder()):
        if name in _names(folder):
            return folder / f"{name}{SUFFIX}"
    return None


def _place(name: str) -> tuple[int, int, int]:
    """Of a shipped checkpoint by its card: color before gray, large before small, families in their order."""
    places = {family: place for place, family in enumerate(FAMILIES)}
    card = read_card(SHIPPED / f"{name}.json")
    return -card.get("channels", 1), -card.get("image_size", 0), places.get(card.get("family", ""), len(places))


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in files_in(folder, f"*{SUFFIX}") if NAME.fullmatch(path.stem))
