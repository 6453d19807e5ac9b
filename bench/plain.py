"""The loop of the tutorials, to measure against.

A DataLoader decodes images through PIL and transforms, losses are read with `.item()` at every step, the optimiser is
Adam as it comes. Networks, batch size, learning rates and losses are the workshop's own, so that only the loop differs.
"""

from __future__ import annotations

import time

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import get_family


class PilImages(Dataset):
    """Decodes and transforms one image at a time, as torchvision's datasets do."""

    def __init__(self, data: ImageData):
        self.arrays = data.images.permute(0, 2, 3, 1).squeeze(-1).numpy()
        self.labels = data.labels
        middle = [0.5] * data.channels
        self.transform = transforms.Compose(
            [transforms.Resize(data.image_size), transforms.ToTensor(), transforms.Normalize(middle, middle)]
        )

    def __len__(self):
        return len(self.arrays)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.arrays[index])), int(self.labels[index])


class PlainLoop:
    """`run(seconds)` trains for about that long and returns images a second."""

    def __init__(self, config: RunConfig, data: ImageData):
        torch.manual_seed(config.seed)
        self.config = config
        self.gan = get_family(config.family).build(config, data)
        betas = (config.beta1, config.beta2)
        self.optimizer_g = torch.optim.Adam(self.gan.generator.parameters(), lr=config.lr_g, betas=betas)
        self.optimizer_d = torch.optim.Adam(self.gan.discriminator.parameters(), lr=config.lr_d, betas=betas)
        self.loader = DataLoader(PilImages(data), batch_size=config.batch_size, shuffle=True, drop_last=True)
        self.batches = iter(self.loader)

    def run(self, seconds: float) -> float:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            self.step()
            steps += 1
        return steps * self.config.batch_size / (time.perf_counter() - start)

    def step(self) -> tuple[float, float]:
        criterion = nn.BCEWithLogitsLoss()
        try:
            real, _ = next(self.batches)
        except StopIteration:
            self.batches = iter(self.loader)
            real, _ = next(self.batches)
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))

        fake = self.gan.generator(torch.randn(len(real), self.config.latent_size))
        self.optimizer_d.zero_grad()
        d_loss = criterion(self.gan.discriminator(real), ones) + criterion(self.gan.discriminator(fake.detach()), zeros)
        d_loss.backward()
        self.optimizer_d.step()

        self.optimizer_g.zero_grad()
        g_loss = criterion(self.gan.discriminator(fake), ones)
        g_loss.backward()
        self.optimizer_g.step()
        return d_loss.item(), g_loss.item()
