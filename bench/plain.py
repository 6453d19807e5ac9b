"""The loop of the tutorials, to measure against.

A DataLoader decodes images through PIL and transforms, losses are read with `.item()` at every step, the optimiser is
torch's own as it comes. Networks, batch size, learning rates and losses are the workshop's, so that only the loop
differs. Vanilla and DCGAN are trained as PyTorch's DCGAN tutorial writes it down, with a BCE criterion and one pass of
D over real and one over fake images; all other games through their own losses.
"""

from __future__ import annotations

import time

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from gan_core.data import ImageData
from gan_core.families import Batch, RunConfig, get_family

TUTORIAL_FAMILIES = ("vanilla", "dcgan")


class PilImages(Dataset):
    """Decodes and transforms one image at a time, as torchvision's datasets do."""

    def __init__(self, data: ImageData):
        self.arrays = data.images.permute(0, 2, 3, 1).squeeze(-1).numpy()
        self.labels = torch.zeros(len(data), dtype=torch.int64) if data.labels is None else data.labels
        middle = [0.5] * data.channels
        self.transform = transforms.Compose(
            [transforms.Resize(data.image_size), transforms.ToTensor(), transforms.Normalize(middle, middle)]
        )

    def __len__(self):
        return len(self.arrays)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.arrays[index])), int(self.labels[index])


class PlainLoop:
    """Trains like a tutorial. `images` counts the real images seen."""

    def __init__(self, config: RunConfig, data: ImageData):
        torch.manual_seed(config.seed)
        self.config = config
        self.device = torch.device(config.device)
        self.gan = get_family(config.family).build(config, data).to(self.device)
        self.optimizer_g = plain_optimizer(config, self.gan.generator, config.lr_g)
        self.optimizer_d = plain_optimizer(config, self.gan.discriminator, config.lr_d)
        self.loader = DataLoader(PilImages(data), batch_size=config.batch_size, shuffle=True, drop_last=True)
        self.batches = iter(self.loader)
        self.images = 0
        self.step = self._step_of_the_tutorial if config.family in TUTORIAL_FAMILIES else self._step_of_the_game

    def run(self, seconds: float) -> float:
        """Train for about that long, at least one step; returns images a second."""
        before, start = self.images, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds or self.images == before:
            self.step()
        return (self.images - before) / elapsed

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        try:
            images, labels = next(self.batches)
        except StopIteration:
            self.batches = iter(self.loader)
            images, labels = next(self.batches)
        self.images += len(images)
        return images.to(self.device), labels.to(self.device)

    def _step_of_the_tutorial(self) -> tuple[float, float]:
        criterion = nn.BCEWithLogitsLoss()
        real, _ = self._next_batch()
        ones, zeros = torch.ones(len(real), device=self.device), torch.zeros(len(real), device=self.device)

        fake = self.gan.generator(self.gan.latent_spec.sample(len(real), device=self.device))
        self.optimizer_d.zero_grad()
        d_loss = criterion(self.gan.discriminator(real), ones) + criterion(self.gan.discriminator(fake.detach()), zeros)
        d_loss.backward()
        self.optimizer_d.step()

        self.optimizer_g.zero_grad()
        g_loss = criterion(self.gan.discriminator(fake), ones)
        g_loss.backward()
        self.optimizer_g.step()
        return d_loss.item(), g_loss.item()

    def _step_of_the_game(self) -> tuple[float, float]:
        gan = self.gan
        for _ in range(self.config.n_critic):
            real, labels = self._next_batch()
            z = gan.latent_spec.sample(len(real), labels=labels, device=self.device)
            batch = Batch(real, labels, z, gan.generate(z, real))
            self.optimizer_d.zero_grad()
            d_loss = gan.discriminator_loss(batch).total
            d_loss.backward()
            self.optimizer_d.step()
            gan.after_discriminator_step()

        self.optimizer_g.zero_grad()
        g_loss = gan.generator_loss(batch).total
        g_loss.backward()
        self.optimizer_g.step()
        return d_loss.item(), g_loss.item()


def plain_optimizer(config: RunConfig, network: nn.Module, lr: float) -> torch.optim.Optimizer:
    """The config's optimiser with torch's defaults for everything that only concerns speed."""
    weights = network.parameters()
    if config.optimizer == "adam":
        return torch.optim.Adam(weights, lr=lr, betas=(config.beta1, config.beta2))
    if config.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=lr, momentum=config.beta1, nesterov=config.beta1 > 0)
    return torch.optim.RMSprop(weights, lr=lr, alpha=config.beta2)
