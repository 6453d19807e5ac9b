"""R3GAN (Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN").

A relativistic game: D does not judge an image alone, it says how much more real one looks than a fake beside it, so
that no fake can hide in a mode of its own (no collapse). Zero-centred gradient penalties on real images (R1) and on
fakes (R2) make it converge:

    L_D = E[f(D(G(z)) - D(x))] + gamma/2 E|grad D(x)|^2 + gamma/2 E|grad D(G(z))|^2
    L_G = E[f(D(x) - D(G(z)))]                                                          f(t) = log(1 + e^t)

The paper then drops the tricks of the years between. Its residual networks are replaced here by DCGAN's, without
BatchNorm in D, as R1 and R2 demand.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import losses
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec
from gan_core.nets import Net
from gan_core.penalties import squared_gradient_norms


class R3GAN(GAN):
    """penalty: gamma"""

    score = "critic"

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec, *, penalty: float = 1.0):
        super().__init__(generator, discriminator, latent_spec)
        self.penalty = penalty

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        images = torch.cat([real, fake.detach().float()]).requires_grad_()
        logits = self.judge(images)
        norms = squared_gradient_norms(logits, images)
        (on_real, on_fake), (r1, r2) = logits.chunk(2), norms.chunk(2)
        return Loss(
            parts={
                "adversarial": losses.relativistic(on_real, on_fake),
                "r1": self.penalty / 2 * r1.mean(),
                "r2": self.penalty / 2 * r2.mean(),
            },
            watch=self.mean_scores(on_real, on_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        on_real, on_fake = self.judge_both(real, fake)
        return Loss({"adversarial": losses.relativistic(on_fake, on_real)})


def build(config: RunConfig, data: ImageData) -> R3GAN:
    return R3GAN(
        backbones.generator(config),
        backbones.discriminator(config, norm=False),
        LatentSpec.of(config.latent_size, config.noise),
        penalty=config.penalty,
    )


register(
    Family(
        name="r3gan",
        title="R3GAN",
        summary="The modern baseline: D compares each fake with a real image instead of judging it alone, and two "
        "gradient penalties make the game converge.",
        paper="Huang et al. 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN, arXiv:2501.05441",
        options=frozenset({"width", "penalty"}),
        defaults={"beta1": 0.0, "beta2": 0.99, "penalty": 1.0, "schedule": "cosine"},
        build=build,
        game=R3GAN,
    )
)
