"""LAPGAN (Denton et al. 2015, "Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks").

Draw a tiny image, then enlarge it again and again, each time adding the detail that enlarging cannot give. Every level
is a GAN of its own, with its own noise and its own loss:

    coarsest    I_0 = G_0(z_0)
    level k     l = enlarge(I_(k-1)),   I_k = l + G_k(z_k, l)

A sum can leave -1 .. 1, and its 2x2 means are not I_(k-1) as those of real images are: two signs by which D_k knows a
fake without a look at what it shows. With `detail=balanced` I_k is bounded and has those means.

In training a level works on the enlarged REAL image, so all levels learn side by side; in sampling it works on what the
level below has drawn. D_k sees an image with its l beside it and asks whether this is the detail that belongs there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import losses
from gan_core.data import ImageData
from gan_core.errors import Message
from gan_core.families.backbones import image_shape
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, ExtraOutput, Loss
from gan_core.families.options import ConvOptions, option
from gan_core.families.registry import Family, Preset
from gan_core.latent_spec import LatentSpec, Section
from gan_core.nets import PyramidDiscriminator, PyramidGenerator
from gan_core.nets.pyramid import Detail, pyramid, pyramid_sides


class LAPGANOptions(ConvOptions):
    """The noise of the finer levels and how they add detail, beside those of convolutions."""

    # The default is what runs of earlier versions had, which do not say; `FAMILY.defaults` has that of new ones.
    detail: Detail = option(
        "added",
        "Detail",
        "Added to the enlarged picture as in the paper, or balanced: within black and white, and as bright as before "
        "in each block of 2x2 pixels.",
        group="networks",
        labels={"added": "added", "balanced": "balanced"},
    )

    level_noise_size: int = option(
        16, "Entries per level", "Noise entries of each level above the coarsest.", group="networks", ge=1, le=128
    )


class LAPGAN(GAN):
    """The losses above: its fakes have one scale for each level, coarse to fine."""

    generator: PyramidGenerator
    discriminator: PyramidDiscriminator

    def generate(self, z: Tensor, real: Tensor) -> tuple[Tensor, ...]:
        """The fakes of every level, each on the enlarged real image below it."""
        return tuple(self.generator.levels(z, pyramid(real)))

    def scales(self, images: Tensor) -> tuple[Tensor, ...]:
        """The levels of the pyramid of images (N, C, S, S), coarse to fine."""
        return tuple(pyramid(images))

    def discriminator_loss(self, batch: Batch) -> Loss:
        """The minimax loss of every level."""
        levels = pyramid(batch.real)
        real_logits = self._level_logits(levels, levels)
        fake_logits = self._level_logits([fake.detach() for fake in batch.fakes], levels)
        return Loss(
            {
                f"level_{level.shape[-1]}": losses.minimax_discriminator_loss(of_real, of_fake)
                for level, of_real, of_fake in zip(levels, real_logits, fake_logits, strict=True)
            },
            self.score_metrics(torch.cat(real_logits), torch.cat(fake_logits)),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """The non-saturating loss of every level."""
        fake_logits = self._level_logits(list(batch.fakes), pyramid(batch.real))
        return Loss(
            {
                f"level_{fake.shape[-1]}": losses.non_saturating_generator_loss(logits)
                for fake, logits in zip(batch.fakes, fake_logits, strict=True)
            }
        )

    def _level_logits(self, images: list[Tensor], below: list[Tensor]) -> list[Tensor]:
        return [logits.float() for logits in self.discriminator.level_logits(images, below)]

    @torch.no_grad()
    def levels(self, z: Tensor) -> list[Tensor]:
        """The images (N, C, s, s) at every level of sampling, coarse to fine."""
        return [level.clamp(-1, 1) for level in self.generator.levels(z)]

    def extra_output(self, z: Tensor, images: Tensor) -> ExtraOutput:
        """The image at every level."""
        return ExtraOutput(
            "Level by level",
            "The coarsest picture is drawn first; each level enlarges the one before and adds its own detail.",
            images=tuple((level[0], Message("{n} px", n=level.shape[-1])) for level in self.levels(z)),
        )


def build(config: RunConfig, options: LAPGANOptions, data: ImageData) -> LAPGAN:
    """A small network for each level. Where the paper's detail is added, the finer ones are the narrowest."""
    sides = pyramid_sides(config.image_size)
    size, width = options.level_noise_size, options.base_channels
    shape = image_shape(config) | {"base_channels": width}
    balanced = options.detail == "balanced"
    if balanced:
        shape["features"] = [4 * width] * (len(sides) - 1) + [2 * width]
    finer = [Section("noise", size, config.noise, level=side) for side in sides[1:]]
    return LAPGAN(
        PyramidGenerator(latent_size=config.latent_size, level_noise_size=size, detail=options.detail, **shape),
        PyramidDiscriminator(coarse_convolutions=3 if balanced else 2, **shape),
        LatentSpec((Section("noise", config.latent_size, config.noise), *finer)),
    )


FAMILY = Family(
    name="lapgan",
    title="LAPGAN",
    tagline="from coarse to fine",
    summary="Draws a tiny picture first and sharpens it in steps: one small GAN for each doubling of the size, "
    "each adding the detail that enlarging cannot give.",
    paper="Denton et al. 2015, Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks, "
    "arXiv:1506.05751",
    healthy_loss="Every level is a GAN of its own, so there is one part for each: all should settle and wobble. The "
    "finest levels add little detail and stay close to where nobody can tell, 1.39 for D and 0.69 for G.",
    options=LAPGANOptions,
    gan_class=LAPGAN,
    build_gan=build,
    defaults={"detail": "balanced"},
    loss_parts={"level_{n}": "level of {n} px"},
    presets={"lapgan": Preset(800, {"base_channels": 16})},
)
