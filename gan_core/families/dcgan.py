"""DCGAN (Radford et al. 2015, "Unsupervised Representation Learning with Deep Convolutional GANs").

The same game as the vanilla GAN on convolutional networks, with the paper's recipe for making it stable: strided
convolutions instead of pooling, BatchNorm in both networks, no hidden fully connected layers, ReLU in the generator
with tanh at the end, LeakyReLU in the discriminator, Adam with beta1 = 0.5.

The conditional form adds the class to both networks: beside the noise, and as one more channel of the image.

`upsample=nearest` is the DCGAN of the early Keras tutorials: dense layers, up-sampling and 5x5 convolutions, max
pooling, tanh throughout, trained by SGD with Nesterov momentum on uniform noise.
"""

from __future__ import annotations

from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.registry import Family, register
from gan_core.families.vanilla import VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import DCGANDiscriminator, DCGANGenerator, NearestGenerator, Net, PooledDiscriminator


def build(config: RunConfig, data: ImageData) -> VanillaGAN:
    """Without a condition: the labels of the data are not looked at."""
    if config.upsample == "nearest":
        shape = {"image_size": config.image_size, "channels": config.channels, "base_channels": config.width}
        nets = NearestGenerator(latent_size=config.latent_size, **shape), PooledDiscriminator(**shape)
    else:
        nets = backbones.generator(config), backbones.discriminator(config)
    return _game(config, *nets)


def build_conditional(config: RunConfig, data: ImageData) -> VanillaGAN:
    shape = backbones.conv_shape(config) | {"num_classes": data.num_classes}
    nets = DCGANGenerator(latent_size=config.latent_size, **shape), DCGANDiscriminator(**shape)
    return _game(config, *nets, class_names=data.class_names)


def _game(config: RunConfig, generator: Net, discriminator: Net, class_names: tuple[str, ...] = ()) -> VanillaGAN:
    return VanillaGAN(
        generator,
        discriminator,
        LatentSpec.of(config.latent_size, config.noise, class_names),
        objective=config.objective,
        label_smoothing=config.label_smoothing,
    )


register(
    Family(
        name="dcgan",
        title="DCGAN",
        summary="The vanilla game played by convolutional networks: slower per step, far sharper pictures.",
        paper="Radford et al. 2015, Unsupervised Representation Learning with Deep Convolutional Generative "
        "Adversarial Networks, arXiv:1511.06434",
        options=frozenset({"width", "upsample", "objective", "label_smoothing"}),
        variants={
            "upsample": {
                "nearest": {"noise": "uniform", "optimizer": "sgd", "lr_g": 5e-4, "lr_d": 5e-4, "beta1": 0.9},
            }
        },
        build=build,
        game=VanillaGAN,
    )
)

register(
    Family(
        name="cdcgan",
        title="Conditional DCGAN",
        summary="A DCGAN whose networks both see the class: sharp pictures, and you choose what they show.",
        paper="Radford et al. 2015, arXiv:1511.06434, with the condition of Mirza & Osindero 2014, arXiv:1411.1784",
        options=frozenset({"width", "objective", "label_smoothing"}),
        conditional=True,
        build=build_conditional,
        game=VanillaGAN,
    )
)
