"""Datasets and settings that cost a test nothing."""

from dataclasses import replace

import torch

from gan_core.data import ImageData
from gan_core.data.cache import CacheKey, cached
from gan_core.families import FAMILIES


def make_data(n: int = 256, *, image_size: int = 28, channels: int = 1, classes: int = 10, seed: int = 0) -> ImageData:
    """Labelled noise: enough for everything that does not ask what the pictures show. classes=0: no labels."""
    generator = torch.Generator().manual_seed(seed)
    shape = (n, channels, image_size, image_size)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    labels = torch.arange(n) % classes if classes else None
    return ImageData("noise", images, labels, tuple(str(k) for k in range(classes)))


def keep_few_strokes(n: int = 600) -> None:
    """Put noise into the cache of `GAN_HOME`, where another process finds it for `strokes` and need not draw 20,000."""
    few = replace(make_data(n), name="strokes")
    cached(CacheKey("strokes", few.image_size, few.channels), lambda: few, lambda what, done: None)


def small(family: str) -> dict[str, object]:
    """Settings that make a family's networks as small as they can be."""
    known = FAMILIES[family].options.model_fields
    return {"base_channels": 4} if "base_channels" in known else {"mlp_size": "small"} if "mlp_size" in known else {}


def class_counts(data: ImageData) -> dict[str, int]:
    """`{class name: number of images}`."""
    counts = torch.bincount(data.labels, minlength=len(data.class_names)).tolist()
    return dict(zip(data.class_names, counts, strict=True))
