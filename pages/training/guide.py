"""What to say of each family beside its own summary: in a few words what is special, and how its losses should look."""

from __future__ import annotations

import re

from gan_core.families import FAMILIES
from pages.ui.text import N_, _

TAGLINES = {
    "vanilla": N_("the first one"),
    "cgan": N_("you choose the class"),
    "dcgan": N_("convolutions, sharp pictures"),
    "cdcgan": N_("sharp, and you choose the class"),
    "acgan": N_("D guesses the class"),
    "infogan": N_("finds classes without labels"),
    "lapgan": N_("from coarse to fine"),
    "ebgan": N_("D is an autoencoder"),
    "lsgan": N_("squares for logarithms"),
    "wgan": N_("a critic, clipped weights"),
    "wgan_gp": N_("a critic, slope penalty"),
    "sngan": N_("a D that cannot be steep"),
    "r3gan": N_("the modern baseline"),
}

_LOGARITHMS = N_(
    "D's loss is low when it tells real from fake; G's is low when it fools D. Neither has to fall: in a good game "
    "both settle and wobble. A loss of D near zero means that G gets no useful answer any more."
)
_WASSERSTEIN = N_(
    "The estimate of the distance between real and generated pictures should rise quickly at first, while the critic "
    "learns, and then fall as the pictures get better; it is the one loss here that tells quality. G's own loss has no "
    "meaning by itself."
)

# What all is well looks like, in the losses of each family.
HEALTHY_LOSSES = {
    "vanilla": _LOGARITHMS,
    "cgan": _LOGARITHMS,
    "dcgan": _LOGARITHMS,
    "cdcgan": _LOGARITHMS,
    "acgan": N_(
        "The losses are sums: the parts for realness settle and wobble as in any GAN, while the parts for the class "
        "fall towards zero for both players. If the class stays high, raise its weight."
    ),
    "infogan": N_(
        "The parts for realness settle and wobble as in any GAN. The one for the category should fall from 2.3, pure "
        "guessing among ten, towards zero: then the picture tells which category was asked for."
    ),
    "lapgan": N_(
        "Every level is a GAN of its own, so there is one part for each: all should settle and wobble. The finest "
        "levels add little detail and stay close to where nobody can tell, 1.39 for D and 0.69 for G."
    ),
    "ebgan": N_(
        "G's loss is the mean energy of its pictures and should come down towards that of real images. D's is the "
        "margin where nobody can tell, and lower while D still sees a difference."
    ),
    "lsgan": N_(
        "Squared errors: where nobody can tell, D's loss is 0.25 and G's 0.125. Both wobble near these; a D at zero "
        "has won."
    ),
    "wgan": _WASSERSTEIN,
    "wgan_gp": _WASSERSTEIN,
    "sngan": N_(
        "The hinge loss of D is 2 where it cannot tell and 0 where it always can; between 1 and 2 the game is fair. "
        "G's loss is minus the score of its pictures and wanders around zero."
    ),
    "r3gan": N_(
        "Both losses compare real with fake: 0.69 each is a draw. D should lie a little below, G a little above, and "
        "the penalties should stay small."
    ),
}

SCORES_HELP = {
    "probability": N_(
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
    """What the picker shows: a family's name and what is special about it."""
    title = _(FAMILIES[family].title)
    return f"{title} · {_(TAGLINES[family])}" if family in TAGLINES else title


def paper_link(family: str) -> str:
    """The paper in Markdown, with a link to where it can be read."""
    paper = FAMILIES[family].paper
    number = re.search(r"arXiv:(\d{4}\.\d{4,5})", paper)
    if number is None:
        return paper
    authors = paper.split(",", 1)[0]
    return f"[{authors}, {number[0]}](https://arxiv.org/abs/{number[1]})"
