"""Models as cards: what a model draws, what it is, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from gan_core.data import DATASETS
from gan_core.errors import CheckpointError
from gan_core.families import family_title
from gan_core.images import DARK, data_uri, grid, png_bytes
from gan_core.latent import cycle_classes
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import gan_home
from gan_core.runs import load_checkpoint
from pages.ui import url_state
from pages.ui.messages import error_line
from pages.ui.numbers import file_size, number
from pages.ui.routes import LATENT
from pages.ui.runs import title_text
from pages.ui.service import get_service
from pages.ui.sources import Source, sources, version
from pages.ui.text import _

STYLE = Path(__file__).with_suffix(".css")
SHEET = (4, 8)  # rows and columns of the picture on a card
SHEET_WIDTH = 720  # pixels at least; the browser scales it down to the card
# Cards have the key `model_REF`; no ref begins with an underscore, so `model__...` is free for other containers.
CARD_WIDTH = 300  # pixels at least
MAX_CACHED_SUMMARIES = 256


@dataclass(frozen=True)
class Summary:
    """What a card shows of a model.

    Attributes:
        title: At most 80 characters.
        card: The model card; that of an import may hold anything.
        image_size: Side of its images in pixels.
        channels: 1 (grey) or 3 (RGB).
        parameters: Number of weights of the generator.
        bytes: Size of the file.
        sheet: Pictures that it draws, as one picture's data URI.
    """

    title: str
    family: str
    card: dict[str, Any]
    latent_spec: LatentSpec
    image_size: int
    channels: int
    parameters: int
    bytes: int
    sheet: str


def model_grid(refs: Sequence[str], *, columns: int = 3, footer: Callable[[Source], None] | None = None) -> None:
    """Cards of models by name or run id, fewer than `columns` in a row on a narrow screen.

    Args:
        refs: Names of models or ids of runs.
        columns: Cards in a row of a wide screen.
        footer: Draws what stands below the facts; by default a link to the latent page.
    """
    found = sources()
    with card_grid(columns):
        for ref in refs:
            with st.container(border=True, height="stretch", key=f"model_{ref}"):
                if ref in found:
                    model_card(found[ref], footer or explore_link)
                else:
                    error_line(_("The model {name} is not there any more.").format(name=ref))


def card_grid(columns: int = 3):
    """A grid for cards as a container, `columns` of them in a row of a wide screen."""
    st.html(STYLE)
    return st.grid(columns, min_column_width=CARD_WIDTH, gap="medium")


def model_card(source: Source, footer: Callable[[Source], None]) -> None:
    """The inside of a card. A model that cannot be read has its reason for a picture, and its footer all the same."""
    try:
        facts = summary(source)
    except CheckpointError as error:
        card_text(source.ref, [])
        error_line(error)
    else:
        title = title_text(facts.title)
        sheet_picture(facts.sheet, title)
        card_text(title, fact_lines(facts), quality_line(facts.card))
    st.space("stretch")
    footer(source)


def explore_link(source: Source) -> None:
    """Link a model to the latent page."""
    st.page_link(LATENT, label=_("Explore"), icon=":material/tune:", query_params=url_state.link(model=source.ref))


def sheet_picture(uri: str, title: str) -> None:
    """A sheet over the full width of its card."""
    st.image(uri, width="stretch", alt=_("Pictures drawn by {title}").format(title=title))


def card_text(title: str, lines: Sequence[str], remark: str = "") -> None:
    """Heading and small print of a card; nothing in them is taken for Markdown or HTML."""
    small = "".join(f"<p>{escape(line)}</p>" for line in lines)
    note = f'<p class="model-remark">{escape(remark)}</p>' if remark else ""
    st.html(f'<div class="model-text"><h3>{escape(title)}</h3>{small}{note}</div>')


def summary(source: Source) -> Summary:
    """Raises `CheckpointError` when the model was deleted or cannot be read."""
    return _summary(source.ref, str(gan_home()), version(source), str(source.path))


def title_of(source: Source) -> str:
    """Its title, or its name where the file cannot be read."""
    try:
        return title_text(summary(source).title)
    except CheckpointError:
        return source.ref


def sheet_uri(checkpoint: Checkpoint) -> str:
    """The same thirty-two vectors for all models of one layout, the classes in turn, as a picture's data URI."""
    rows, columns = SHEET
    spec = checkpoint.latent_spec
    vectors = spec.sample(rows * columns, generator=torch.Generator().manual_seed(0))
    if spec.choice_labels:
        vectors = cycle_classes(spec, vectors)
    return images_uri(checkpoint.draw(vectors), columns)


def images_uri(images: torch.Tensor, columns: int) -> str:
    """Images uint8 (N, C, H, W) as one picture that is wide enough for a card."""
    scale = math.ceil(SHEET_WIDTH / (columns * images.shape[-1]))
    return data_uri(png_bytes(grid(images, columns, pad=1, background=DARK, scale=scale)))


def fact_lines(facts: Summary) -> list[str]:
    """What it is and what it learnt from; how long, and how large it is."""
    card = facts.card
    origin_facts = [_(family_title(facts.family))]
    if origin := dataset_title(card.get("dataset")) or card.get("source"):
        origin_facts.append(str(origin)[:60])
    steps = number(card.get("steps"))
    size = [] if steps is None else [_("{n} steps").format(n=f"{steps:,.0f}")]
    size += [_("{n} px").format(n=facts.image_size), file_size(facts.bytes)]
    return [" · ".join(origin_facts), " · ".join(size)]


def dataset_title(name: Any) -> str | None:
    """What people call a dataset; None where a card names none."""
    if not isinstance(name, str):
        return None
    return _(DATASETS[name].title) if name in DATASETS else name[:60]


def quality_line(card: dict[str, Any]) -> str:
    """Its measured quality in words, or "" where it was not measured."""
    quality = card.get("quality")
    if not isinstance(quality, dict):
        return ""
    frechet, floor = number(quality.get("frechet")), number(quality.get("real_vs_real"))
    if frechet is None or floor is None:
        return ""
    return _("Fréchet distance {frechet}; two sets of real images differ by {floor}.").format(
        frechet=f"{frechet:.1f}", floor=f"{floor:.1f}"
    )


@st.cache_data(max_entries=MAX_CACHED_SUMMARIES, show_spinner=False)
def _summary(ref: str, home: str, version: int, path: str) -> Summary:
    checkpoint = load_checkpoint(ref, store=get_service().store)
    return Summary(
        title=str(checkpoint.title)[:80],
        family=checkpoint.family,
        card=checkpoint.card,
        latent_spec=checkpoint.latent_spec,
        image_size=checkpoint.image_size,
        channels=checkpoint.channels,
        parameters=sum(parameter.numel() for parameter in checkpoint.generator.parameters()),
        bytes=Path(path).stat().st_size,
        sheet=sheet_uri(checkpoint),
    )
