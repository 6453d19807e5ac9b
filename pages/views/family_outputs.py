"""What the networks of a family put out beside D's score: levels, a reconstruction, a class or codes."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from gan_core.data.image_data import denormalize, normalize
from gan_core.errors import Message
from gan_core.families import ExtraOutput
from gan_core.figures import probability_bars
from gan_core.images import heat, to_image_array
from gan_core.models.checkpoint import Checkpoint
from pages.components.chart import live_chart
from pages.ui.messages import message_text
from pages.ui.pictures import picture
from pages.ui.text import _, number_text

SIDE = 140  # CSS pixels of a picture, about


def show_family_outputs(checkpoint: Checkpoint, vector: Tensor) -> None:
    """Show it for the picture of `vector` (size,); nothing for families that have none, or without a discriminator."""
    if checkpoint.gan is None:
        return
    z = vector[None]
    with torch.inference_mode():
        output = checkpoint.gan.extra_output(z, normalize(checkpoint.draw(z)))
    if output is None:
        return
    st.markdown(f"**{_(output.title)}**", help=_(output.description))
    _pictures(output.images)
    if len(output.codes):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _bars(checkpoint, output.probabilities, z)
        right.markdown(_codes_table(checkpoint, output, z))
    elif len(output.probabilities):
        _bars(checkpoint, output.probabilities, z)


def _codes_table(checkpoint: Checkpoint, output: ExtraOutput, z: Tensor) -> str:
    spec = checkpoint.latent_spec
    entries = spec.entries("code")
    rows = zip(spec.entry_names(entries, _), z[0, entries].tolist(), output.codes.tolist(), strict=True)
    head = f"| | {_('In the vector')} | {_('Read by Q')} |\n|:--|--:|--:|\n"
    return head + "\n".join(
        f"| {name} | {number_text(asked, '.2f')} | {number_text(read, '.2f')} |" for name, asked, read in rows
    )


def _bars(checkpoint: Checkpoint, probabilities: Tensor, vectors: Tensor) -> None:
    spec = checkpoint.latent_spec
    names = [_(label) for label in spec.choice_labels]
    title = _("Class") if spec.class_names else _("Category")
    best = int(probabilities.argmax())
    live_chart(
        probability_bars(names, probabilities.numpy(), int(spec.chosen(vectors)), title=title, text=_),
        key="second_opinion",
        height=240,
        alt=_("Most probable: {name}, {share}").format(name=names[best], share=f"{probabilities[best]:.0%}"),
    )


def _pictures(images: tuple[tuple[Tensor, Message], ...]) -> None:
    if not images:
        return
    with st.container(horizontal=True, gap="medium"):
        for image, caption in images:
            title = message_text(caption)
            array = heat(image, 1) if image.dim() == 2 else to_image_array(denormalize(image))
            with st.container(width=SIDE + 8, gap="xsmall"):
                picture(array, alt=title, scale=max(1, SIDE // array.shape[0]))
                st.caption(title)
