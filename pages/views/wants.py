"""What D wants: how fakes would have to change to please D, and what the layers of both networks make of them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import streamlit as st
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gan_core.data.image_data import denormalize
from gan_core.images import ImageArray, grid, signed_overlay, to_image_array, to_image_arrays
from gan_core.latent import base_vectors, cycle_classes, decode_vector, encode_vector, with_class
from gan_core.latent.layers import LayerOutput, discriminator_layers, generator_layers
from gan_core.latent.wishes import MAX_WISH_STEPS, Wishes, follow_wishes
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import gan_home
from pages.ui import url_state
from pages.ui.captioned import captioned
from pages.ui.messages import note_line
from pages.ui.pictures import picture
from pages.ui.scores import d_output_of, score_meaning, score_number
from pages.ui.service import get_service
from pages.ui.sources import Source, version
from pages.ui.text import _, number_text
from pages.views.fields import IN_TURN, class_choice, seed_field

FAKES = 8
SIDE = 84  # CSS pixels of a fake, about
MAX_MAPS = 64
BRIGHTEST = 0.99  # share of the places of a map whose color is not yet full


def wants_view(source: Source, checkpoint: Checkpoint) -> None:
    """What D wants of some fakes, and what each layer of both networks puts out for one of them."""
    spec = checkpoint.latent_spec
    st.caption(
        _(
            "All that the generator learns comes from here: D's answer, followed back to each pixel of a fake. Orange "
            "asks for more light in this place, blue for less."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        label = class_choice(spec) if spec.choice_labels else IN_TURN
        seed = seed_field()
        if checkpoint.discriminator is not None:
            followed = url_state.slider("followed", _("Steps followed"), width=260, high=MAX_WISH_STEPS)
            step, checkpoint = _of_a_step(source, checkpoint)
    vectors = base_vectors(spec, FAKES, seed)
    if spec.choice_labels:
        vectors = cycle_classes(spec, vectors) if label == IN_TURN else with_class(spec, vectors, int(label))
    if checkpoint.discriminator is None:
        note_line(_("This model came without a discriminator, so nobody says what is to change."))
    else:
        codes = tuple(encode_vector(vector) for vector in vectors)
        _wishes(checkpoint, _followed(source.ref, str(gan_home()), version(source), step, codes, checkpoint), followed)
    _layers(checkpoint, vectors)


def _of_a_step(source: Source, checkpoint: Checkpoint) -> tuple[int | None, Checkpoint]:
    """The generator of an earlier step, where the run has kept it, with the newest discriminator."""
    store, newest = get_service().store, checkpoint.card.get("steps")
    kept = [] if source.run is None else store.history_steps(source.ref)
    if not isinstance(newest, int) or not (earlier := [step for step in kept if step < newest]):
        return None, checkpoint
    steps = [*earlier, newest]
    linked = url_state.linked("at") or ""
    st.session_state["wants_step"] = int(linked) if linked.isdecimal() and int(linked) in steps else newest
    step = st.select_slider(
        _("Generator of step"),
        steps,
        key="wants_step",
        on_change=lambda: url_state.write("at", st.session_state["wants_step"]),
        width=260,
        help=_("What the newest discriminator wants of the pictures that the generator drew then."),
    )
    if step == newest:
        return step, checkpoint
    return step, dataclasses.replace(checkpoint, generator=store.load_history(source.ref, step).generator)


# What D wants


@st.cache_resource(max_entries=16, show_spinner=False)
def _followed(
    ref: str, home: str, version: int, step: int | None, codes: tuple[str, ...], _checkpoint: Checkpoint
) -> Wishes:
    return follow_wishes(_checkpoint, torch.stack([decode_vector(code, _checkpoint.latent_spec) for code in codes]))


def _wishes(checkpoint: Checkpoint, wishes: Wishes, followed: int) -> None:
    d_output = d_output_of(checkpoint.family)
    rows = [(_("As the generator draws them"), 0, False)]
    if followed:
        rows.append((_("After {n} steps that D wants, without the generator").format(n=followed), followed, False))
    rows.append((_("What D wants of them"), followed, True))
    for title, step, is_wish in rows:
        st.markdown(f"**{title}**", help=None if is_wish else score_meaning(d_output))
        images = to_image_arrays(denormalize(wishes.images[step]))
        if is_wish:
            changes = wishes.changes[step].mean(dim=1)
            images = [_overlay(image, change) for image, change in zip(images, changes, strict=True)]
        scores = [score_number(d_output, score) for score in wishes.scores[step].tolist()]
        captioned(images, _("Picture {n}"), [] if is_wish else scores, side=SIDE)
    if followed:
        st.caption(
            _(
                "D finds the second row better than the first, though often it does not look better: no generator "
                "draws such patterns, so D has never had to learn that they are wrong."
            )
        )


def _overlay(image: ImageArray, change: Tensor) -> ImageArray:
    """An image with a map (H, W) of any scale over it."""
    brightest = np.quantile(change.abs().numpy(), BRIGHTEST)
    return signed_overlay(image, change, max(float(brightest), np.finfo(np.float32).tiny))


# Layers


def _layers(checkpoint: Checkpoint, vectors: Tensor) -> None:
    st.markdown(f"**{_('What the layers see')}**")
    networks = {"d": _("Discriminator"), "g": _("Generator")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if checkpoint.discriminator is None:
            network = "g"
        else:
            network = url_state.choice("network", _("Network"), networks, hide_label=True)
        fake = url_state.number("fake", _("Picture"), width=120, high=FAKES)
        z = vectors[fake - 1 : fake]
        found = discriminator_layers(checkpoint, z) if network == "d" else generator_layers(checkpoint, z)
        layers = {layer.name: layer for layer in found}
        titles = {layer.name: f"{layer.kind} · {' × '.join(map(str, layer.output.shape))}" for layer in found}
        chosen = url_state.select("layer", _("Layer"), titles, _last_with_maps(found), width=320)
    layer = layers[chosen]
    left, right = st.columns(2, gap="large")
    with left:
        _output(layer)
    if layer.shares is not None:
        with right:
            _shares(to_image_array(checkpoint.draw(z)[0]), layer.shares)


def _last_with_maps(layers: list[LayerOutput]) -> str:
    """Where a first visit looks: at the last feature maps, of which there are several."""
    return next(
        (layer.name for layer in reversed(layers) if layer.output.dim() == 3 and len(layer.output) > 3), layers[0].name
    )


def _output(layer: LayerOutput) -> None:
    """Feature maps side by side, or all units as one picture; black is the least of them, white the most."""
    maps = layer.output
    if maps.dim() == 1:
        side = math.ceil(math.sqrt(len(maps)))
        maps = pad(maps, (0, side * side - len(maps)), value=float(maps.min())).view(1, side, side)
    shown = maps[:MAX_MAPS]
    low, high = shown.min(), shown.max()
    levels = ((shown - low) / (high - low).clamp_min(torch.finfo().tiny) * 255).round().to(torch.uint8)
    columns = math.ceil(math.sqrt(len(levels)))
    picture(
        grid(levels[:, None], columns, pad=1, background=128),
        alt=_("{n} feature maps").format(n=len(levels)),
        width="stretch",
        scale=max(1, 512 // (columns * levels.shape[-1])),
    )
    scale = {"low": number_text(low.item(), ".3g"), "high": number_text(high.item(), ".3g")}
    if len(maps) > MAX_MAPS:
        words = _("The first {n} of {total} maps; black is {low}, white is {high}.")
        st.caption(words.format(n=MAX_MAPS, total=len(maps), **scale))
    else:
        st.caption(_("Black is {low}, white is {high}.").format(**scale))


def _shares(image: ImageArray, shares: Tensor) -> None:
    """Where D looks: what each place of the maps adds to the score, over the picture."""
    over = interpolate(shares[None, None], image.shape[:2], mode="bilinear", align_corners=False)[0, 0]
    picture(_overlay(image, over), alt=_("Where D looks in the picture"), width="stretch", scale=512 // len(image))
    st.caption(
        _("Where D looks, as seen from this layer: orange speaks for real, blue for fake. {h} × {w} places.").format(
            h=shares.shape[0], w=shares.shape[1]
        )
    )
