"""Conditional GAN (Mirza & Osindero 2014, "Conditional Generative Adversarial Nets").

    min_G max_D  E[log D(x | y)] + E[log(1 - D(G(z | y) | y))]

The class y goes to both networks, as an embedding beside the noise and beside the pixels, so that one can ask for a 7.
D must therefore judge whether an image is a real *seven*, not only whether it is real.
"""

from __future__ import annotations

from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families.registry import Family, register
from gan_core.families.vanilla import VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator


def build(config: RunConfig, data: ImageData) -> VanillaGAN:
    shape = {"image_size": config.image_size, "channels": config.channels, "num_classes": data.num_classes}
    return VanillaGAN(
        MLPGenerator(latent_size=config.latent_size, hidden=[256, 512, 1024], **shape),
        MLPDiscriminator(hidden=[1024, 512, 256], dropout=0.4, **shape),
        LatentSpec.of(config.latent_size, config.noise, data.class_names),
        objective=config.objective,
        label_smoothing=config.label_smoothing,
    )


register(
    Family(
        name="cgan",
        title="Conditional GAN",
        summary="A vanilla GAN that is also told the class: both networks see the label, so you can ask for a 7.",
        paper="Mirza & Osindero 2014, Conditional Generative Adversarial Nets, arXiv:1411.1784",
        options=frozenset({"objective", "label_smoothing"}),
        conditional=True,
        build=build,
        game=VanillaGAN,
    )
)
