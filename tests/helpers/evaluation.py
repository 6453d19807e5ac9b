"""A dataset that a small classifier learns in a moment, and generators that learnt nothing."""

import torch

from gan_core.data import ImageData
from gan_core.families import get_family, new_config
from gan_core.models import Checkpoint


def bars(n: int = 2048) -> ImageData:
    """Two classes a child can tell apart: an upright bar and a lying one, anywhere, in some noise."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 60, (n, 1, 28, 28), dtype=torch.uint8, generator=generator)
    places = torch.randint(0, 24, (n,), generator=generator).tolist()
    for index, place in enumerate(places):
        if index % 2:
            images[index, 0, :, place : place + 4] = 255
        else:
            images[index, 0, place : place + 4, :] = 255
    return ImageData("bars", images, torch.arange(n) % 2, ("lying", "upright"))


def checkpoint(family: str, data: ImageData) -> Checkpoint:
    """An untrained generator."""
    torch.manual_seed(0)
    options = {"mlp_size": "small"} if family == "vanilla" else {}
    gan = get_family(family).build(new_config(family, latent_size=8, **options), data)
    return Checkpoint("untrained", family, gan.generator, gan.discriminator, gan.latent_spec)
