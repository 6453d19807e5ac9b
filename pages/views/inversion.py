"""Find my picture: the vector whose picture comes closest to one that the reader draws or uploads."""

from __future__ import annotations

import base64
import binascii
import secrets
from hashlib import sha256

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from gan_core.data.decode import UnreadableImage, decode_image
from gan_core.images import data_uri, heat, png_bytes, to_image_array
from gan_core.latent import InversionState, base_vectors, invert, noise_norms
from gan_core.latent.inversion import NUM_CANDIDATES, NUM_STEPS, Search
from gan_core.models.checkpoint import Checkpoint
from pages.components.canvas import drawing_canvas
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.pictures import picture
from pages.ui.scores import d_output_of, score_text
from pages.ui.sources import Source, version
from pages.ui.text import _
from pages.views import state

SEARCH_SECONDS = 0.2  # seconds of searching after which the page shows how far it is and may answer the reader
SIDE = 168  # CSS pixels of a picture of the result
MAX_URL_PICTURE_LENGTH = 2000  # characters; a larger picture lasts as long as the session
MAX_PICTURE_LENGTH = 400_000
MAX_UPLOAD = 20  # MB
FIRST_EXAMPLE = 1000  # seed; apart from those of the base vectors, which the search might begin with

# On a narrow screen the three pictures share one row.
STYLE = """<style>
@media (max-width: 640px) {
  .st-key-find_pictures { flex-wrap: nowrap !important; gap: 0.5rem !important; }
  .st-key-find_pictures > * { flex: 1 1 0 !important; width: auto !important; min-width: 0 !important; }
  .st-key-find_pictures img { width: 100% !important; image-rendering: pixelated; }
}
</style>"""

_CODE, _DRAWN, _ERROR, _GOOD, _SEARCH = "find_code", "find_drawn", "find_error", "find_good", "find_search"


def inversion_view(source: Source, checkpoint: Checkpoint) -> None:
    """Find the vector whose picture comes closest to a given one."""
    st.caption(
        _(
            "Draw something, or upload a picture. Gradient descent then searches the vector whose picture comes "
            "closest. Try what the generator was trained on first, then something it has never seen: it can only "
            "answer with what it knows."
        )
    )
    st.html(STYLE)
    left, right = st.columns([3, 7], gap="medium")
    with left:
        target = _target(checkpoint)
        _inputs(source, checkpoint, target)
    with right:
        _result(source, checkpoint, target)


# The picture that is searched


def _target(checkpoint: Checkpoint) -> Tensor:
    """The picture as the generator would draw it, uint8 (C, H, W). What cannot be read is one line."""
    if error := st.session_state.get(_ERROR):  # stays until another picture is taken: a search reruns the page
        error_line(error)
    code = _code()
    shape = (checkpoint.channels, checkpoint.image_size, checkpoint.image_size)
    try:
        target = _decode(code, checkpoint) if code else _example(checkpoint)
    except UnreadableImage:
        error_line(_("The picture in this link is damaged; copy the whole link again, or draw another one."))
        target = st.session_state.get(_GOOD)
        if target is None or target.shape != shape:
            target = _example(checkpoint)
    st.session_state[_GOOD] = target
    return target


def _code() -> str:
    """The picture as text, from the link or, when it is too long for that, from the session; empty for an example."""
    return url_state.read("picture") or st.session_state.get(_CODE, "")


def _example(checkpoint: Checkpoint) -> Tensor:
    """A picture of the generator itself, which can be found exactly."""
    number = url_state.read_int("example")
    return checkpoint.draw(base_vectors(checkpoint.latent_spec, 1, FIRST_EXAMPLE + number))[0]


def _decode(code: str, checkpoint: Checkpoint) -> Tensor:
    if len(code) > MAX_PICTURE_LENGTH:
        raise UnreadableImage("too long")
    try:
        png = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError) as error:
        raise UnreadableImage(str(error)) from None
    return _fitted(png, checkpoint)


def _fitted(file: bytes, checkpoint: Checkpoint) -> Tensor:
    """A picture file as the generator would draw it: its size and its colours."""
    return torch.from_numpy(decode_image(file, checkpoint.image_size, checkpoint.channels).copy())


def _take(file: bytes, checkpoint: Checkpoint, *, drawn: bool) -> None:
    """Search another picture from now on; one that cannot be read changes only the error line."""
    try:
        target = _fitted(file, checkpoint)
    except UnreadableImage:
        st.session_state[_ERROR] = _("This file is not a picture that can be read; use a PNG or JPEG file.")
        return
    st.session_state[_ERROR] = None
    code = base64.urlsafe_b64encode(png_bytes(to_image_array(target))).decode().rstrip("=")
    st.session_state[_DRAWN] = code if drawn else None
    if len(code) <= MAX_URL_PICTURE_LENGTH:
        st.session_state[_CODE] = ""
        url_state.write("picture", code)
    else:
        st.session_state[_CODE] = code
        url_state.forget("picture")


