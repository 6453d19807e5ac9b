"""Facts about a picture and its vector: D's score, the length of the noise, and how likely that length is."""

from __future__ import annotations

from torch import Tensor

from gan_core.latent import noise_norms, norm_percentile, typical_norm
from gan_core.latent_spec import LatentSpec
from pages.ui.scores import score_meaning, score_text
from pages.ui.text import _

CERTAIN = 0.9995  # shares above would be shown as 100%
UNUSUAL = 0.95


def vector_facts(spec: LatentSpec, vectors: Tensor, scores: Tensor | None, d_output: str) -> list[dict]:
    """Describe vectors and their pictures.

    Args:
        spec: The layout of the vectors.
        vectors: (N, size).
        scores: Realism score of each picture, (N,), as `Checkpoint.score` returns it; None without a discriminator.
        d_output: See `d_output_of`.

    Returns:
        For each vector `score` (None without a discriminator), `length` and `likely` as text, and `share`: the share of
        random vectors that are shorter, 0 .. 1.
    """
    lengths = noise_norms(spec, vectors)
    shares = norm_percentile(spec, lengths).tolist()
    score_texts = [None] * len(shares) if scores is None else [score_text(d_output, score) for score in scores.tolist()]
    return [
        {
            "score": score,
            "length": _("length of z: {n}").format(n=f"{length:.2f}"),
            "share": round(share, 4),
            "likely": likely(share),
        }
        for score, length, share in zip(score_texts, lengths.tolist(), shares, strict=True)
    ]


def likely(share: float) -> str:
    """How usual a length is, as text. share: of random vectors that are shorter, 0 .. 1."""
    longer = share >= 0.5
    part = share if longer else 1 - share
    if part > CERTAIN:
        return (
            _("longer than practically every random vector: G never met one like it")
            if longer
            else _("shorter than practically every random vector: G never met one like it")
        )
    text = _("longer than {part} of random vectors") if longer else _("shorter than {part} of random vectors")
    text = text.format(part=f"{part:.1%}" if part > UNUSUAL else f"{part:.0%}")
    return f"{text} ({_('unusual')})" if part > UNUSUAL else text


def facts_help(spec: LatentSpec, d_output: str) -> str:
    """Explain the numbers beside a picture. d_output: see `d_output_of`."""
    return " ".join(
        [
            score_meaning(d_output),
            _("The noise of training has a length of about {n}.").format(n=f"{typical_norm(spec):.1f}"),
            _(
                "The bar shows where this length stands among random vectors, the shortest on the left and the longest "
                "on the right; nine in ten lie on the coloured part."
            ),
        ]
    )
