"""Train a DCGAN and draw from it, with nothing in between: config, data, trainer, samples.

    python examples/minimal.py                                # a minute on one core; writes samples.png
    python examples/minimal.py --steps 2000 --out digits.png

`gan_core.train` does the same and also keeps a run: checkpoints, curves and pictures, so that it can be resumed and
explored. This is the part of it that learns.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from gan_core.data import denormalize, load_dataset
from gan_core.families import new_config
from gan_core.images import grid, save_png
from gan_core.training import Trainer


def main() -> None:
    """Train, print the losses on the way, and save a picture of 64 samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="dcgan")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("samples.png"))
    options = parser.parse_args()

    # All settings, checked. What is not given is what the family's paper uses.
    config = new_config(options.family, "strokes", steps=options.steps, seed=0, device="cpu", threads=1)
    torch.set_num_threads(config.threads)

    # 20,000 handwritten-looking digits, drawn by the project itself: uint8 (N, 1, 28, 28) with labels.
    data = load_dataset(config.dataset, image_size=config.image_size, channels=config.channels)

    # Networks, optimizers, batches on the device, and a moving average of the generator.
    trainer = Trainer(config, data)
    while not trainer.finished:
        trainer.train_steps(100)  # one step: n_critic updates of D, one of G
        rows = trainer.flush()  # the losses and other metrics of each step since the last flush
        last = ", ".join(f"{name} {value:.3f}" for name, value in zip(rows.names, rows.values[-1], strict=True))
        print(f"step {trainer.step}: {last}", flush=True)

    # Latent vectors z (64, latent_size) from the family's prior, and the averaged generator's images in -1..1.
    z = trainer.gan.latent_spec.sample(64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        images = denormalize(trainer.averaged_generator()(z))
    save_png(options.out, grid(images, columns=8))
    print(f"64 samples in {options.out}")


if __name__ == "__main__":
    main()