def _inputs(source: Source, checkpoint: Checkpoint, target: Tensor) -> None:
    code = _code()
    revision = "drawn" if code and code == st.session_state.get(_DRAWN) else _digest(target)
    drawing_canvas(
        data_uri(png_bytes(to_image_array(target))),
        revision,
        colors=checkpoint.channels == 3,
        key="canvas",
        on_drawn=lambda png: _take(_from_base64(png), checkpoint, drawn=True),
    )
    st.button(_("Another example"), icon=":material/casino:", key="find_example", on_click=_next_example)
    st.file_uploader(
        _("Or upload a picture"),
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        key="find_upload",
        max_upload_size=MAX_UPLOAD,
        on_change=_uploaded,
        args=(checkpoint,),
    )


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""  # no picture either


def _next_example() -> None:
    st.session_state[_CODE] = ""
    url_state.forget("picture")
    url_state.write("example", secrets.randbelow(10_000))


def _uploaded(checkpoint: Checkpoint) -> None:
    file = st.session_state["find_upload"]
    if file is not None:
        _take(file.getvalue(), checkpoint, drawn=False)


def _digest(target: Tensor) -> str:
    return sha256(target.numpy().tobytes()).hexdigest()[:16]


# The search


def _result(source: Source, checkpoint: Checkpoint, target: Tensor) -> None:
    search = _search(source, checkpoint, target)
    closest, difference = _places_of_pictures(checkpoint, target)
    words, buttons = st.empty(), st.empty()  # the buttons of the last search go before this one begins

    def show(guess: InversionState) -> None:
        scale = _scale(checkpoint)
        with closest:
            picture(to_image_array(guess.image), alt=_("The closest that it can draw"), scale=scale)
        with difference:
            differences = (target.float() - guess.image.float()).abs().mean(0)
            picture(heat(differences, 255), alt=_("Where they differ"), scale=scale)
        with words.container():
            if guess.finished:
                st.markdown(_verdict(guess))
            else:
                st.progress(guess.step / NUM_STEPS, text=_("Searching, step {n}").format(n=guess.step))
            st.caption(_facts(checkpoint, guess))

    # One run of the page searches to the end, a slice at a time: whatever the reader does meanwhile ends it between two
    # slices, and the next run goes on from there. A timer in the browser would have to come back for each slice.
    show(search.guess)
    while not search.guess.finished:
        search.go_on(SEARCH_SECONDS)
        show(search.guess)
    with buttons.container():
        _buttons(source, checkpoint, search.guess)


def _search(source: Source, checkpoint: Checkpoint, target: Tensor) -> Search:
    key = (source.ref, version(source), _digest(target), state.seed())
    kept, search = st.session_state.get(_SEARCH, (None, None))
    if kept != key:
        guesses = invert(checkpoint, target, seed=state.seed())
        search = Search(guesses, next(guesses))
        st.session_state[_SEARCH] = (key, search)
    return search


def _places_of_pictures(checkpoint: Checkpoint, target: Tensor) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the target, and leave places for what was found and for the difference between the two."""

    def place(title: str) -> DeltaGenerator:
        width = max(SIDE, _scale(checkpoint) * checkpoint.image_size)
        with st.container(width=width, gap="xsmall"):
            slot = st.empty()
            st.caption(title)
        return slot

    with st.container(horizontal=True, gap="medium", key="find_pictures"):
        title = _("Your picture, as the generator sees it")
        with place(title):
            picture(to_image_array(target), alt=title, scale=_scale(checkpoint))
        return place(_("The closest that it can draw")), place(_("Where they differ"))


def _scale(checkpoint: Checkpoint) -> int:
    """Screen pixels of a pixel."""
    return max(1, SIDE // checkpoint.image_size)


def _verdict(guess: InversionState) -> str:
    share = guess.distance / guess.random
    if share < 0.05:
        return _("**Found.** The generator can draw this nearly exactly.")
    if share < 0.35:
        return _("**Close.** The generator knows something like this.")
    return _("**Not found.** The generator has nothing like this; what you see is the best that it can do.")


def _facts(checkpoint: Checkpoint, guess: InversionState) -> str:
    spec = checkpoint.latent_spec
    facts = [
        _("mean squared difference {n} (random vectors: {random})").format(
            n=f"{guess.distance:.4f}", random=f"{guess.random:.3f}"
        ),
        _("length of z: {n}").format(n=f"{noise_norms(spec, guess.vector[None]).item():.2f}"),
    ]
    if (label := spec.chosen(guess.vector[None])) is not None:
        weight = spec.entries("class", "category")[int(label)]
        facts.append(spec.entry_names([weight], _)[0])
    score = checkpoint.score(guess.vector[None])
    if score is not None:
        facts.append(score_text(d_output_of(checkpoint.family), score.item()))
    return " · ".join(facts)


def _buttons(source: Source, checkpoint: Checkpoint, guess: InversionState) -> None:
    spec = checkpoint.latent_spec
    history = state.history_of(source, spec)
    boldest = max(spec.entries("noise", "code"), key=lambda entry: abs(float(guess.vector[entry])))
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Edit its entries"),
            icon=":material/tune:",
            type="primary",
            key="find_edit",
            on_click=lambda: state.open_vector(history, guess.vector, boldest),
        )
        st.button(
            _("Search again from other vectors"),
            icon=":material/refresh:",
            key="find_again",
            on_click=lambda: url_state.write("seed", secrets.randbelow(10_000)),
        )
    note_line(
        _(
            "The search began with the best of {n} random vectors and followed the gradient for {steps} steps; it also "
            "keeps the length of z where training had it."
        ).format(n=NUM_CANDIDATES, steps=NUM_STEPS)
    )
