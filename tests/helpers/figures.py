"""Curves and effects that figures are drawn from."""

from dataclasses import dataclass

import numpy as np
import torch

from gan_core.latent import Effects


@dataclass
class Curve:
    steps: np.ndarray
    values: np.ndarray


def curve(*values: float) -> Curve:
    return Curve(np.arange(1, len(values) + 1), np.array(values, np.float32))


SERIES = {"d_loss": curve(1, 2, 3), "g_loss": curve(4, 5, 6), "d_real": curve(0.6, 0.7), "d_fake": curve(0.4, 0.3)}
EFFECTS = Effects(
    entries=(7, 8, 9),
    pixel_change=torch.tensor([0.1, 0.3, 0.0]),
    maps=torch.tensor([0.1, 0.3, 0.0])[:, None, None].expand(3, 2, 2),
    score_change=torch.tensor([0.5, 0.2, 0.0]),
)
