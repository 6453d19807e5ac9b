"""The studio of a run: let D or G learn alone and take that back, turn knobs while it trains, fork it."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st
import torch

from gan_core.families import FAMILIES, RunConfig
from gan_core.images import data_uri, grid, png_bytes
from gan_core.runs import Run, Status, forks, moves
from gan_core.runs.moves import Move
from pages.training.form import change_text, setting_widget
from pages.training.health import STARTED
from pages.ui import url_state
from pages.ui.messages import attempt
from pages.ui.service import get_service
from pages.ui.text import N_, _, number_text

PLAYERS = {"d": N_("D only"), "g": N_("G only"), "both": N_("both")}
STEPS = (1, 10, 100)
SHOWN = 8  # images of each kind
RECENT = 8  # changes that are told
DECIMALS = {"logit": 2, "critic": 2, "energy": 4}

CARDS = "display: grid; gap: 0.6rem 0.5rem; grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr));"
CARD = "margin: 0; font-size: 0.75rem; line-height: 1.35; font-variant-numeric: tabular-nums;"
IMAGE = "width: 100%; image-rendering: pixelated; border-radius: 3px; display: block;"


def studio(run: Run) -> None:
    """Everything that can be played with in a run: who learns, its knobs, and runs that fork off."""
    can_play = run.status in (Status.RUNNING, Status.PAUSED)
    steps = forks.fork_steps(get_service().store, run)
    if not can_play and not steps:
        return
    with st.expander(_("Studio: play both sides, turn the knobs"), icon=":material/tune:", key=f"studio_{run.id}"):
        # Containers, so that what appears in one does not make the browser build the other anew.
        with st.container():
            if can_play or moves.can_undo(get_service().store, run):
                _play(run, can_play)
        with st.container():
            _knobs(run, steps, can_play)


def change_lines(config: RunConfig) -> dict[int, str]:
    """What changed in a run, a line for each step at which something did."""
    lines, values = {}, config.flat()
    for change in config.changes:
        told = [change_text(config.family, name, values[name], value) for name, value in change.settings.items()]
        lines[change.step] = " · ".join(told)
        values |= change.settings
    return lines


# Who learns


def _play(run: Run, can_play: bool) -> None:
    service = get_service()
    st.markdown(_("**Who learns**"), help=_(PLAY_HELP))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if can_play:
            players = st.segmented_control(
                _("Who learns"),
                list(PLAYERS),
                format_func=lambda name: _(PLAYERS[name]),
                default="d",
                required=True,
                key=f"players_{run.id}",
                label_visibility="collapsed",
            )
            for n in STEPS:
                label = _("1 step") if n == 1 else _("{n} steps").format(n=n)
                move = (service.move, run.id, players, n)
                st.button(label, key=f"move_{n}_{run.id}", on_click=attempt, args=move)
        st.button(
            _("Undo"),
            icon=":material/undo:",
            key=f"undo_{run.id}",
            on_click=attempt,
            args=(service.undo, run.id),
            disabled=not moves.can_undo(service.store, run),
        )
    move = moves.last(service.store, run.id)
    if move is not None and not run.is_active:
        _before_and_after(run, move)


def _before_and_after(run: Run, move: Move) -> None:
    """D's scores of the same images before and after a move."""
    st.caption(
        _("Steps {first} to {last}, {who}: D's score of each image before and after").format(
            first=f"{move.first_step + 1:,}", last=f"{move.last_step:,}", who=_(PLAYERS[move.players])
        )
    )
    digits = DECIMALS[FAMILIES[run.config.family].d_output]
    for title, images, scores in (
        (_("Real images"), "reals", "real_scores"),
        (_("Fakes of the same latent vectors"), "fakes", "fake_scores"),
    ):
        before, after = (getattr(verdict, scores) for verdict in (move.before, move.after))
        drawn = [getattr(verdict, images) for verdict in (move.before, move.after)]
        moved = not torch.equal(*drawn)
        cards = "".join(
            _card([sheet[place] for sheet in (drawn if moved else drawn[:1])], before[place], after[place], digits)
            for place in range(min(SHOWN, len(before)))
        )
        mean = _scores(before.mean(), after.mean(), digits)
        st.html(
            f'<p style="margin: 0 0 0.3rem; font-size: 0.875rem;">{escape(title)}, '
            f'{escape(_("on average"))} {mean}</p><div style="{CARDS}">{cards}</div>'
        )


