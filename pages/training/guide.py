"""Texts about a family and the output of its discriminator."""

from __future__ import annotations

import re

from gan_core.families import FAMILIES
from pages.ui.text import N_, _

# What D's scores mean, by `Family.d_output`.
SCORES_HELP = {
    "logit": N_(
        "D(x) is the probability that D gives to real images, D(G(z)) to generated ones. Far apart: D sees through G. "
        "Both near one half: D cannot tell them apart."
    ),
    "critic": N_(
        "D(x) is the critic's mean score of real images, D(G(z)) of generated ones. Only their distance counts: the "
        "smaller it is, the less the critic can tell them apart. The numbers themselves may drift."
    ),
    "energy": N_(
        "D(x) is the mean energy of real images, D(G(z)) of generated ones: how badly D reconstructs them. Real images "
        "should stay low; fakes lie higher and come down as they get better."
    ),
}


def title_with_tagline(family: str) -> str:
    """A family's name and what is special about it, for the picker."""
    return f"{_(FAMILIES[family].title)} · {_(FAMILIES[family].tagline)}"


def paper_link(family: str) -> str:
    """The paper in Markdown, with a link to where it can be read."""
    paper = FAMILIES[family].paper
    number = re.search(r"arXiv:(\d{4}\.\d{4,5})", paper)
    if number is None:
        return paper
    authors = paper.split(",", 1)[0]
    return f"[{authors}, {number[0]}](https://arxiv.org/abs/{number[1]})"
