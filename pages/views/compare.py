"""Compare: the same random numbers and the same entry in two models side by side."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from gan_core.errors import CheckpointError, LatentError
from gan_core.images import heat
from gan_core.latent import Effects, measure_effects, paired_vectors, parse_numbers, traverse
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.grid import traversal_grid
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.pictures import picture
from pages.ui.scores import d_output_of
from pages.ui.sources import Source, model_facts, open_model, sources, version
from pages.ui.text import _
from pages.ui.url_parameters import PARAMETERS
from pages.views import state
from pages.views.fields import seed_field

COLUMNS = 6
EFFECT_VECTORS = 32
MAP_SCALE = 4


def compare_view(source: Source, checkpoint: Checkpoint) -> None:
    """Two models side by side: one entry of each, from the same vectors."""
    st.caption(
        _(
            "Two generators get the same random numbers, and one entry moves. Nothing ties an entry to a meaning: "
            "another family, or another seed, gives it another task. Try the same family from two seeds."
        )
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        other = _other_field(source)
        try:
            second = open_model(other.ref)
        except CheckpointError as error:
            error_line(error)
            return
        last = _comparable(checkpoint.latent_spec, second.latent_spec) - 1
        first = min(PARAMETERS["entry"].default, last)
        entry = url_state.number("entry", _("Entry"), width=140, default=first, high=last)
        values = _values_field()
        seed = seed_field()
    pairs = ((source, checkpoint), (other, second))
    vectors = paired_vectors([checkpoint.latent_spec, second.latent_spec], EFFECT_VECTORS, seed)
    if line := _differences(checkpoint.latent_spec, second.latent_spec):
        note_line(line)
    measured = [
        _effect(one.ref, version(one), entry, seed, model, base)
        for (one, model), base in zip(pairs, vectors, strict=True)
    ]
    brightest = max(float(effect.maps.max()) for effect in measured)  # one scale for both
    for side, column in enumerate(st.columns(2, gap="large")):
        with column:
            _half(side, *pairs[side], vectors[side][:COLUMNS], entry, values, measured[side], brightest)
    st.caption(
        _("Means over {n} vectors, at the lowest and highest usual value of the entry.").format(n=EFFECT_VECTORS)
    )


def _other_field(source: Source) -> Source:
    """The second model; at first one of another family, if there is any."""
    found = sources()
    others = {ref: other for ref, other in found.items() if ref != source.ref} or found
    default = next((ref for ref in others if _family(ref) not in (None, _family(source.ref))), next(iter(others)))
    wanted = url_state.read_unshown("other", default)
    labels = {ref: other.label for ref, other in others.items()}
    ref = url_state.select("other", _("Compare with"), labels, default, width=320)
    if wanted not in found:
        note_line(
            _("There is no model “{name}” (any more). This is {other}.").format(
                name=wanted[:80], other=others[ref].label
            )
        )
    return others[ref]


def _family(ref: str) -> str | None:
    try:
        return open_model(ref).family
    except CheckpointError:
        return None


def _comparable(first: LatentSpec, second: LatentSpec) -> int:
    """How many entries, from the first, both have: all of them if the layouts are alike, else those of the noise."""
    return first.size if first.sections == second.sections else min(first.noise_size, second.noise_size)


def _values_field() -> list[float]:
    text = url_state.read("range")
    with st.container(width=140, gap="xsmall"):
        st.text_input(_("Values"), key=url_state.widget_key("range"), on_change=url_state.write_back, args=("range",))
        try:
            values = parse_numbers(text)
            if len(values) * COLUMNS > 400:
                raise LatentError(
                    "{n} values are too many to compare; use at most {most}", n=len(values), most=400 // COLUMNS
                )
        except LatentError as error:
            error_line(error)
            return st.session_state.get("compare_values", parse_numbers(PARAMETERS["range"].default))
    st.session_state["compare_values"] = values
    return values


def _differences(first: LatentSpec, second: LatentSpec) -> str:
    """In words, where the two latent vectors are not alike."""
    lines = []
    sizes = sorted((first.noise_size, second.noise_size))
    if sizes[0] != sizes[1]:
        lines.append(
            _(
                "One has {n} entries of noise, the other {m}: the first {n} are the same numbers, and entries 0 to "
                "{last} can be compared."
            ).format(n=sizes[0], m=sizes[1], last=sizes[0] - 1)
        )
    if first.noise.distribution != second.noise.distribution:
        lines.append(
            _(
                "One takes normal, the other uniform noise: the same numbers by rank. The values of the entry are the "
                "same in both, and 3 is far outside of what the uniform one was trained with."
            )
        )
    if bool(first.choice_labels) != bool(second.choice_labels):
        lines.append(_("Only one knows classes; its columns take them in turn."))
    return " ".join(lines)


@st.cache_resource(max_entries=256, show_spinner=False)
def _effect(ref: str, version: int, entry: int, seed: int, _model: Checkpoint, _vectors: Tensor) -> Effects:
    return measure_effects(_model, _vectors, [entry])


def _half(
    side: int,
    source: Source,
    checkpoint: Checkpoint,
    vectors: Tensor,
    entry: int,
    values: list[float],
    effect: Effects,
    brightest: float,
) -> None:
    spec = checkpoint.latent_spec
    st.markdown(f"**{source.ref}**")
    st.caption(model_facts(source, checkpoint))
    sheet = traverse(checkpoint, vectors, [entry], values)
    history = state.history_of(source, spec)

    def open_cell(_row: int, value: int, column: int) -> None:
        vector = sheet.z[column].clone()
        vector[entry] = sheet.values[value]
        url_state.write("model", source.ref)
        state.open_vector(history, vector, entry)

    traversal_grid(
        sheet,
        key=f"compare_{side}",
        names=spec.entry_names([entry], _),
        headings=_headings(spec, len(vectors)),
        on_open=open_cell,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width=MAP_SCALE * checkpoint.image_size):
            picture(
                heat(effect.map_of(entry), brightest),
                alt=_("Where {name} acts").format(name=spec.entry_names([entry], _)[0]),
                scale=MAP_SCALE,
            )
        st.markdown(_strength(effect, checkpoint, entry), width="content")


def _headings(spec: LatentSpec, columns: int) -> list[str]:
    names = [_(name) for name in spec.choice_labels]
    return [names[index % len(names)] if names else str(index + 1) for index in range(columns)]


def _strength(effect: Effects, checkpoint: Checkpoint, entry: int) -> str:
    (name,) = checkpoint.latent_spec.entry_names([entry], _)
    lines = [_("Effect of {name}: **{strength}**").format(name=name, strength=f"{effect.pixel_change[0]:.4f}")]
    if effect.score_change is not None:
        changes = {
            "logit": _("Change of D's score: **{change}**"),
            "critic": _("Change of the critic's score: **{change}**"),
            "energy": _("Change of the energy: **{change}**"),
        }
        lines.append(changes[d_output_of(checkpoint.family)].format(change=f"{effect.score_change[0]:.3f}"))
    return "  \n".join(lines)
