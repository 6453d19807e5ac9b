"""What can be done with a model: read its card, download, rename or delete it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from importlib.util import find_spec
from typing import Any

import streamlit as st

from gan_core.errors import CheckpointError, Message, WorkshopError
from gan_core.exchange import export_bytes
from gan_core.families import IMPORTED, family_title
from gan_core.runs import load_checkpoint
from pages.library.cards import Summary, dataset_title, sheet_picture, summary, title_of
from pages.library.reading import taken_for_granted
from pages.ui.messages import error_line, message_text
from pages.ui.numbers import duration, file_size, number
from pages.ui.service import get_service
from pages.ui.sources import Source, choices_text, noise_text
from pages.ui.text import _

MAX_VALUE_LENGTH = 400  # characters; the card of an import may hold anything
ONNX_PACKAGES = ("onnx", "onnxscript")

Fact = tuple[str, str | Sequence[str]]


def card_button(source: Source) -> None:
    """Draw a button that opens the model card."""
    if st.button(_("Card"), icon=":material/description:", type="tertiary", key=f"card_{source.ref}"):
        st.dialog(_("Model card"), width="medium")(_show_card)(source)


def download_menu(source: Source) -> None:
    """Draw the menu of file formats. A file is made only when it is asked for."""
    formats = {
        "safetensors": _("Checkpoint (.safetensors), can be imported again"),
        "pth": _("PyTorch weights of the generator (.pth)"),
        "onnx": _("ONNX, for other programs"),
        "zip": _("Zip with everything"),
    }
    with st.popover(_("Download"), icon=":material/download:", type="tertiary", key=f"download_{source.ref}"):
        for format_, label in formats.items():
            missing = format_ == "onnx" and not all(map(find_spec, ONNX_PACKAGES))
            st.download_button(
                label,
                data=partial(_export, source.ref, format_),
                file_name=f"{source.ref}.{format_}",
                mime="application/octet-stream",
                key=f"download_{format_}_{source.ref}",
                on_click="ignore",
                type="tertiary",
                disabled=missing,
                help=_("The server needs two more packages for it: pip install onnx onnxscript") if missing else None,
            )


def more_menu(ref: str):
    """The menu of seldom needed actions, as a container to be filled with `menu_button`."""
    return st.popover(":material/more_horiz:", type="tertiary", key=_menu(ref), help=_("More"), on_change="rerun")


def menu_button(ref: str, label: str, icon: str, action: str, *, disabled: bool = False) -> bool:
    """A button in the menu of `ref`, which it closes: the menu would stay in front of the dialog that it opens.

    Args:
        ref: Name of a model or id of a run.
        label: Translated text of the button.
        icon: A Material icon, as in `st.button`.
        action: Makes the key of the button unique for `ref`.
        disabled: Whether it cannot be pressed.
    """

    def close() -> None:
        st.session_state[_menu(ref)] = False

    return st.button(label, icon=icon, type="tertiary", key=f"{action}_{ref}", disabled=disabled, on_click=close)


def _menu(ref: str) -> str:
    return f"more_{ref}"


def delete_button(ref: str, title: str, delete: Callable[[str], None], *, disabled: bool = False) -> None:
    """Draw a button that deletes after a question. `delete(ref)` may raise a `WorkshopError`."""
    if menu_button(ref, _("Delete"), ":material/delete:", "delete", disabled=disabled):
        st.dialog(_("Delete this model?"))(_confirm_delete)(ref, title, delete)


def rename_button(ref: str, title: str, rename: Callable[[str, str], object]) -> None:
    """Draw a button that asks for a new title. `rename(ref, title)` may raise a `WorkshopError`."""
    if menu_button(ref, _("Rename"), ":material/edit:", "rename"):
        st.dialog(_("Rename"))(_ask_name)(ref, title, rename)


def can_be_read_again(source: Source) -> bool:
    """Whether a model is a stored import with answers that can be changed."""
    try:
        facts = summary(source)
    except CheckpointError:
        return False
    return facts.family == IMPORTED and isinstance(facts.card.get("answers"), dict)


def facts_table(facts: Sequence[Fact]) -> None:
    """Names and values, several values as a list; nothing in them is taken for Markdown or HTML."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in facts)
    st.html(f'<table class="model-facts">{rows}</table>')


