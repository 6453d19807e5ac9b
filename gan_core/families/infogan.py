"""InfoGAN (Chen et al. 2016, "InfoGAN: Interpretable Representation Learning by Information Maximizing GANs").

The latent vector is noise z and a code c, and the image must tell what c was. A second head Q on D's trunk guesses it;
how well it can bounds the information between code and image from below:

    I(c; G(z, c)) >= E[log Q(c | G(z, c))] + H(c)

That bound is maximised by Q and, through the image, by G. Without any label the categorical code then sorts the images
into kinds, and the continuous ones find what varies within them. Q gives logits for the category and, for each
continuous code, the mean of a Gaussian of variance 1. The networks are the paper's for MNIST.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import losses
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec, Section
from gan_core.nets import InfoDiscriminator, InfoGenerator, Net


class InfoGAN(GAN):
    """info_weight: lambda, of the information term"""

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec, *, info_weight: float = 1.0):
        super().__init__(generator, discriminator, latent_spec)
        self.info_weight = info_weight
        self.sizes = [latent_spec.section("category").size, latent_spec.section("code").size]

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real = self.judge(real)
        on_fake, guess = self.discriminator.logits_and_aux(fake.detach())
        return Loss(
            parts={"adversarial": losses.discriminator_bce(on_real, on_fake)} | self.information(guess, latent),
            watch=self.mean_scores(on_real, on_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        on_fake, guess = self.discriminator.logits_and_aux(fake)
        return Loss({"adversarial": losses.generator_non_saturating(on_fake)} | self.information(guess, latent))

    def information(self, guess: Tensor, latent: Tensor) -> dict[str, Tensor]:
        """-log Q(c | image) of the category and of the continuous codes, given Q's output (N, categories + codes)."""
        logits, means = guess.split(self.sizes, dim=1)
        category, codes = latent[:, self.latent_spec.slice_of("category")], latent[:, self.latent_spec.slice_of("code")]
        return {
            "category": self.info_weight * losses.classification(logits, category),
            "code": self.info_weight * losses.code_likelihood(means, codes),
        }

    @torch.no_grad()
    def read_codes(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What Q reads from images: probabilities of the categories (N, K) and the continuous codes (N, M)."""
        logits, means = self.discriminator.logits_and_aux(images)[1].split(self.sizes, dim=1)
        return logits.softmax(dim=1), means


def build(config: RunConfig, data: ImageData) -> InfoGAN:
    latent_spec = LatentSpec(
        (
            Section("noise", config.latent_size, config.noise),
            Section("category", config.categories, "one_hot", tuple(map(str, range(config.categories)))),
            Section("code", config.codes, "uniform"),
        )
    )
    shape = {"image_size": config.image_size, "channels": config.channels, "base_channels": config.width}
    return InfoGAN(
        InfoGenerator(latent_size=latent_spec.size, **shape),
        InfoDiscriminator(aux_dim=config.categories + config.codes, **shape),
        latent_spec,
        info_weight=config.info_weight,
    )


register(
    Family(
        name="infogan",
        title="InfoGAN",
        summary="Finds the classes without labels: part of the latent vector must be readable from the picture, so one "
        "entry sorts the digits and others learn to slant or widen them.",
        paper="Chen et al. 2016, InfoGAN: Interpretable Representation Learning by Information Maximizing Generative "
        "Adversarial Nets, arXiv:1606.03657",
        options=frozenset({"width", "categories", "codes", "info_weight"}),
        defaults={"latent_size": 62, "lr_g": 1e-3},
        build=build,
        game=InfoGAN,
    )
)
