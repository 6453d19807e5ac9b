"""Walks: from vector to vector, or from class to class, as an animation.

The vectors that a walk visits live in the URL, so that a link holds them all. `stops=r0.r1.eNpj…`: r and a number is
the random vector of that seed; anything else is the code of a vector.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable
from importlib.util import find_spec

import streamlit as st
import torch
from torch import Tensor

from gan_core.animation import gif_bytes, mp4_bytes
from gan_core.errors import LatentError
from gan_core.figures import walk_lengths
from gan_core.images import grid, to_image_array, to_image_arrays
from gan_core.latent import angles, base_vectors, decode_vector, encode_vector, walk, with_class
from gan_core.latent.vectors import noise_norms, typical_norm
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.chart import live_chart
from pages.components.player import animation_player
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.pictures import picture
from pages.ui.sources import Source
from pages.ui.text import N_, _
from pages.ui.url_parameters import PARAMETERS
from pages.views import state

PATHS = {"spherical": N_("Spherical"), "straight": N_("Straight"), "both": N_("Side by side")}
MODES = {"vectors": N_("Between vectors"), "classes": N_("Between classes")}
STEPS, RATES = (4, 8, 12, 16, 24, 32), (2, 4, 8, 12, 16, 24, 30)
MAX_CLASSES = 10
FILE_SIDE = 280  # pixels of a saved picture, about

MIN_STOPS, MAX_STOPS = 2, 8
MAX_CODE_LENGTH = 12_000  # characters: eight vectors of 256 entries; longer links break on their way

_RANDOM = re.compile(r"r(\d{1,9})", re.ASCII)


def walks_view(source: Source, checkpoint: Checkpoint) -> None:
    """An animation from vector to vector, or from class to class."""
    spec = checkpoint.latent_spec
    st.caption(
        _(
            "If a generator has learnt more than to copy, every point on the way between two vectors gives a picture "
            "too, and they change without a jump. Random vectors lie near a sphere; the spherical way stays on it, the "
            "straight one cuts through the inside. Compare them half way."
        )
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        modes = {value: _(title) for value, title in MODES.items()}
        if not spec.class_names:
            modes["classes"] = _("Between categories")
        mode = url_state.choice("walk", _("Walk"), modes) if len(spec.choice_labels) > 1 else "vectors"
        # Between classes the noise stays where it is, and class weights are always mixed linearly.
        paths = {value: _(title) for value, title in PATHS.items()}
        path = url_state.choice("path", _("Way"), paths) if mode == "vectors" else "straight"
        steps = _one_of("steps", _("Pictures per way"), STEPS)
        rate = _one_of("rate", _("Pictures a second"), RATES)
    words, vectors = _stops(spec)
    if mode == "classes":
        vectors = _through_classes(spec, vectors[0])
    else:
        _stops_row(source, checkpoint, words, vectors)

    ways = {name: walk(spec, vectors, steps, name) for name in ("spherical", "straight")}
    shown = torch.cat([checkpoint.draw(way) for name, way in ways.items() if path in (name, "both")], dim=3)
    left, right = st.columns([4, 7], gap="medium")
    with left:
        alt = _("A walk through {n} vectors").format(n=len(vectors))
        animation_player(shown, key=url_state.widget_key("stops"), rate=rate, alt=alt)
        if path == "both":
            st.caption(_("Left the spherical way, right the straight one."))
        _downloads(source, shown, rate)
    if mode == "vectors":
        with right:
            _lengths(spec, ways)
    with right if mode == "classes" else st.container():
        _film(shown, steps)


def _one_of(name: str, label: str, options: tuple[int, ...]) -> int:
    words = list(map(str, options))
    chosen = url_state.read_offered(name, words)
    with st.container(width=170):
        st.select_slider(label, words, key=url_state.widget_key(name), on_change=url_state.write_back, args=(name,))
    return int(chosen)


def _through_classes(spec: LatentSpec, vector: Tensor) -> Tensor:
    """One vector with the weights of each class that the reader chose, (K, size)."""
    every = range(len(spec.choice_labels))
    chosen = _classes_in_url(every)
    st.multiselect(
        _("Classes, in this order") if spec.class_names else _("Categories, in this order"),
        every,
        default=chosen,
        format_func=lambda label: _(spec.choice_labels[label]),
        key="walk_classes",
        max_selections=MAX_CLASSES,
        on_change=lambda: url_state.write("classes", ".".join(map(str, st.session_state["walk_classes"]))),
        help=_("The noise is that of the first vector; only the class weights change, in even steps."),
    )
    if st.session_state["walk_classes"] != chosen:
        note_line(_("A walk needs at least two classes; until then it leads through the first ones."))
    return torch.stack([with_class(spec, vector, label) for label in chosen])


def _classes_in_url(every: range) -> list[int]:
    words = (url_state.linked("classes") or "")[:100].split(".")
    chosen = [int(word) for word in words if word.isascii() and word.isdigit() and int(word) in every]
    return list(dict.fromkeys(chosen)) if len(set(chosen)) > 1 else list(every[:4])


def _lengths(spec: LatentSpec, ways: dict[str, Tensor]) -> None:
    lengths = {name: noise_norms(spec, way).numpy() for name, way in ways.items()}
    typical = typical_norm(spec)
    live_chart(
        walk_lengths(lengths, typical, text=_),
        key="walk_lengths",
        height=280,
        alt=_("Length of z along the walk: at least {a} on the spherical way, {b} on the straight one").format(
            a=f"{lengths['spherical'].min():.1f}", b=f"{lengths['straight'].min():.1f}"
        ),
    )
    st.caption(
        _(
            "Training met vectors of about length {n}. Half way between two of them, which are nearly at right angles, "
            "the straight way is down to 0.71 of that: pictures there are of vectors the generator never saw."
        ).format(n=f"{typical:.1f}")
    )


def _film(images: Tensor, steps: int) -> None:
    """All frames, a row for each way."""
    st.markdown(f"**{_('Every picture of the walk')}**")
    picture(
        grid(images, steps, pad=1, background=128),
        alt=_("Every picture of the walk, a row from each vector to the next"),
        scale=2 if steps * images.shape[3] * 2 <= 1300 else 1,
    )


def _downloads(source: Source, images: Tensor, rate: int) -> None:
    pictures = to_image_arrays(images)
    scale = max(1, FILE_SIDE // images.shape[2])
    with st.container(horizontal=True, gap="small"):
        _download("GIF", "image/gif", source, lambda: gif_bytes(pictures, rate, scale))
        missing = None if find_spec("av") else _("The server needs one more package for it: pip install av")
        _download("MP4", "video/mp4", source, lambda: mp4_bytes(pictures, rate, scale), missing)


def _download(format_: str, mime: str, source: Source, make: Callable[[], bytes], missing: str | None = None) -> None:
    """Offer a file that is made when somebody asks. missing: why there is no such file to be had."""
    st.download_button(
        format_,
        data=make,
        file_name=f"{source.ref}-walk.{format_.lower()}",
        mime=mime,
        icon=":material/download:",
        key=f"walk_{format_}",
        on_click="ignore",
        disabled=missing is not None,
        help=missing,
    )


# The vectors of a walk


def _stops(spec: LatentSpec) -> tuple[list[str], Tensor]:
    """The words in the URL that can be read, and their vectors (K, size). What cannot be read gets one line."""
    text = url_state.read_unshown("stops")
    words: list[str] = []
    vectors: list[Tensor] = []
    for word in text[:MAX_CODE_LENGTH].split(".")[:MAX_STOPS]:
        try:
            vectors.append(_vector(word, spec))
            words.append(word)
        except LatentError as error:
            error_line(error)
            break
    if len(words) < MIN_STOPS:
        words = PARAMETERS["stops"].default.split(".")
        vectors = [_vector(word, spec) for word in words]
    return words, torch.stack(vectors)


def _vector(word: str, spec: LatentSpec) -> Tensor:
    match = _RANDOM.fullmatch(word)
    return base_vectors(spec, 1, int(match[1]))[0] if match else decode_vector(word, spec)


def _stops_row(source: Source, checkpoint: Checkpoint, words: list[str], vectors: Tensor) -> None:
    """The stops as pictures, with their lengths and the angles between them, and controls to change them."""
    spec = checkpoint.latent_spec
    turns, lengths = angles(spec, vectors).tolist(), noise_norms(spec, vectors).tolist()
    with st.container(horizontal=True, gap="small", key="walk_stops"):
        for index, image in enumerate(checkpoint.draw(vectors)):
            with st.container(width=120, gap="xsmall"):
                picture(
                    to_image_array(image),
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
                        disabled=len(words) <= MIN_STOPS,
                        on_click=_write,
                        args=([*words[:index], *words[index + 1 :]],),
                    )
    st.caption(_("Below each vector: its length, and its angle to the next; after the last comes the first again."))
    full = len(words) >= MAX_STOPS
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
            on_click=lambda: _write([*words, encode_vector(state.history_of(source, spec).vector)]),
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
