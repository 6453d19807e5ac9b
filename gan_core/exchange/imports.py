"""Models from uploaded files, which are untrusted, and the folder of imported models.

>>> checkpoint = open_upload(content, "netG_epoch_24.pth")  # refused, or ready to draw
>>> name = add_imported(checkpoint, "My faces")  # from now on load_checkpoint("my-faces") finds it
"""

from __future__ import annotations

import itertools
import json
import re
import tempfile
import threading
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from gan_core.errors import CheckpointError, WorkshopError
from gan_core.exchange.plans import SIDES
from gan_core.exchange.third_party import Reading, apply_reading, inspect_generator, refuse_open
from gan_core.files import is_device
from gan_core.models.card import Card
from gan_core.models.checkpoint import HEADER, Checkpoint, load_checkpoint_file, save_checkpoint
from gan_core.models.library import RUN_ID, SUFFIX, imported, imported_folder, shipped
from gan_core.nets import build_net

MAX_TITLE_LENGTH = 80
MAX_FILE_NAME_LENGTH = 100
UPLOADED = "uploaded-weights"  # name of the file while it is read
MAX_CARD_LENGTH = 100_000  # characters, as JSON

_adding = threading.Lock()  # two people may choose the same title at the same time


@dataclass(frozen=True)
class Upload:
    """A model in an uploaded file.

    Attributes:
        title: Its proposed title.
        source: Name of the file.
        model: A checkpoint of the workshop, or a reading of weights that another script trained.
    """

    title: str
    source: str
    model: Checkpoint | Reading

    @property
    def reading(self) -> Reading | None:
        """The reading of a third party's weights; None for a checkpoint of the workshop."""
        return self.model if isinstance(self.model, Reading) else None

    def checkpoint(self) -> Checkpoint:
        """The model, ready to draw. Raises `CheckpointError` for weights that give no finite images."""
        found = self.model.checkpoint() if isinstance(self.model, Reading) else self.model
        return replace(found, name=_slug(self.title), card={**found.card, "title": self.title, "source": self.source})


def read_upload(content: bytes, file_name: str, **answers: Any) -> Upload:
    """The model in an uploaded file. No part of the file is ever run, and no copy of it stays.

    Args:
        content: The bytes of the file.
        file_name: Its name as the sender says, for messages and the title only.
        **answers: Of `inspect_generator`, for weights of another script.

    Raises:
        CheckpointError: The file holds no model that can be read.
    """
    shown = printable(file_name)[:MAX_FILE_NAME_LENGTH] or "the file"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / UPLOADED
        try:
            path.write_bytes(content)
            if not is_workshop_checkpoint(path):
                reading = replace(inspect_generator(path, **answers), source=shown)
                return Upload(Path(shown).stem[:MAX_TITLE_LENGTH], shown, reading)
            own = _open_workshop_checkpoint(path)
        except WorkshopError as error:
            raise CheckpointError(error.message.template, **error.message.values | {"file": shown}) from None
        except OSError as error:
            raise CheckpointError(
                "there is no room for {file} on the server: {error}", file=shown, error=error
            ) from None
    title = printable(str(own.card.get("title", "")))[:MAX_TITLE_LENGTH]
    return Upload(Path(shown).stem[:MAX_TITLE_LENGTH] if title in ("", UPLOADED) else title, shown, own)


def open_upload(content: bytes, file_name: str, **answers: Any) -> Checkpoint:
    """The model in an uploaded file, ready to draw; arguments as of `read_upload`.

    Raises:
        CheckpointError: As `read_upload`, or a question is open that somebody must answer.
    """
    upload = read_upload(content, file_name, **answers)
    if upload.reading is not None:
        refuse_open(upload.reading)
    return upload.checkpoint()