def _card(images: list[torch.Tensor], before: torch.Tensor, after: torch.Tensor, digits: int) -> str:
    """An image, or the two of before and after, above its scores."""
    sheet = grid(torch.stack(images), len(images), pad=1 if len(images) > 1 else 0, background=128)
    source = data_uri(png_bytes(sheet, 2))
    scores = _scores(before, after, digits)
    return f'<figure style="{CARD}"><img src="{source}" alt="" style="{IMAGE}">{scores}</figure>'


def _scores(before: torch.Tensor, after: torch.Tensor, digits: int) -> str:
    """The score before and after, and by how much it moved; of one that did not move at all the score alone."""
    old, new = number_text(before.item(), f".{digits}f"), number_text(after.item(), f".{digits}f")
    if torch.equal(before, after):
        return new
    return f"{old} → {new} <b>({number_text((after - before).item(), f'+.{digits}f')})</b>"


# Knobs and forks


def _knobs(run: Run, steps: list[int], can_play: bool) -> None:
    """Options that can change while the run trains, for itself or for a run that forks off."""
    config = run.config.at(run.step)
    values = config.flat()
    fields = {name: field for name, field in config.knobs.items() if name in values and field.group != "move"}
    # A key names the value too, so that a knob which was turned elsewhere, or back by an undo, shows it.
    keys = {name: f"knob_{run.id}_{name}_{values[name]}" for name in fields}
    st.markdown(_("**Knobs**"), help=_(KNOBS_HELP))
    with st.form(f"knobs_{run.id}", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for name, field in fields.items():
                setting_widget(field, values[name], keys[name])
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if can_play:
                _submit(_("Apply to this run"), "check", _apply, run, keys)
            if steps:
                _submit(_("Fork with these"), "call_split", _fork, run, keys)
                st.selectbox(
                    _("From step"),
                    steps,
                    index=len(steps) - 1,
                    format_func=lambda step: f"{step:,}",
                    key=f"fork_step_{run.id}",
                    width=145,
                )
    lines = change_lines(run.config).items()
    told = [_("After step {step}: {changes}").format(step=f"{step:,}", changes=line) for step, line in lines]
    if told:
        st.caption("  \n".join(told[-RECENT:]))


def _submit(label: str, icon: str, action: Any, run: Run, keys: dict[str, str]) -> None:
    st.form_submit_button(
        label, icon=f":material/{icon}:", key=f"{icon}_{run.id}", on_click=attempt, args=(action, run, keys)
    )


def _turned(config: RunConfig, keys: dict[str, str]) -> dict[str, Any]:
    """The knobs that stand elsewhere than in a config."""
    values = config.flat()
    chosen = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
    return {name: value for name, value in chosen.items() if value != values[name]}


def _apply(run: Run, keys: dict[str, str]) -> None:
    if turned := _turned(run.config.at(run.step), keys):
        get_service().change(run.id, **turned)


def _fork(run: Run, keys: dict[str, str]) -> None:
    step = st.session_state[f"fork_step_{run.id}"]
    forked = get_service().fork(run.id, step, **_turned(run.config.at(step), keys))
    url_state.put("run", forked.id)
    st.session_state[STARTED] = True


PLAY_HELP = N_(
    "For some steps D learns alone, or G: the other keeps every weight. Then the run pauses, so that you can compare "
    "what D thinks of the same images before and after. Undo brings back the exact state before it."
)
KNOBS_HELP = N_(
    "They change what the next steps do, without a restart, and are marked in the charts. The run keeps what was "
    "changed at which step, so it can be repeated exactly. A fork is a new run that begins at a saved step of this one."
)
