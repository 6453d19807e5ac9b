"""Checkpoints with the smallest networks."""

import torch

from gan_core.latent_spec import LatentSpec
from gan_core.models import Checkpoint
from gan_core.nets import MLPDiscriminator, MLPGenerator

NOISE = 6
CLASSES = ("cat", "dog", "owl")
DEAD_ENTRY = 4


def tiny_checkpoint(class_names: tuple[str, ...] = (), *, discriminator: bool = True) -> Checkpoint:
    """Untrained, but with weights large enough that every entry except `DEAD_ENTRY` shows."""
    shape = {"image_size": 28, "num_classes": len(class_names)}
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        generator = MLPGenerator(latent_size=NOISE, hidden=[16, 32], norm=[False, True], **shape)
        for parameter in generator.parameters():
            parameter.mul_(4)
        generator.layers[0].weight[:, DEAD_ENTRY] = 0
        judge = MLPDiscriminator(hidden=[16], **shape) if discriminator else None
    return Checkpoint(
        name="tiny",
        family="cgan" if class_names else "vanilla",
        generator=generator,
        discriminator=judge,
        latent_spec=LatentSpec.of(NOISE, "normal", class_names),
    )
