"""Small games of every family, and a batch to play them with."""

import torch

from gan_core.data import ImageData
from gan_core.families import GAN, Batch, get_family, new_config
from tests.helpers.data import small


def build(name: str, data: ImageData, **overrides) -> GAN:
    """A freshly initialised GAN of a family, always with the same weights."""
    config = new_config(name, **{**small(name), "latent_size": 6, **overrides})
    torch.manual_seed(0)
    return get_family(name).build(config, data)


def batch(gan: GAN, data: ImageData, n: int = 8) -> Batch:
    """Real images of noise, their labels, and fakes of the same classes."""
    torch.manual_seed(1)
    real = torch.rand(n, data.channels, data.image_size, data.image_size) * 2 - 1
    labels = data.labels[:n]
    z = gan.latent_spec.sample(n, labels=labels)
    return Batch(real, labels, z, gan.generate(z, real))
