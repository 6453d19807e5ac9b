"""The vectors that a walk visits. They live in the URL, so that a link holds them all.

`stops=r0.r1.eNpj…`: r and a number is the random vector of that seed; anything else is the code of a vector.
"""

from __future__ import annotations

import math
import re
import secrets

import streamlit as st
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.families import Latent
from gan_core.images import to_array
from gan_core.latent import angles, base_vectors, decode_vector, encode_vector
from gan_core.latent.likely import noise_lengths
from gan_core.models.checkpoint import Checkpoint
from pages.library.picker import Source
from pages.ui import url_state
from pages.ui.messages import error_line
from pages.ui.pictures import picture
from pages.ui.text import _
from pages.views import session

FIRST = "r0.r1.r2.r3"
FEWEST, MOST = 2, 8
MAX_CODE = 12_000  # characters: eight vectors of 256 entries; longer links break on their way

_RANDOM = re.compile(r"r(\d{1,9})", re.ASCII)


def stops(latent: Latent) -> tuple[list[str], Tensor]:
    """The words in the URL that can be read, and their vectors (K, size). What cannot be read gets one line."""
    text = url_state.read_unshown("stops", FIRST)
    words: list[str] = []
    vectors: list[Tensor] = []
    for word in text[:MAX_CODE].split(".")[:MOST]:
        try:
            vectors.append(_vector(word, latent))
            words.append(word)
        except LatentError as error:
            error_line(error)
            break
    if len(words) < FEWEST:
        words = FIRST.split(".")
        vectors = [_vector(word, latent) for word in words]
    return words, torch.stack(vectors)


def _vector(word: str, latent: Latent) -> Tensor:
    match = _RANDOM.fullmatch(word)
    return base_vectors(latent, 1, int(match[1]))[0] if match else decode_vector(word, latent)


def stops_shelf(source: Source, checkpoint: Checkpoint, words: list[str], vectors: Tensor) -> None:
    """The stops as pictures, with their lengths and the angles between them, and controls to change them."""
    latent = checkpoint.latent
    turns, lengths = angles(latent, vectors).tolist(), noise_lengths(latent, vectors).tolist()
    with st.container(horizontal=True, gap="small", key="walk_stops"):
        for index, image in enumerate(checkpoint.draw(vectors)):
            with st.container(width=120, gap="xsmall"):
                picture(
                    to_array(image),
                    alt=_("Vector {n}").format(n=index + 1),
                    scale=max(1, 84 // checkpoint.image_size),
                )
                with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                    st.caption(_facts(lengths[index], turns[index]), width="content")
                    st.button(
                        "",
                        icon=":material/close:",
                        type="tertiary",
                        key=f"walk_remove_{index}",
                        help=_("Take vector {n} out").format(n=index + 1),
                        disabled=len(words) <= FEWEST,
                        on_click=_write,
                        args=([*words[:index], *words[index + 1 :]],),
                    )
    st.caption(_("Below each vector: its length, and its angle to the next; after the last comes the first again."))
    full = len(words) >= MOST
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Add a random vector"),
            icon=":material/casino:",
            key="walk_random",
            disabled=full,
            on_click=lambda: _write([*words, _random_word()]),
        )
        st.button(
            _("Add the one from One vector"),
            icon=":material/tune:",
            key="walk_current",
            disabled=full,
            on_click=lambda: _write([*words, encode_vector(session.history_of(source, latent).vector)]),
        )
        st.button(
            _("Four new ones"),
            key="walk_new",
            on_click=lambda: _write([_random_word() for _index in range(4)]),
        )


def _facts(length: float, turn: float) -> str:
    return f"{length:.1f}" if math.isnan(turn) else f"{length:.1f} · {turn:.0f}°"


def _random_word() -> str:
    return f"r{secrets.randbelow(10_000)}"


def _write(words: list[str]) -> None:
    url_state.write("stops", ".".join(words))
