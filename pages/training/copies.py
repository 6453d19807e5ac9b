"""Whether a run on few pictures draws new ones or those it has seen: samples beside their nearest training pictures."""

from __future__ import annotations

import streamlit as st
import torch

from gan_core.figures.copies import copy_curve
from gan_core.images import grid
from gan_core.runs import Run, RunView
from pages.components.chart import live_chart
from pages.ui.pictures import picture
from pages.ui.text import N_, _

PAIRS = 4  # in a row
SHOWN = 24  # pairs

HELP = N_(
    "A picture counts as a copy when it is three times nearer to one training picture than to the second nearest, as "
    "thumbnails. Many copies: the generator has learnt the pictures by heart. More pictures, augmentation and fewer "
    "steps help."
)


def copies(view: RunView, run: Run, step: int) -> None:
    """The share of copies through the training, and the pictures of a step beside their nearest training pictures.

    Args:
        view: The run with its data; nothing is drawn where no copies were looked for.
        run: As it is now.
        step: Of the snapshot that is shown.
    """
    neighbors = view.neighbors(step)
    if neighbors is None:
        return
    copied, count = int(neighbors.copied.sum()), len(neighbors.images)
    st.markdown(
        _("**Copies of your pictures**: {copied} of {count} at step {step}").format(
            copied=copied, count=count, step=f"{step:,}"
        ),
        help=_(HELP),
    )
    rates = view.copy_rates()
    if len(rates.steps) > 1:
        live_chart(
            copy_curve(rates, text=_),
            key=f"copies_{run.id}",
            height=150,
            alt=_("Share of copies: {rate} at step {step}").format(
                rate=f"{rates.values[-1]:.0%}", step=f"{rates.steps[-1]:,}"
            ),
        )
    st.caption(_("Each picture on the left, the training picture that is nearest to it on its right"))
    samples, nearest = view.snapshot(step).images[:SHOWN], neighbors.images[:SHOWN]
    pairs = torch.stack([samples, nearest], dim=1).flatten(0, 1)
    picture(
        grid(pairs, 2 * PAIRS, background=128),
        alt=_("{n} pairs: a picture of the generator, and the training picture nearest to it").format(n=len(samples)),
        width="stretch",
        scale=2,
    )
