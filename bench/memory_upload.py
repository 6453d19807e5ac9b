"""How much memory a big upload takes: the peaks of keeping, decoding and re-reading it, and of training on it.

    python -m bench memory_upload pictures.zip                     # 32 px, colour
    python -m bench memory_upload pictures.zip --image-size 64 --channels 1

Each line is measured in a fresh process with its own GAN_HOME: the highest resident memory less what the
process held before it began. "one copy" is the size of the images as they lie in memory.

upload   `keep_upload` of a file that is already in memory, as Streamlit hands it over
decode   `load_dataset` for the first time, from the zip
cache    `load_dataset` again, and a look at every pixel: until then the file is only mapped
trainer  `load_dataset` again, then a `Trainer` (DCGAN) on it, one step, and a look at every pixel
networks a `Trainer` on a few of the images and one step: what the trainer takes besides the images
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.memory import MB, peak

PHASES = ("upload", "decode", "cache", "trainer", "networks")
FEW = 256  # images


def measure(phase: str, path: Path, image_size: int, channels: int) -> tuple[float, float]:
    """The peak of one phase and the size of the images, in MB."""
    # Imported here, because a process inherits the peak of the one that starts it.
    from dataclasses import replace

    from gan_core.data import keep_upload, load_dataset
    from gan_core.families import new_config
    from gan_core.training import Trainer

    if phase == "upload":
        file = io.BytesIO(path.read_bytes())
        before = peak()
        keep_upload(file)
        return peak() - before, file.getbuffer().nbytes / MB
    before = peak()
    data = load_dataset("folder", path=path, image_size=image_size, channels=channels)
    if phase == "networks":
        data = replace(data, images=data.images[:FEW].clone(), labels=None, class_names=())
    if phase in ("trainer", "networks"):
        config = new_config("dcgan", "folder", data_path=str(path), image_size=image_size, channels=channels)
        Trainer(config, data).train_steps(1)
    data.images.amax()
    return peak() - before, data.images.nbytes / MB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("path", type=Path, help="a zip of images, or a directory (then nothing is uploaded)")
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--channels", type=int, default=3)
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)  # of the processes that measure


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    if options.phase:
        print("{:.1f} {:.1f}".format(*measure(options.phase, options.path, options.image_size, options.channels)))
        return
    with tempfile.TemporaryDirectory() as home:
        for phase in PHASES:
            if phase == "upload" and options.path.is_dir():
                continue
            command = [sys.executable, "-m", "bench", "memory_upload", str(options.path), "--phase", phase]
            command += [f"--image-size={options.image_size}", f"--channels={options.channels}"]
            out = subprocess.run(command, env={**os.environ, "GAN_HOME": home}, check=True, stdout=subprocess.PIPE)
            most, size = map(float, out.stdout.split())
            print(f"{phase:9}{most:8.1f} MB   one copy {size:8.1f} MB", flush=True)