def add_imported(checkpoint: Checkpoint, title: str) -> str:
    """Store a model among the imported ones.

    Args:
        checkpoint: The model.
        title: One line of 1 to 80 characters.

    Returns:
        The name of the model, made from the title and different from that of any other model.

    Raises:
        CheckpointError: The title is none, or the disk is full.
    """
    title = title.strip()
    if not 1 <= len(title) <= MAX_TITLE_LENGTH or not title.isprintable():
        raise CheckpointError("the title of a model is one line of 1 to {limit} characters", limit=MAX_TITLE_LENGTH)
    card: Card = {**checkpoint.card, "title": title}
    with _adding:
        name = _free_name(_slug(title))
        save_checkpoint(replace(checkpoint, name=name, card=card), imported_folder() / f"{name}{SUFFIX}")
    return name


def change_imported(name: str, reading: Reading) -> None:
    """Store an imported model as it is read now, see `read_again`; its name and title stay.

    Args:
        name: Of the model.
        reading: Of its weights.

    Raises:
        CheckpointError: There is no import of that name, a question is open, or the disk is full.
    """
    if name not in imported():
        raise CheckpointError(
            "there is no imported model {name!r}; only how imports are read can be changed", name=name[:80]
        )
    refuse_open(reading)
    path = imported_folder() / f"{name}{SUFFIX}"
    save_checkpoint(apply_reading(load_checkpoint_file(path), reading), path)


def is_workshop_checkpoint(path: Path) -> bool:
    """Whether a file claims, by its header, that `save_checkpoint` wrote it."""
    try:
        with safe_open(path, framework="pt") as file:
            return HEADER in (file.metadata() or {})
    except Exception:  # whatever the bytes, it is none of ours
        return False


def printable(text: str) -> str:
    """The text without line breaks, control characters and marks that change the direction of writing."""
    return "".join(character for character in text if character.isprintable()).strip()


def _open_workshop_checkpoint(path: Path) -> Checkpoint:
    """Like `load_checkpoint_file`, for a file that may only pretend to be ours."""
    damaged = CheckpointError("{file} has a damaged description; export the model again", file=path.name)
    try:
        checkpoint = load_checkpoint_file(path)
        _check_networks(checkpoint)
        card = json.dumps(checkpoint.card)
    except WorkshopError:
        raise
    except Exception as error:  # a made-up description can be wrong in any way
        raise damaged from error
    if not isinstance(checkpoint.card, dict) or len(card) > MAX_CARD_LENGTH:
        raise damaged
    return checkpoint


def _check_networks(checkpoint: Checkpoint) -> None:
    """Raises some exception unless the networks fit the latent vector, each other, and the sizes of our images."""
    latent_spec = checkpoint.latent_spec
    # The size of the images is asked of a net without memory first: drawing one could take any amount of it.
    with torch.device("meta"):
        shape = build_net(checkpoint.generator.spec).eval()(torch.zeros(2, latent_spec.size)).shape
    if shape[1] not in (1, 3) or shape[2] != shape[3] or shape[2] not in SIDES:
        raise CheckpointError(
            "it draws pictures of {shape}; the workshop shows {smallest} to {largest} px",
            shape=tuple(shape[1:]),
            smallest=min(SIDES),
            largest=max(SIDES),
        )
    vectors = latent_spec.sample(2, generator=torch.Generator().manual_seed(0))
    if not torch.isfinite(checkpoint.generator(vectors)).all():
        raise CheckpointError("its images are not finite numbers; the weights are damaged")
    checkpoint.score(vectors)


def _slug(title: str) -> str:
    """A file name and URL parameter: lower case letters, digits and hyphens of a title, `model` if it has none.

    One that Windows gives a device becomes the name of a model too: con is model-con.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].rstrip("-") or "model"
    return f"model-{slug}" if is_device(slug) else slug


def _free_name(wanted: str) -> str:
    """`wanted`, or with a number: no other model has the name, and no run can have it as its id."""
    taken = {*shipped(), *imported()}
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in itertools.count(1))
    return next(name for name in names if name not in taken and not RUN_ID.fullmatch(name))
