"""What D wants: how the pixels of fakes would have to change for G's loss to fall, and where that leads.

The gradient of G's loss with respect to the pixels is all that G ever learns from D. Followed in the space of images,
without G, it shows what D takes for an improvement: strokes at first, and after some steps patterns that only D likes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.families import GAN, Batch
from gan_core.models.checkpoint import Checkpoint

STEP = 0.03  # root mean square change of a pixel in one step, of -1 .. 1
MAX_WISH_STEPS = 20


@dataclass(frozen=True)
class Wishes:
    """Fakes that follow what D wants.

    Attributes:
        images: At each step, float32 (steps + 1, N, C, S, S) in -1 .. 1; the first are G's own.
        changes: Minus the gradient of G's loss of each image, of the same shape: above 0 where D wants more light.
        scores: `GAN.realism_score` of each, (steps + 1, N).
    """

    images: Tensor
    changes: Tensor
    scores: Tensor


def follow_wishes(checkpoint: Checkpoint, z: Tensor, steps: int = MAX_WISH_STEPS) -> Wishes:
    """Move the pixels of fakes along what D wants, each step of each image by `STEP`.

    The loss is that of the family with the default weights of its parts, and D judges as in training.

    Args:
        checkpoint: With a discriminator.
        z: Latent vectors (N, size).
        steps: Number of steps.

    Raises:
        LatentError: The vectors do not fit, or there is no discriminator.
    """
    checkpoint.latent_spec.check(z)
    gan = checkpoint.gan
    if gan is None:
        raise LatentError("{name} has no discriminator, so nobody judges its images", name=checkpoint.name)
    classes = gan.latent_spec.class_weights(z)
    with torch.no_grad():
        images = gan.generator(z).float()
        fakes = gan.generate(z, images)
    batch = Batch(images, gan.latent_spec.chosen(z, "class"), z, fakes)
    path: list[tuple[Tensor, Tensor, Tensor]] = []
    for _step in range(steps + 1):
        change = _wanted_change(gan, batch, images)
        path.append((images, change, gan.realism_score(images, classes)))
        size = change.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(torch.finfo().tiny)
        images = (images + STEP * change / size).clamp(-1, 1)
    moved, changes, scores = zip(*path, strict=True)
    return Wishes(torch.stack(moved), torch.stack(changes), torch.stack(scores))


def _wanted_change(gan: GAN, batch: Batch, images: Tensor) -> Tensor:
    """Minus the gradient of G's loss with respect to each of the images, which take the place of the finest fakes."""
    pixels = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = gan.generator_loss(Batch(batch.real, batch.labels, batch.z, (*batch.fakes[:-1], pixels))).total
        (gradient,) = torch.autograd.grad(loss, pixels)
    return -gradient * len(images)  # the loss is a mean over the batch