def model_facts(ref: str, facts: Summary) -> list[Fact]:
    """All that is known of a model; what its card does not say is left out."""
    card, spec = facts.card, facts.latent_spec
    colour = _("grey") if facts.channels == 1 else _("colour")
    lines: list[tuple[str, Any]] = [
        (_("Name"), ref),
        (_("Family"), _(family_title(facts.family))),
        (_("Dataset"), dataset_title(card.get("dataset"))),
        (_("From the file"), card.get("source")),
        (_("Recognised as"), message_text(Message.from_dict(card.get("recognized")))),
        (_("Taken for granted"), taken_for_granted(card)),
        (_("Images"), f"{facts.image_size} × {facts.image_size} px, {colour}"),
        (
            _("Latent vector"),
            " · ".join(
                [
                    noise_text(spec),
                    *choices_text(spec),
                ]
            ),
        ),
        (_("Classes"), ", ".join(_(str(name)) for name in spec.class_names)),
        (_("Weights of the generator"), f"{facts.parameters:,}"),
        (_("File"), file_size(facts.bytes)),
        (_("Steps"), _grouped(card.get("steps"))),
        (_("Training time"), _duration(card.get("seconds"))),
        (_("Trained on"), card.get("device")),
        (_("Seed"), card.get("seed")),
        *_quality_facts(card.get("quality")),
    ]
    return [(name, value) for name, value in lines if value not in (None, "", [])]


def _quality_facts(quality: Any) -> list[tuple[str, Any]]:
    if not isinstance(quality, dict):
        return []
    accuracy = number(quality.get("conditional_accuracy"))
    shares = quality.get("class_share")
    shares = shares.items() if isinstance(shares, dict) else ()
    return [
        (_("Fréchet distance to real images"), _decimal(quality.get("frechet"))),
        (_("The same between two sets of real images"), _decimal(quality.get("real_vs_real"))),
        (_("Images measured"), _grouped(quality.get("samples"))),
        (_("Shows the class asked for"), None if accuracy is None else f"{accuracy:.1%}"),
        (_("Share of each class"), ", ".join(f"{name} {share:.1%}" for name, share in shares if number(share))),
    ]


def _show_card(source: Source) -> None:
    try:
        facts = summary(source)
    except CheckpointError as error:
        error_line(error)
        return
    with st.container(key="model__dialog"):
        st.html(f'<div class="model-text"><h3>{escape(title_of(source))}</h3></div>')
        sheet_picture(facts.sheet, title_of(source))
        facts_table(model_facts(source.ref, facts))
    config = facts.card.get("config")
    if isinstance(config, dict):
        with st.expander(_("All options of the run")):
            facts_table([(str(name), str(value)) for name, value in config.items() if value is not None])


def _confirm_delete(ref: str, title: str, delete: Callable[[str], None]) -> None:
    st.html(f'<div class="model-text"><h3>{escape(title)}</h3></div>')
    st.write(_("It is gone for everybody who uses this workshop, and cannot be brought back."))
    with st.container(horizontal=True):
        sure = st.button(_("Delete for good"), type="primary", icon=":material/delete:", key="delete_sure")
        if st.button(_("Keep it"), key="delete_keep"):
            st.rerun()
    if sure:
        _try(partial(delete, ref), _("Deleted."))


def _ask_name(ref: str, title: str, rename: Callable[[str, str], object]) -> None:
    name = st.text_input(_("Name"), value=title, max_chars=80, key=f"new_name_{ref}")
    if st.button(_("Rename"), type="primary", key="rename_sure"):
        _try(partial(rename, ref, name), _("Renamed."))


def _try(action: Callable[[], object], done: str) -> None:
    """Do it and close the dialog, or say in the dialog why not."""
    try:
        action()
    except WorkshopError as error:
        error_line(error)
        return
    st.toast(done, icon=":material/check:")
    st.rerun()


def _export(ref: str, format_: str) -> bytes:
    return export_bytes(load_checkpoint(ref, store=get_service().store), format_)


def _cell(value: str | Sequence[Any]) -> str:
    if isinstance(value, list | tuple):
        return "<ul>" + "".join(f"<li>{escape(str(item)[:MAX_VALUE_LENGTH])}</li>" for item in value[:20]) + "</ul>"
    return escape(str(value)[:MAX_VALUE_LENGTH])


def _grouped(value: Any) -> str | None:
    value = number(value)
    return None if value is None else f"{value:,.0f}"


def _decimal(value: Any) -> str | None:
    value = number(value)
    return None if value is None else f"{value:.2f}"


def _duration(value: Any) -> str | None:
    value = number(value)
    return None if value is None else duration(value)
