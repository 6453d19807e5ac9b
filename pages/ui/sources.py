"""Choosing a model: one list of everything that can draw, shipped, imported or trained here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from gan_core.errors import CheckpointError, RunError
from gan_core.families import family_title
from gan_core.latent_spec import LatentSpec
from gan_core.models import library
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import gan_home
from gan_core.runs import load_checkpoint
from gan_core.runs.run import Run
from pages.ui import url_state
from pages.ui.messages import note_line
from pages.ui.runs import title_text
from pages.ui.service import get_service
from pages.ui.text import _

MAX_CACHED_MODELS = 16  # models in memory, for all readers together


@dataclass(frozen=True)
class Source:
    """Where a model comes from.

    Attributes:
        ref: Its name, or the id of the run that trained it.
        label: What a list of models shows, translated.
        path: Its file.
        run: None unless it was trained here.
    """

    ref: str
    label: str
    path: Path
    run: Run | None = None


def sources() -> dict[str, Source]:
    """Every model that can be opened, by its ref: shipped ones, imports, then runs that have a checkpoint."""
    found: dict[str, Source] = {}
    for source in [
        *(_file(ref, _("Shipped"), library.SHIPPED) for ref in library.shipped()),
        *(_file(ref, _("Imported"), library.imported_folder()) for ref in library.imported()),
        *_runs(),
    ]:
        found.setdefault(source.ref, source)  # of two with one ref the first is what opens
    return found


def open_model(ref: str) -> Checkpoint:
    """The model, kept in memory until its file changes. Raises `CheckpointError` if there is none or it is damaged."""
    source = sources().get(ref)
    if source is None:
        raise CheckpointError("there is no model {name}", name=ref[:80])
    return _load(ref, str(gan_home()), version(source))


def version(source: Source) -> int:
    """Changes whenever the model does: a run writes its checkpoint again and again."""
    try:
        return source.path.stat().st_mtime_ns
    except OSError:
        raise CheckpointError("the model {name} was deleted", name=source.ref) from None


def model_picker(name: str = "model") -> tuple[Source, Checkpoint]:
    """The control that chooses a model, bound to the URL parameter `name`, and what was chosen.

    A ref that is not there (any more) is named in one line, and the first model takes its place.
    Raises `CheckpointError` when there is no model at all or the chosen one cannot be read.
    """
    found = sources()
    if not found:
        raise CheckpointError("there is no model to explore yet; train one or import one")
    first = next(iter(found))
    wanted = url_state.read_unshown(name, first)
    ref = url_state.select(name, _("Model"), {ref: source.label for ref, source in found.items()}, first)
    if wanted not in found:
        note_line(_missing(wanted).format(name=wanted[:80], other=found[ref].label))
    source = found[ref]
    return source, _load(ref, str(gan_home()), version(source))


def model_facts(source: Source, checkpoint: Checkpoint) -> str:
    """The model in one line: family, latent entries, image size, training."""
    spec = checkpoint.latent_spec
    facts = [
        _(family_title(checkpoint.family)),
        noise_text(spec),
        *choices_text(spec),
        _("{n} px").format(n=checkpoint.image_size),
    ]
    if isinstance(step := checkpoint.card.get("steps"), int):
        facts.append(_("step {n}").format(n=f"{step:,}"))
    if source.run is not None and source.run.is_active:
        facts.append(_("still training"))
    return " · ".join(facts)


def noise_text(spec: LatentSpec) -> str:
    """The noise of a latent vector: how many entries of which distribution."""
    noise = _("uniform noise") if spec.noise.distribution == "uniform" else _("normal noise")
    return _("{n} entries of {noise}").format(n=len(spec.entries("noise")), noise=noise)


def choices_text(spec: LatentSpec) -> list[str]:
    """What a latent vector has beside noise: classes, or categories and codes."""
    weights, codes = spec.choice_labels, spec.entries("code")
    words = _("{n} classes") if spec.class_names else _("{n} categories")
    return [
        *([words.format(n=len(weights))] if weights else []),
        *([_("{n} codes").format(n=len(codes))] if codes else []),
    ]


def _missing(ref: str) -> str:
    try:
        get_service().store.get(ref)
    except RunError:
        return _("There is no model “{name}” (any more). This is {other}.")
    return _("The run “{name}” has no checkpoint yet. Until then, this is {other}.")


def _file(ref: str, group: str, folder: Path) -> Source:
    return Source(ref, f"{group} · {ref}", folder / f"{ref}{library.SUFFIX}")


def _runs() -> list[Source]:
    store = get_service().store
    found = []
    for run in store.list():
        path = store.checkpoint_path(run.id)
        if path.is_file():
            name, step = title_text(run.name), f"{run.step:,}"
            label = _("Run · {name} · step {step} · {id}").format(name=name, step=step, id=run.id[-6:])
            found.append(Source(run.id, label, path, run))
    return found


@st.cache_resource(max_entries=MAX_CACHED_MODELS, show_spinner=False)
def _load(ref: str, home: str, version: int) -> Checkpoint:
    return load_checkpoint(ref, store=get_service().store)
