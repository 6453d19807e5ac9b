"""The original GAN (Goodfellow et al. 2014, "Generative Adversarial Nets").

G turns noise into images; D estimates the probability that an image is real. They play

    min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

In practice G maximises log D(G(z)) instead ("non-saturating", section 3 of the paper): the same fixed point, but a
steep gradient early on, when D easily tells that the images are fake.
"""

from __future__ import annotations

from torch import Tensor

from gan_core import losses
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator, Net


class VanillaGAN(GAN):
    """The game above on any pair of networks; conditional when the latent has classes (Mirza & Osindero 2014).

    objective:       non_saturating or minimax, for the generator
    label_smoothing: see `losses.discriminator_bce`
    """

    def __init__(
        self,
        generator: Net,
        discriminator: Net,
        latent_spec: LatentSpec,
        *,
        objective: str = "non_saturating",
        label_smoothing: float = 0.0,
    ):
        super().__init__(generator, discriminator, latent_spec)
        self.generator_objective = {
            "non_saturating": losses.generator_non_saturating,
            "minimax": losses.generator_minimax,
        }[objective]
        self.label_smoothing = label_smoothing

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real, on_fake = self.judge_both(
            real, fake.detach(), self.latent_spec.one_hot(labels), self.latent_spec.class_weights(latent)
        )
        return Loss(
            parts={"adversarial": losses.discriminator_bce(on_real, on_fake, self.label_smoothing)},
            watch=self.mean_scores(on_real, on_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        on_fake = self.judge(fake, self.latent_spec.class_weights(latent))
        return Loss(parts={"adversarial": self.generator_objective(on_fake)})


def build(config: RunConfig, data: ImageData) -> VanillaGAN:
    """The networks of the tutorials: 128-256-512-1024 against 512-256, or one hidden layer of 128 each."""
    shape = {"image_size": config.image_size, "channels": config.channels}
    if config.size == "small":
        generator = MLPGenerator(latent_size=config.latent_size, hidden=[128], **shape)
        discriminator = MLPDiscriminator(hidden=[128], **shape)
    else:
        hidden = [128, 256, 512, 1024]
        norm = [False, True, True, True]
        generator = MLPGenerator(latent_size=config.latent_size, hidden=hidden, norm=norm, **shape)
        discriminator = MLPDiscriminator(hidden=[512, 256], **shape)
    return VanillaGAN(
        generator,
        discriminator,
        LatentSpec.of(config.latent_size, config.noise),
        objective=config.objective,
        label_smoothing=config.label_smoothing,
    )


register(
    Family(
        name="vanilla",
        title="Vanilla GAN",
        summary="The original: two fully connected networks, one that forges images from noise and one that tries to "
        "tell them from real ones. Quick to train, grainy pictures.",
        paper="Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661",
        options=frozenset({"size", "objective", "label_smoothing"}),
        build=build,
        game=VanillaGAN,
    )
)
