"""WGAN with gradient penalty (Gulrajani et al. 2017, "Improved Training of Wasserstein GANs").

Clipping makes the critic too simple. An optimal critic has a gradient of norm 1 almost everywhere between real and
fake images, so its distance from 1 is what is punished:

    L_D = E[D(G(z))] - E[D(x)] + lambda E[(|grad D(x_hat)| - 1)^2],   x_hat = e x + (1 - e) G(z),  e ~ U(0, 1)

The norm is that of each single image, over all its pixels. So the critic must judge each image by itself: no BatchNorm.
Adam with beta1 = 0, five critic steps to one of the generator, lambda = 10.
"""

from __future__ import annotations

from torch import Tensor

from gan_core import losses
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec
from gan_core.nets import Net
from gan_core.penalties import gradient_penalty


class WGANGP(GAN):
    """penalty: lambda"""

    score = "critic"

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec, *, penalty: float = 10.0):
        super().__init__(generator, discriminator, latent_spec)
        self.penalty = penalty

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        fake = fake.detach()
        on_real, on_fake = self.judge_both(real, fake)
        return Loss(
            parts={
                "adversarial": losses.critic_wasserstein(on_real, on_fake),
                "penalty": self.penalty * gradient_penalty(self.judge, real, fake),
            },
            watch=self.mean_scores(on_real, on_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        return Loss({"adversarial": losses.generator_critic(self.judge(fake))})


def build(config: RunConfig, data: ImageData) -> WGANGP:
    return WGANGP(
        backbones.generator(config),
        backbones.discriminator(config, norm=False),
        LatentSpec.of(config.latent_size, config.noise),
        penalty=config.penalty,
    )


register(
    Family(
        name="wgan_gp",
        title="WGAN-GP",
        summary="A Wasserstein critic kept honest by a penalty on its slope instead of clipped weights: steady "
        "training, at about twice the price per step.",
        paper="Gulrajani et al. 2017, Improved Training of Wasserstein GANs, arXiv:1704.00028",
        options=frozenset({"backbone", "width", "penalty"}),
        defaults={"lr_g": 1e-4, "lr_d": 1e-4, "beta1": 0.0, "beta2": 0.9, "n_critic": 5},
        build=build,
        game=WGANGP,
    )
)
