"""Slow motion: the next iteration of a run, sub-step by sub-step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import streamlit as st
from torch import Tensor

from gan_core.data import ImageData
from gan_core.errors import WorkshopError
from gan_core.families import FAMILIES, Family
from gan_core.figures.curves import PARTS, part_title
from gan_core.figures.iteration import norm_bars, value_histogram
from gan_core.images import to_image_arrays
from gan_core.paths import gan_home
from gan_core.runs import Run
from gan_core.runs.active_run import load_data
from gan_core.runs.slow_motion import next_iteration
from gan_core.training.sub_steps import Equation, Iteration, Kind, SubStep
from pages.components.chart import live_chart
from pages.inspection.words import SCORES, SHORT, STORY, VALUES
from pages.ui import url_state
from pages.ui.captioned import captioned
from pages.ui.messages import error_line
from pages.ui.routes import LATENT
from pages.ui.scores import score_name
from pages.ui.service import get_service
from pages.ui.text import _, number_text

TOLD = "told_iterations"  # in the session: the state of each run that is told
BAR = 20  # CSS pixels
STYLE = """<style>
.st-key-motion_story .katex-display { margin: 0.4rem 0; }
@media (max-width: 640px) { .st-key-motion_story .katex { font-size: 0.95em; } }
</style>"""


def motion_view(run: Run) -> None:
    """Tell the iteration that follows the newest saved state of a run."""
    try:
        with st.spinner(_("The iteration is carried out, on a copy of the run …"), show_time=False):
            iteration = _told(run)
    except WorkshopError as error:
        error_line(error)
        return
    st.caption(
        _(
            "Iteration {n} as it is trained: the pictures, the numbers and the lines of code of this very step. It was "
            "done on a copy; the run itself stays as it is."
        ).format(n=f"{iteration.step:,}")
    )
    told = st.session_state[TOLD]
    if run.is_active and told[run.id] != _stamp(run):
        st.button(_("Tell the newest iteration"), icon=":material/update:", on_click=told.pop, args=(run.id,))

    st.html(STYLE)

    @st.fragment
    def story() -> None:
        place = _controls(iteration)
        with st.container(key="motion_story"):
            _show(iteration.sub_steps[place], run, iteration)

    story()


# The iteration


def _told(run: Run) -> Iteration:
    """The same one for as long as the reader stays, though a run in training saves newer states meanwhile."""
    told = st.session_state.setdefault(TOLD, {})
    if not run.is_active or run.id not in told:
        told[run.id] = _stamp(run)
    return _iteration(run.id, str(gan_home()), told[run.id], run)


def _stamp(run: Run) -> int:
    """Changes whenever another state is saved."""
    try:
        return get_service().store.resume_path(run.id).stat().st_mtime_ns
    except OSError:
        return 0  # nothing is saved yet


@st.cache_resource(max_entries=8, show_spinner=False)
def _iteration(run_id: str, home: str, stamp: int, _run: Run) -> Iteration:
    config = _run.config
    data = _data(config.dataset, config.image_size, config.channels, config.data_path, _run)
    return next_iteration(get_service().store, run_id, data)


@st.cache_resource(max_entries=2, show_spinner=False)
def _data(dataset: str, image_size: int, channels: int, path: str | None, _run: Run) -> ImageData:
    return load_data(_run.config)


# Which sub-step


def _controls(iteration: Iteration) -> int:
    """Back and next, by button and arrow key, and a rail of all sub-steps; returns the one to show."""
    steps = iteration.sub_steps
    last = len(steps) - 1
    place = min(url_state.read_int("sub", high=10_000), last)
    starts = [0, *(n for n, (one, two) in enumerate(pairwise(steps), 1) if _phase(one) != _phase(two))]
    phase = max(start for start in starts if start <= place)
    end = next((start for start in starts if start > place), len(steps))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _move(_("Back"), "Left", place - 1, disabled=place == 0)
        _move(_("Next"), "Right", place + 1, disabled=place == last, type="primary")
        st.caption(_("{n} of {total}, also by the arrow keys").format(n=place + 1, total=len(steps)), width="content")
    with st.container(horizontal=True, gap="small", key="motion_rail"):
        _rail("motion_phase", _("Player"), {start: _player(steps[start], iteration) for start in starts}, phase)
        _rail("motion_kind", _("Sub-step"), {n: _(SHORT[steps[n].kind]) for n in range(phase, end)}, place)
    return place


def _move(label: str, arrow: str, place: int, **options) -> None:
    st.button(label, shortcut=arrow, key=f"motion_{arrow}", on_click=url_state.write, args=("sub", place), **options)


def _rail(key: str, label: str, titles: dict[int, str], place: int) -> None:
    st.session_state[key] = place
    st.segmented_control(
        label,
        list(titles),
        format_func=titles.get,
        key=key,
        required=True,
        on_change=lambda: url_state.write("sub", st.session_state[key]),
        label_visibility="collapsed",
    )


def _phase(step: SubStep) -> tuple[str, int]:
    return step.player, step.update


def _player(step: SubStep, iteration: Iteration) -> str:
    updates = max(each.update for each in iteration.sub_steps)
    if step.player == "g":
        return _("Generator")
    return _("Discriminator") if updates == 1 else _("Discriminator, update {n}").format(n=step.update)


# One sub-step


def _show(step: SubStep, run: Run, iteration: Iteration) -> None:
    family = FAMILIES[run.config.family]
    st.markdown(f"#### {_player(step, iteration)}: {_(SHORT[step.kind])}")
    is_scored = step.kind in (Kind.SCORE_REAL, Kind.SCORE_FAKE)
    st.markdown(" ".join([_(STORY[step.player, step.kind]), *([_(SCORES[family.d_output])] if is_scored else [])]))
    left, right = st.columns(2, gap="large")
    with left:
        _pictures(step, family)
        for equation in step.equations:
            _equation(equation, family)
        if step.weight:
            st.caption(_("The weight: {name}").format(name=f"`{step.weight}`"))
        _norms(step)
    with right:
        _histograms(step, family)
    if (step.player, step.kind) == ("g", Kind.GRADIENT):
        st.page_link(
            LATENT,
            label=_("What D wants of the pixels"),
            icon=":material/draw:",
            query_params=url_state.link(model=run.id, view="wants"),
            disabled=not get_service().store.checkpoint_path(run.id).is_file(),
        )
    for statement in step.code:
        st.caption(f"{statement.file}:{statement.line}")
        st.code(statement.text, language="python", wrap_lines=True)


def _pictures(step: SubStep, family: Family) -> None:
    alt = {Kind.REAL: _("Real picture {n}"), Kind.SCORE_REAL: _("Real picture {n}")}.get(step.kind, _("Fake {n}"))
    for place, images in enumerate(step.images):
        is_last = place == len(step.images) - 1
        scores = step.scores.tolist() if is_last and step.scores is not None else []
        decimals = 3 if family.d_output == "energy" else 2
        captioned(to_image_arrays(images), alt, [number_text(score, f".{decimals}f") for score in scores])


def _equation(equation: Equation, family: Family) -> None:
    if equation.part:
        title = part_title(equation.part, PARTS | dict(family.loss_parts), _) or equation.part
        st.markdown(f"**{title}**")
    st.latex(equation.latex, width="content")
    if equation.where:
        st.latex(rf"\small {equation.where}", width="content")


def _histograms(step: SubStep, family: Family) -> None:
    """Histograms of its numbers; those of real pictures and fakes in one, others each in their own."""
    sides = {name: step.values[name] for name in ("real", "fake") if name in step.values}
    others = {name: values for name, values in step.values.items() if name not in sides}
    for group in [sides, *({name: values} for name, values in others.items())]:
        if group:
            _histogram(group, step, family)


def _norms(step: SubStep) -> None:
    if not step.norms:
        return
    title = _("Size of the gradient") if step.kind is Kind.GRADIENT else _("Size of the change")
    live_chart(
        norm_bars(step.norms, player=step.player, title=title, text=_),
        key="motion_norms",
        height=90 + BAR * len(step.norms),
        alt=_("{title}: most in {name}").format(title=title, name=max(step.norms, key=step.norms.__getitem__)),
    )


def _histogram(values: Mapping[str, Tensor], step: SubStep, family: Family) -> None:
    words = PARTS | dict(family.loss_parts)
    titles = {name: _(VALUES[name]) if name in VALUES else part_title(name, words, _) or name for name in values}
    x_title = score_name(family.d_output) if step.scores is not None else ""
    if step.kind is Kind.LOSS:
        x_title = _("What a picture adds to the loss")
        x_title = x_title if "real" in values or "fake" in values else f"{x_title}: {next(iter(titles.values()))}"
    live_chart(
        value_histogram(
            {name: tensor.numpy() for name, tensor in values.items()},
            titles,
            x_title=x_title or next(iter(titles.values())),
            log=step.kind in (Kind.GRADIENT, Kind.UPDATE),
            text=_,
        ),
        key=f"motion_{'_'.join(values)}",
        height=230,
        alt=" · ".join(
            _("{name}: {n} numbers with a mean of {mean}").format(
                name=titles[name], n=len(tensor), mean=number_text(tensor.mean().item(), ".3g")
            )
            for name, tensor in values.items()
        ),
    )
