"""What the networks of a family put out beside D's score: levels, a reconstruction, a class or codes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
import torch
from torch import Tensor

from gan_core.data.image_data import denormalise, normalise
from gan_core.families import GAN
from gan_core.families.acgan import ACGAN
from gan_core.families.ebgan import EBGAN
from gan_core.families.infogan import InfoGAN
from gan_core.families.lapgan import LAPGAN
from gan_core.figures import probability_bars
from gan_core.images import heat, to_array
from gan_core.models.checkpoint import Checkpoint
from pages.components.chart import live_chart
from pages.ui.pictures import picture
from pages.ui.scores import score_number
from pages.ui.text import _

SIDE = 140  # CSS pixels of a picture, about


def show_family_outputs(checkpoint: Checkpoint, vector: Tensor) -> None:
    """Show it for the picture of `vector` (size,); nothing for families that have none, or without a discriminator."""
    gan = checkpoint.gan
    show = next((show for family, show in OPINIONS.items() if isinstance(gan, family)), None)
    if show is not None:
        with torch.inference_mode():
            show(gan, checkpoint, vector[None])


def _levels(gan: LAPGAN, _checkpoint: Checkpoint, vectors: Tensor) -> None:
    _heading(
        _("Level by level"),
        _("The coarsest picture is drawn first; each level enlarges the one before and adds its own detail."),
    )
    levels = [denormalise(level)[0] for level in gan.levels(vectors)]
    _pictures([(to_array(level), _("{n} px").format(n=level.shape[-1])) for level in levels])


def _reconstruction(gan: EBGAN, checkpoint: Checkpoint, vectors: Tensor) -> None:
    _heading(
        _("What D makes of it"),
        _(
            "D is an autoencoder: it squeezes the picture through a bottleneck and draws it again. Its error is the "
            "energy."
        ),
    )
    images = checkpoint.draw(vectors)
    again = denormalise(gan.reconstruct(normalise(images)))
    energy = score_number("energy", gan.realness(normalise(images)).item())
    difference = (images[0].float() - again[0].float()).abs().mean(0)
    _pictures(
        [
            (to_array(images[0]), _("The picture")),
            (to_array(again[0]), _("What D draws of it")),
            (heat(difference, 255), _("Where they differ: energy {n}").format(n=energy)),
        ]
    )


def _class(gan: ACGAN, checkpoint: Checkpoint, vectors: Tensor) -> None:
    _heading(
        _("Which class D sees"),
        _("D is never told the class. Its second head guesses it from the picture."),
    )
    probabilities = gan.class_probabilities(normalise(checkpoint.draw(vectors)))[0]
    _bars(checkpoint, probabilities, vectors)


def _codes(gan: InfoGAN, checkpoint: Checkpoint, vectors: Tensor) -> None:
    _heading(
        _("What Q reads from the picture"),
        _("Q guesses the code from the picture alone. Where it is right, the picture tells what the code was."),
    )
    spec = checkpoint.latent_spec
    probabilities, codes = gan.read_codes(normalise(checkpoint.draw(vectors)))
    entries = spec.entries("code")
    rows = zip(spec.entry_names(entries, _), vectors[0, entries].tolist(), codes[0].tolist(), strict=True)
    head = f"| | {_('In the vector')} | {_('Read by Q')} |\n|:--|--:|--:|\n"
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _bars(checkpoint, probabilities[0], vectors)
    right.markdown(head + "\n".join(f"| {name} | {_signed(asked)} | {_signed(read)} |" for name, asked, read in rows))


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


def _heading(title: str, explanation: str) -> None:
    st.markdown(f"**{title}**", help=explanation)


def _pictures(shown: list[tuple]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for image, title in shown:
            with st.container(width=SIDE + 8, gap="xsmall"):
                picture(image, alt=title, scale=max(1, SIDE // image.shape[0]))
                st.caption(title)


def _signed(number: float) -> str:
    return f"{number:.2f}".replace("-", "\N{MINUS SIGN}")


OPINIONS: dict[type[GAN], Callable[[GAN, Checkpoint, Tensor], None]] = {
    LAPGAN: _levels,
    EBGAN: _reconstruction,
    ACGAN: _class,
    InfoGAN: _codes,
}
