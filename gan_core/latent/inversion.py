"""Inversion: which latent vector draws a given picture?

A generator only runs one way, so the vector is searched for: begin with the best of many random vectors, follow the
gradient of the difference between the pictures (Adam), and after each round go on with the better half (successive
halving). The search also pulls the noise towards lengths that it had in training: beyond them a generator can imitate
many pictures by accident. Class weights stay those of one class each; every class, or category, is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_core.data.image_data import normalise
from gan_core.errors import LatentError
from gan_core.latent.vectors import with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import BATCH_SIZE, Checkpoint

POOL = 512  # random vectors that are looked at before the search begins
STARTS = 16  # of them that go on, about; every class has the same number
ROUNDS = 3
STEPS = 240  # of Adam, in all rounds together
RATE = 0.08
PRIOR = 0.05  # weight of an unlikely length beside the difference of the pictures
SCALES = (1, 2, 4)  # coarser pictures tell where to go when fine strokes do not overlap yet


@dataclass(frozen=True)
class Guess:
    """The best vector so far.

    step:     steps done of `STEPS`
    vector:   float32 (size,)
    image:    what it draws, uint8 (C, H, W)
    distance: mean squared difference from the picture that is searched, of pixels in -1 .. 1; 0 is the same picture
    random:   the median distance of random vectors, to compare with
    """

    step: int
    vector: Tensor
    image: Tensor
    distance: float
    random: float

    @property
    def finished(self) -> bool:
        return self.step >= STEPS


def invert(checkpoint: Checkpoint, picture: Tensor, *, seed: int = 0, every: int = 4) -> Iterator[Guess]:
    """Search the vector of `picture`, uint8 (C, H, W), and tell the best so far every few steps, last at the end.

    The same seed gives the same guesses. Raises `LatentError` at the first guess for a picture of another shape.
    """
    shape = (checkpoint.channels, checkpoint.image_size, checkpoint.image_size)
    if picture.dtype != torch.uint8 or tuple(picture.shape) != shape:
        raise LatentError(f"the picture is {tuple(picture.shape)}; this generator draws {shape}")
    target = normalise(picture[None])
    vectors, typical = _starts(checkpoint, target, torch.Generator().manual_seed(seed))
    step = 0
    best = _best(checkpoint, vectors, target, step, typical)
    yield best
    for round_ in range(ROUNDS):
        vectors = vectors.clone().requires_grad_()
        optimizer = torch.optim.Adam([vectors], lr=RATE)
        for _ in range(STEPS // ROUNDS):
            _descend(checkpoint, vectors, target, optimizer)
            step += 1
            if step % every == 0 or step == STEPS:
                found = _best(checkpoint, vectors.detach(), target, step, typical)
                best = min(found, replace(best, step=step), key=lambda guess: guess.distance)
                yield best
        if round_ < ROUNDS - 1:
            vectors = _better_half(checkpoint, vectors.detach(), target)


def _starts(checkpoint: Checkpoint, target: Tensor, generator: torch.Generator) -> tuple[Tensor, float]:
    """Vectors to begin with, the same number of every class, and the median distance of all that were looked at."""
    spec = checkpoint.latent_spec
    classes = spec.choice
    if classes is None:
        pools = [spec.sample(POOL, generator=generator)]
    else:
        noise = spec.sample(max(4, POOL // classes.size), generator=generator)
        pools = [with_class(spec, noise, label) for label in range(classes.size)]
    each = max(1, STARTS // len(pools))
    chosen, distances = [], []
    for pool in pools:
        distance = _distances(checkpoint, pool, target)
        chosen.append(pool[distance.topk(min(each, len(pool)), largest=False).indices])
        distances.append(distance)
    return torch.cat(chosen), torch.cat(distances).median().item()


def _descend(checkpoint: Checkpoint, vectors: Tensor, target: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """One step of all candidates at once. They do not touch each other: the sum has each one's own gradient."""
    spec = checkpoint.latent_spec
    with torch.enable_grad():
        images = checkpoint.generator(vectors)
        loss = _difference(images, target).sum() + PRIOR * _unlikeliness(spec, vectors).sum()
        optimizer.zero_grad()
        loss.backward()
    vectors.grad[:, spec.entries("class", "category")] = 0
    optimizer.step()
    with torch.no_grad():
        for section, place in spec.layout:
            if section.distribution == "uniform":
                vectors[:, place].clamp_(-1, 1)  # all that training ever saw


def _difference(images: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of each image (N, C, H, W) from the target (1, C, H, W), averaged over scales, (N,)."""
    error = images - target
    return torch.stack([avg_pool2d(error, scale).square().mean((1, 2, 3)) for scale in SCALES]).mean(0)


def _unlikeliness(spec: LatentSpec, vectors: Tensor) -> Tensor:
    """How far the mean square of each vector's noise is from what training had, relatively and squared, (N,)."""
    noise = spec.entries("noise")
    return ((vectors[:, noise].square() / spec.variances[noise]).mean(1) - 1).square()


@torch.no_grad()
def _distances(checkpoint: Checkpoint, vectors: Tensor, target: Tensor) -> Tensor:
    errors = (checkpoint.generator(chunk) - target for chunk in vectors.split(BATCH_SIZE))
    return torch.cat([error.square().mean((1, 2, 3)) for error in errors])


def _better_half(checkpoint: Checkpoint, vectors: Tensor, target: Tensor) -> Tensor:
    keep = -(-len(vectors) // 2)
    return vectors[_distances(checkpoint, vectors, target).topk(keep, largest=False).indices]


def _best(checkpoint: Checkpoint, vectors: Tensor, target: Tensor, step: int, random: float) -> Guess:
    distances = _distances(checkpoint, vectors, target)
    vector = vectors[distances.argmin()].clone()
    return Guess(step, vector, checkpoint.draw(vector[None])[0], distances.min().item(), random)
