"""Small trainers for tests."""

import numpy as np
import torch

from gan_core.families import FAMILIES, new_config
from gan_core.training import Trainer
from tests.helpers.data import make_data, small


def trainer(family="vanilla", data=None, **overrides) -> Trainer:
    options = {**small(family), "latent_size": 6, "batch_size": 16, "steps": 50, "device": "cpu", **overrides}
    return Trainer(new_config(family, **options), data or make_data())


def values(t: Trainer) -> np.ndarray:
    return t.flush().values


def stuck(t, before):
    """Names of the weights that are what they were, but for the one that nothing can move.

    A critic's loss is a difference of scores (or, in the hinge's middle, behaves like one): a constant cancels.
    """
    free = set()
    if FAMILIES[t.config.family].d_output == "critic":
        free = {f"discriminator.{[name for name, _ in t.gan.discriminator.named_parameters() if 'bias' in name][-1]}"}
    return [name for name, p in t.gan.named_parameters() if torch.equal(p, before[name]) and name not in free]
