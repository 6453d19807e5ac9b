"""InfoGAN (Chen et al. 2016, "InfoGAN: Interpretable Representation Learning by Information Maximizing GANs").

The latent vector is noise z and a code c, and the image must tell what c was. A second head Q on D's trunk guesses it;
how well it can bounds the information between code and image from below:

    I(c; G(z, c)) >= E[log Q(c | G(z, c))] + H(c)

That bound is maximised by Q and, through the image, by G. Without any label the categorical code then sorts the images
into kinds, and the continuous ones find what varies within them. Q gives logits for the category and, for each
continuous code, the mean of a Gaussian of variance 1. The networks are the paper's for MNIST.

The bound is as tight with categories that cut across the kinds of the images, and which ones are found is chance. With
`invariance_weight` Q also sorts the real images, such that a picture and the same one slanted, turned and moved come to
one category (Ji et al. 2019, "Invariant Information Clustering"), so that categories settle on what such changes leave.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import losses
from gan_core.augment import warp
from gan_core.data import ImageData
from gan_core.families.backbones import image_shape
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, ExtraOutput, Loss
from gan_core.families.options import ConvOptions, option
from gan_core.families.registry import Family, Preset
from gan_core.latent_spec import LatentSpec, Section
from gan_core.nets import InfoDiscriminator, InfoGenerator, Net


class InfoGANOptions(ConvOptions):
    """The codes and the weight of their information, beside those of convolutions."""

    num_categories: int = option(10, "Categories", "Values of the categorical code.", group="networks", ge=2, le=100)
    num_continuous_codes: int = option(2, "Codes", "Number of continuous codes.", group="networks", ge=1, le=16)
    info_weight: float = option(
        1.0,
        "Weight of the information",
        "Weight of the information between codes and images.",
        group="game",
        live=True,
        ge=0,
        le=100,
    )
    code_weight: float = option(
        1.0,
        "Weight of the codes",
        "Weight of the continuous codes within the information; the category has 1.",
        group="game",
        live=True,
        ge=0,
        le=100,
    )
    invariance_weight: float = option(
        0.0,
        "Weight of the invariance",
        "Weight of one category for a real picture and the same one slanted, turned and moved; 0 in the paper.",
        group="game",
        live=True,
        ge=0,
        le=100,
    )


class InfoGAN(GAN):
    """The losses above, with the weights of `options`."""

    discriminator: InfoDiscriminator
    options: InfoGANOptions = InfoGANOptions()

    def __init__(
        self,
        generator: Net,
        discriminator: InfoDiscriminator,
        latent_spec: LatentSpec,
        options: InfoGANOptions | None = None,
    ):
        """Put the networks together; the latent has a section "category" and a section "code"."""
        super().__init__(generator, discriminator, latent_spec, options)
        self.code_sizes = [latent_spec.section("category").size, latent_spec.section("code").size]

    def discriminator_loss(self, batch: Batch) -> Loss:
        """The minimax loss, the information that Q finds in the fakes, and the invariance of its categories."""
        real_logits, invariance = self._judge_real(batch.real)
        fake_logits, code_output = self.discriminator.logits_and_aux(batch.fake.detach())
        adversarial = losses.minimax_discriminator_loss(real_logits, fake_logits)
        return Loss(
            {"adversarial": adversarial} | self.mutual_information_loss(code_output, batch.z) | invariance,
            self.score_metrics(real_logits, fake_logits),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """The non-saturating loss, and the information."""
        fake_logits, code_output = self.discriminator.logits_and_aux(batch.fake)
        adversarial = losses.non_saturating_generator_loss(fake_logits)
        return Loss({"adversarial": adversarial} | self.mutual_information_loss(code_output, batch.z))

    def mutual_information_loss(self, code_output: Tensor, z: Tensor) -> dict[str, Tensor]:
        """-log Q(c | image), weighted, by kind of code: minus the bound of the mutual information, up to H(c).

        Args:
            code_output: Q's output, (N, categories + codes).
            z: The latent vectors of the images, (N, latent_spec.size).
        """
        logits, means = torch.split(code_output, self.code_sizes, dim=1)
        category, codes = z[:, self.latent_spec.slice_of("category")], z[:, self.latent_spec.slice_of("code")]
        weight = self.options.info_weight
        return {
            "category": weight * losses.classification_loss(logits, category),
            "code": weight * self.options.code_weight * losses.gaussian_code_nll(means, codes),
        }

    def _judge_real(self, real: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """D's logits of real images, and minus the information that Q's categories of them and of warped ones share."""
        weight, categories = self.options.invariance_weight, self.code_sizes[0]
        if not weight:
            return self.discriminate(real), {}
        logits, output = self.discriminator.logits_and_aux(real)
        _, of_warped = self.discriminator.logits_and_aux(warp(real))
        loss = losses.invariant_information_loss(output[:, :categories], of_warped[:, :categories])
        return logits, {"invariance": weight * loss}

    @torch.no_grad()
    def read_codes(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Q's reading of images: probabilities of the categories (N, K) and the continuous codes (N, M)."""
        logits, means = torch.split(self.discriminator.logits_and_aux(images)[1], self.code_sizes, dim=1)
        return logits.softmax(dim=1), means

    def extra_output(self, z: Tensor, images: Tensor) -> ExtraOutput:
        """What Q reads."""
        probabilities, codes = self.read_codes(images)
        return ExtraOutput(
            "What Q reads from the picture",
            "Q guesses the code from the picture alone. Where it is right, the picture tells what the code was.",
            probabilities=probabilities[0],
            codes=codes[0],
        )


def build(config: RunConfig, options: InfoGANOptions, data: ImageData) -> InfoGAN:
    """The paper's networks for MNIST."""
    categories, codes = options.num_categories, options.num_continuous_codes
    latent_spec = LatentSpec(
        (
            Section("noise", config.latent_size, config.noise),
            Section("category", categories, "one_hot", tuple(map(str, range(categories)))),
            Section("code", codes, "uniform"),
        )
    )
    shape = image_shape(config) | {"base_channels": options.base_channels}
    return InfoGAN(
        InfoGenerator(latent_size=latent_spec.size, **shape),
        InfoDiscriminator(aux_dim=categories + codes, **shape),
        latent_spec,
        options,
    )


FAMILY = Family(
    name="infogan",
    title="InfoGAN",
    tagline="finds classes without labels",
    summary="Finds the classes without labels: part of the latent vector must be readable from the picture, so one "
    "entry sorts the digits and others learn to slant or widen them.",
    paper="Chen et al. 2016, InfoGAN: Interpretable Representation Learning by Information Maximizing Generative "
    "Adversarial Nets, arXiv:1606.03657",
    healthy_loss="The adversarial parts settle and wobble as in any GAN. The one for the category should fall from "
    "2.3, pure guessing among ten, towards zero: then the picture tells which category was asked for.",
    unlike_paper="The paper's code draws uniform noise, trains in batches of 128 and gives the continuous codes a "
    "smaller weight; here noise and batches are those of the other families, so that they can be "
    "compared.",
    options=InfoGANOptions,
    gan_class=InfoGAN,
    build_gan=build,
    defaults={"latent_size": 62, "lr_g": 1e-3},
    loss_parts={"category": "category", "code": "codes", "invariance": "invariance"},
    presets={"infogan": Preset(1000, {"base_channels": 32, "code_weight": 0.2, "invariance_weight": 1.0})},
)
