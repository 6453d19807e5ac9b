"""Inversion: which latent vector draws a given image?

A generator only runs one way, so the vector is searched for: begin with the best of many random vectors, follow the
gradient of the difference between the images (Adam), and after each round go on with the better half (successive
halving). The search also pulls the noise towards lengths that it had in training: beyond them a generator can imitate
many images by accident. Class weights stay those of one class each; every class, or category, is tried.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_core.data.image_data import normalize
from gan_core.errors import LatentError
from gan_core.latent.vectors import with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import BATCH_SIZE, Checkpoint

NUM_CANDIDATES = 512  # random vectors that are looked at before the search begins
NUM_STARTS = 16  # of them that go on, about; every class has the same number
NUM_ROUNDS = 3
NUM_STEPS = 240  # of Adam, in all rounds together
LEARNING_RATE = 0.08
PRIOR_WEIGHT = 0.05  # of an unlikely length beside the difference of the images
SCALES = (1, 2, 4)  # coarser pictures tell where to go when fine strokes do not overlap yet


@dataclass(frozen=True)
class InversionState:
    """The best vector so far.

    Attributes:
        step: Steps done of `NUM_STEPS`.
        vector: Float32 (size,).
        image: What it draws, uint8 (C, H, W).
        distance: Mean squared difference from the target, of pixels in -1 .. 1; 0 is the same image.
        random: The median distance of random vectors, to compare with.
    """

    step: int
    vector: Tensor
    image: Tensor
    distance: float
    random: float

    @property
    def finished(self) -> bool:
        """Whether this is the last one."""
        return self.step >= NUM_STEPS


def invert(checkpoint: Checkpoint, image: Tensor, *, seed: int = 0, every: int = 4) -> Iterator[InversionState]:
    """Search the vector of `image`; the same seed gives the same states.

    Args:
        checkpoint: The generator.
        image: Uint8 (C, H, W).
        seed: Of the random vectors to begin with.
        every: Steps between two states.

    Yields:
        The best vector so far, at the beginning, every few steps, and at the end.

    Raises:
        LatentError: At the first state, for an image of another shape.
    """
    shape = (checkpoint.channels, checkpoint.image_size, checkpoint.image_size)
    if image.dtype != torch.uint8 or tuple(image.shape) != shape:
        raise LatentError("the picture is {found}; this generator draws {shape}", found=tuple(image.shape), shape=shape)
    target = normalize(image[None])
    z, typical = _starts(checkpoint, target, torch.Generator().manual_seed(seed))
    step = 0
    best = _best(checkpoint, z, target, step, typical)
    yield best
    for round_ in range(NUM_ROUNDS):
        z = z.clone().requires_grad_()
        optimizer = torch.optim.Adam([z], lr=LEARNING_RATE)
        for _ in range(NUM_STEPS // NUM_ROUNDS):
            _descend(checkpoint, z, target, optimizer)
            step += 1
            if step % every == 0 or step == NUM_STEPS:
                found = _best(checkpoint, z.detach(), target, step, typical)
                best = min(found, replace(best, step=step), key=lambda state: state.distance)
                yield best
        if round_ < NUM_ROUNDS - 1:
            z = _better_half(checkpoint, z.detach(), target)


def _starts(checkpoint: Checkpoint, target: Tensor, generator: torch.Generator) -> tuple[Tensor, float]:
    """Vectors to begin with, the same number of every class, and the median distance of all that were looked at."""
    spec = checkpoint.latent_spec
    classes = spec.choice
    if classes is None:
        pools = [spec.sample(NUM_CANDIDATES, generator=generator)]
    else:
        noise = spec.sample(max(4, NUM_CANDIDATES // classes.size), generator=generator)
        pools = [with_class(spec, noise, label) for label in range(classes.size)]
    each = max(1, NUM_STARTS // len(pools))
    chosen, distances = [], []
    for pool in pools:
        distance = _distances(checkpoint, pool, target)
        chosen.append(pool[distance.topk(min(each, len(pool)), largest=False).indices])
        distances.append(distance)
    return torch.cat(chosen), torch.cat(distances).median().item()


def _descend(checkpoint: Checkpoint, z: Tensor, target: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """One step of all candidates at once. They do not touch each other: the sum has each one's own gradient."""
    spec = checkpoint.latent_spec
    with torch.enable_grad():
        images = checkpoint.generator(z)
        loss = _difference(images, target).sum() + PRIOR_WEIGHT * _unlikeliness(spec, z).sum()
    (z.grad,) = torch.autograd.grad(loss, [z])
    z.grad[:, spec.entries("class", "category")] = 0
    optimizer.step()
    with torch.no_grad():
        for section, place in spec.layout:
            if section.distribution == "uniform":
                z[:, place].clamp_(-1, 1)  # all that training ever saw


def _difference(images: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of each image (N, C, H, W) from the target (1, C, H, W), averaged over scales, (N,)."""
    error = images - target
    return torch.stack([avg_pool2d(error, scale).square().mean((1, 2, 3)) for scale in SCALES]).mean(0)


def _unlikeliness(spec: LatentSpec, z: Tensor) -> Tensor:
    """How far the mean square of each vector's noise is from what training had, relatively and squared, (N,)."""
    noise = spec.entries("noise")
    return ((z[:, noise].square() / spec.variances[noise]).mean(1) - 1).square()


@torch.no_grad()
def _distances(checkpoint: Checkpoint, z: Tensor, target: Tensor) -> Tensor:
    errors = (checkpoint.generator(chunk) - target for chunk in torch.split(z, BATCH_SIZE))
    return torch.cat([error.square().mean((1, 2, 3)) for error in errors])


def _better_half(checkpoint: Checkpoint, z: Tensor, target: Tensor) -> Tensor:
    keep = -(-len(z) // 2)
    return z[_distances(checkpoint, z, target).topk(keep, largest=False).indices]


def _best(checkpoint: Checkpoint, z: Tensor, target: Tensor, step: int, random: float) -> InversionState:
    distances = _distances(checkpoint, z, target)
    vector = z[distances.argmin()].clone()
    return InversionState(step, vector, checkpoint.draw(vector[None])[0], distances.min().item(), random)


@dataclass
class Search:
    """An `invert` that goes on in slices, for a page; several threads may ask for one."""

    guesses: Iterator[InversionState]
    guess: InversionState
    lock: Lock = field(default_factory=Lock)  # a page may begin anew while its last run is in a slice

    def go_on(self, seconds: float) -> None:
        """Search for some seconds more."""
        deadline = time.monotonic() + seconds
        with self.lock:
            while not self.guess.finished and time.monotonic() < deadline:
                self.guess = next(self.guesses)
