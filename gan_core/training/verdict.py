"""`Verdict`: what D thinks of the same real images and of the fakes of the same latent vectors, at a step of a run."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data.image_data import denormalize, normalize
from gan_core.nets.batch_norm import fresh_statistics
from gan_core.training.device import graph_capture_guard
from gan_core.training.trainer import Trainer

IMAGES = 64  # of each kind, as many as in a batch of training


@dataclass(frozen=True)
class Verdict:
    """Images with D's scores, see `GAN.score`.

    Attributes:
        reals: Real images, uint8 (N, C, H, W).
        real_scores: Float32 (N,).
        fakes: Generated images, uint8 (N, C, H, W), drawn by the last weights: the averaged ones do not play.
        fake_scores: Float32 (N,).
    """

    reals: Tensor
    real_scores: Tensor
    fakes: Tensor
    fake_scores: Tensor

    @classmethod
    def of(cls, trainer: Trainer) -> Verdict:
        """The verdict of a trainer's networks on images that its seed alone decides; the trainer stays as it is.

        BatchNorm normalizes each batch by itself, as in training, and dropout rests.
        """
        chosen = torch.Generator().manual_seed(trainer.config.seed)
        data, spec, device = trainer.data, trainer.gan.latent_spec, trainer.device
        picked = torch.randperm(len(data), generator=chosen)[:IMAGES].to(device)
        labels = None if data.labels is None else data.labels.index_select(0, picked)
        z = spec.sample(len(picked), labels=None if labels is None else labels.cpu(), generator=chosen).to(device)
        with graph_capture_guard(device), torch.no_grad(), trainer.precision.autocast():
            gan = copy.deepcopy(trainer.gan).eval()
            with fresh_statistics(gan.generator), fresh_statistics(gan.discriminator):
                reals = normalize(data.images.index_select(0, picked))
                fakes = gan.generator(z).float()
                real_scores = gan.score(reals, spec.one_hot(labels))
                fake_scores = gan.score(fakes, spec.class_weights(z))
        return cls(denormalize(reals).cpu(), real_scores.cpu(), denormalize(fakes).cpu(), fake_scores.cpu())
