"""What weights alone cannot tell, told by the running statistics of BatchNorm.

In training each BatchNorm kept the mean and variance of what reached it. Rebuilt rightly and fed noise of the right
kind, the network meets the same statistics again; with another activation, epsilon, noise or label order before that
layer it does not. So the settings whose predictions fit are the ones it was trained with.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from gan_core.exchange.foreign_shapes import Assumptions, GeneratorShape, build
from gan_core.families import Latent
from gan_core.nets import Net

# A fit better than this is believed, and only a misfit of CLEARLY times the best one speaks against a default. The
# statistics come from the last few dozen steps of training, so a right guess leaves a misfit of about 0.1.
BELIEVABLE = 0.3
CLEARLY = 2.0
IMAGES = 256
# The first BatchNorm depends on the noise and the labels, the second on the first one's epsilon and the activation too.
# Later ones would add little but time, and what the last steps of training changed.
LAYERS = 2


class _SeenEnough(Exception):
    """Ends a forward pass at the last BatchNorm that is looked at."""


def latent_of(shape: GeneratorShape, assumptions: Assumptions) -> Latent:
    """The latent vector of a recognised generator; its classes are called 0, 1, 2 ..."""
    return Latent.of(shape.latent_size, assumptions.noise, tuple(map(str, range(shape.num_classes))))


def settle(shape: GeneratorShape, known: Mapping[str, Any], source: str) -> tuple[Assumptions, set[str]]:
    """The assumptions to build with, and the names of those that differ from the defaults on good evidence.

    known: fields of `Assumptions` that the caller fixes
    """
    default = replace(Assumptions(negative_slope=0.0 if shape.convolutional else 0.2), **known)
    options = {name: values for name, values in _alternatives(shape).items() if name not in known}
    if not shape.normalised or not options:
        return default, set()
    candidates = [
        replace(default, **dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())
    ]
    misfits = {candidate: _misfit_of(shape, candidate, source) for candidate in candidates}
    told: set[str] = set()
    for name in options:
        kept = {c: misfit for c, misfit in misfits.items() if getattr(c, name) == getattr(default, name)}
        best = min(misfits.values())
        if best < BELIEVABLE and min(kept.values()) > CLEARLY * best:
            told.add(name)
            kept = {c: misfit for c, misfit in misfits.items() if c not in kept}
        misfits = kept
    return next(iter(misfits)), told


def _alternatives(shape: GeneratorShape) -> dict[str, tuple]:
    options: dict[str, tuple] = {"noise": ("normal", "uniform"), "negative_slope": (0.0, 0.2)}
    if not shape.convolutional:
        options["norm_eps"] = (1e-5, 0.8)
    if shape.embedding is not None:
        options["label_first"] = (False, True)
    return options


def _misfit_of(shape: GeneratorShape, assumptions: Assumptions, source: str) -> float:
    net = build(shape, assumptions, source).eval()
    latent = latent_of(shape, assumptions).sample(IMAGES, generator=torch.Generator().manual_seed(0))
    return misfit(net, latent)


@torch.inference_mode()
def misfit(net: Net, latent: Tensor) -> float:
    """How far the statistics that latents (N, size) cause are from the running ones, averaged over the first norms.

    Of each the median over channels of |difference of means| / running deviation + |log of the ratio of variances|.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)][:LAYERS]
    misfits: list[Tensor] = []

    def compare(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        variance, mean = torch.var_mean(inputs[0].transpose(0, 1).flatten(1), dim=1)
        running = norm.running_var.clamp_min(1e-12)
        far = (mean - norm.running_mean).abs() / running.sqrt() + (variance.clamp_min(1e-12) / running).log().abs()
        misfits.append(far.median())
        if len(misfits) == len(norms):
            raise _SeenEnough

    hooks = [norm.register_forward_pre_hook(compare) for norm in norms]
    with suppress(_SeenEnough):
        net(latent)
    for hook in hooks:
        hook.remove()
    return torch.stack(misfits).mean().item()
