"""LAPGAN (Denton et al. 2015, "Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks").

Draw a tiny image, then enlarge it again and again, each time adding the detail that enlarging cannot give. Every level
is a GAN of its own, with its own noise and its own loss:

    coarsest    I_0 = G_0(z_0)
    level k     l = enlarge(I_(k-1)),   I_k = l + G_k(z_k, l)

In training a level works on the enlarged REAL image, so all levels learn side by side; in sampling it works on what the
level below has drawn. D_k sees an image with its l beside it and asks whether this is the detail that belongs there.
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
from gan_core.nets import PyramidDiscriminator, PyramidGenerator
from gan_core.nets.pyramid import pyramid, pyramid_sides


class LAPGAN(GAN):
    """Fakes are lists, one batch of images for each level, coarse to fine."""

    def forge(self, latent: Tensor, real: Tensor) -> list[Tensor]:
        return self.generator.levels(latent, pyramid(real))

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: list[Tensor], latent: Tensor) -> Loss:
        levels = pyramid(real)
        on_real = self._judge_levels(levels, levels)
        on_fake = self._judge_levels([level.detach() for level in fake], levels)
        return Loss(
            parts={
                f"level_{level.shape[-1]}": losses.discriminator_bce(of_real, of_fake)
                for level, of_real, of_fake in zip(levels, on_real, on_fake, strict=True)
            },
            watch=self.mean_scores(torch.cat(on_real), torch.cat(on_fake)),
        )

    def generator_loss(self, fake: list[Tensor], latent: Tensor, real: Tensor) -> Loss:
        on_fake = self._judge_levels(fake, pyramid(real))
        return Loss(
            {
                f"level_{level.shape[-1]}": losses.generator_non_saturating(of_fake)
                for level, of_fake in zip(fake, on_fake, strict=True)
            }
        )

    def _judge_levels(self, images: list[Tensor], below: list[Tensor]) -> list[Tensor]:
        return [logits.float() for logits in self.discriminator.level_logits(images, below)]

    @torch.no_grad()
    def levels(self, latent: Tensor) -> list[Tensor]:
        """The images (N, C, s, s) at every level of sampling, coarse to fine."""
        return [level.clamp(-1, 1) for level in self.generator.levels(latent)]


def build(config: RunConfig, data: ImageData) -> LAPGAN:
    shape = {"image_size": config.image_size, "channels": config.channels, "base_channels": config.width}
    finer = [
        Section("noise", config.detail_size, config.noise, level=side) for side in pyramid_sides(config.image_size)[1:]
    ]
    return LAPGAN(
        PyramidGenerator(latent_size=config.latent_size, level_noise_size=config.detail_size, **shape),
        PyramidDiscriminator(**shape),
        LatentSpec((Section("noise", config.latent_size, config.noise), *finer)),
    )


register(
    Family(
        name="lapgan",
        title="LAPGAN",
        summary="Draws a tiny picture first and sharpens it in steps: one small GAN for each doubling of the size, "
        "each adding the detail that enlarging cannot give.",
        paper="Denton et al. 2015, Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks, "
        "arXiv:1506.05751",
        options=frozenset({"width", "detail_size"}),
        build=build,
        game=LAPGAN,
    )
)
