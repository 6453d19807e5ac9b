"""Wasserstein GAN (Arjovsky et al. 2017, "Wasserstein GAN").

The discriminator becomes a critic: it no longer says how probable it is that an image is real, it gives any number,
and the difference of its means on real and fake images

    W = max_D  E[D(x)] - E[D(G(z))]      over 1-Lipschitz D

is the earth mover's distance between the two distributions (up to a factor). That distance falls smoothly even while
the two do not overlap, so the generator always has somewhere to go. The critic must be nearly optimal, hence five of
its updates to each of the generator, and Lipschitz, for which the paper clips every weight after each update: "a
clearly terrible way", in its own words. RMSprop, because momentum made the moving target unstable.
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
from gan_core.penalties import clip_weights


class WGAN(GAN):
    """clip: bound of the critic's weights"""

    score = "critic"

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec, *, clip: float = 0.01):
        super().__init__(generator, discriminator, latent_spec)
        self.clip = clip

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real, on_fake = self.judge_both(real, fake.detach())
        return Loss(
            {"adversarial": losses.critic_wasserstein(on_real, on_fake)}, watch=self.mean_scores(on_real, on_fake)
        )

    def constrain_discriminator(self) -> None:
        clip_weights(self.discriminator, self.clip)

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        return Loss({"adversarial": losses.generator_critic(self.judge(fake))})


def build(config: RunConfig, data: ImageData) -> WGAN:
    return WGAN(
        backbones.generator(config),
        backbones.discriminator(config),
        LatentSpec.of(config.latent_size, config.noise),
        clip=config.clip,
    )


register(
    Family(
        name="wgan",
        title="WGAN",
        summary="The discriminator becomes a critic that measures a distance instead of a probability: its loss falls "
        "as the pictures get better. Its weights are clipped to keep it honest.",
        paper="Arjovsky et al. 2017, Wasserstein GAN, arXiv:1701.07875",
        options=frozenset({"backbone", "width", "clip"}),
        defaults={"optimizer": "rmsprop", "lr_g": 5e-5, "lr_d": 5e-5, "beta2": 0.99, "n_critic": 5},
        build=build,
        game=WGAN,
    )
)
