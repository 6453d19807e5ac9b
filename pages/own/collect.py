"""Gathering pictures: a canvas, a camera, files."""

from __future__ import annotations

import base64
import binascii
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gan_core.data import keep_upload
from gan_core.data.collection import UNSORTED, Collection, class_name
from gan_core.errors import Message, WorkshopError
from gan_core.images import data_uri, png_bytes
from pages.components.canvas import drawing_canvas
from pages.ui.messages import error_line, message_text, note_line
from pages.ui.text import N_, _

TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "heic", "avif", "zip"]
MAX_UPLOAD = 200  # MB
TOLD = "own_told"  # lines on what was added last
SHOTS = "own_shots"  # number of photos taken, for the key of the camera
BATCHES = "own_batches"  # number of uploads, for the key of the uploader
LABEL = "own_label"
WAYS = {"draw": N_("Draw"), "camera": N_("Camera"), "files": N_("Files")}
ICONS = {"draw": ":material/draw:", "camera": ":material/photo_camera:", "files": ":material/upload:"}


def collect(collection: Collection) -> None:
    """Draw the ways to add pictures."""
    way = st.segmented_control(
        _("Add pictures"),
        list(WAYS),
        default="draw",
        required=True,
        format_func=lambda name: f"{ICONS[name]} {_(WAYS[name])}",
        key="own_way",
        persist_state="session",
    )
    label = _choose_class(collection)
    if way == "draw":
        _draw(collection, label)
    elif way == "camera":
        _photograph(collection, label)
    else:
        _upload(collection, label)
    for line in st.session_state.get(TOLD, ()):
        error_line(line) if isinstance(line, WorkshopError) else note_line(line)


def _choose_class(collection: Collection) -> str:
    """The class that the next pictures go into; a name that is typed becomes one."""
    chosen = st.selectbox(
        _("Their class"),
        [UNSORTED, *collection.pictures.classes],
        format_func=lambda name: name or _("Without a class"),
        accept_new_options=True,
        key=LABEL,
        persist_state="session",
        help=_("Type a new name to make a class. With two classes or more you can ask the GAN for one of them."),
    )
    return class_name(chosen or UNSORTED)


def _draw(collection: Collection, label: str) -> None:
    drawing_canvas(
        data_uri(png_bytes(np.zeros((1, 1), np.uint8))),
        "blank",
        colors=True,
        key="own_canvas",
        on_drawn=lambda png: _add(collection, [(_("drawing"), from_base64(png))], label),
        keep=_("Add this drawing"),
    )


def _photograph(collection: Collection, label: str) -> None:
    """One press for each photo: the camera begins anew after each."""
    key = f"own_camera_{st.session_state.get(SHOTS, 0)}"

    def taken() -> None:
        photo = st.session_state[key]
        if photo is not None:
            st.session_state[SHOTS] = st.session_state.get(SHOTS, 0) + 1
            _add(collection, [(_("photo"), photo.getvalue())], label)

    st.camera_input(_("A photo"), key=key, label_visibility="collapsed", on_change=taken)
    note_line(
        _(
            "No picture? Allow the camera in the browser's address bar; away from this computer browsers want https. "
            "Files, which on a phone can be new photos, work without."
        )
    )


def _upload(collection: Collection, label: str) -> None:
    key = f"own_files_{st.session_state.get(BATCHES, 0)}"

    def chosen() -> None:
        files: Sequence[UploadedFile] = st.session_state[key]
        if files:
            st.session_state[BATCHES] = st.session_state.get(BATCHES, 0) + 1
            _add_files(collection, files, label)

    st.file_uploader(
        _("Pictures, or a zip with a folder for each class"),
        type=TYPES,
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD,
        key=key,
        on_change=chosen,
    )


def _add_files(collection: Collection, files: Sequence[UploadedFile], label: str) -> None:
    packed = [file for file in files if zipfile.is_zipfile(file)]
    _add(collection, [(file.name, file.getvalue()) for file in files if file not in packed], label)
    for file in packed:
        try:
            st.session_state[TOLD] += collection.add_zip(keep_upload(file))
        except WorkshopError as error:
            st.session_state[TOLD].append(error)


def _add(collection: Collection, files: Sequence[tuple[str, bytes]], label: str) -> None:
    """Add files, and remember what there is to say of them for the next run of the page."""
    told: list[Message | WorkshopError] = []
    try:
        told += collection.add(files, label)
    except WorkshopError as error:
        told.append(error)
    st.session_state[TOLD] = told


def from_base64(text: str) -> bytes:
    """The bytes of what a browser sent; none of what is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""  # told as a file without contents


def attempt(change: Callable[..., None], *arguments: object) -> None:
    """Make a change in a callback; what speaks against it is one line."""
    try:
        change(*arguments)
    except WorkshopError as error:
        st.toast(message_text(error), icon=":material/error:")
