"""Export of a model: as a checkpoint, as plain PyTorch weights, as ONNX, or as a zip with everything."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import torch

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError, ConfigError
from gan_core.files import atomic_path
from gan_core.images import grid, png_bytes
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.training.randomness import Randomness

EXPORT_FORMATS = ("safetensors", "pth", "onnx", "zip")

READ_ME = """{title}

{name}.safetensors  weights of both networks, with a description of how to build them
{name}.json         the model card
{name}.pth          the generator's weights alone, for torch.load(..., weights_only=True)
samples.png         sixty-four of its pictures

In Python, with GAN Workshop installed:

    from gan_core import load_checkpoint
    from gan_core.latent import sample

    model = load_checkpoint("{name}.safetensors")
    images = sample(model, 64, seed=0).images  # uint8 (64, C, H, W)
"""


def export_checkpoint(checkpoint: Checkpoint, format_: str, path: str | Path, *, half: bool = False) -> None:
    """Write a model to a file, whole or not at all.

    Args:
        checkpoint: The model.
        format_: One of `EXPORT_FORMATS`.
        path: The file.
        half: Whether weights in safetensors and zip files are float16.

    Raises:
        ConfigError: The format is unknown.
        CheckpointError: The file cannot be written.
    """
    path = as_path(path, "path")
    if format_ not in EXPORT_FORMATS:
        raise ConfigError(
            "format", "unknown format {format!r}; choose one of {known}", format=format_, known=list(EXPORT_FORMATS)
        )
    try:
        match format_:
            case "safetensors":
                save_checkpoint(checkpoint, path, half=half)
            case "pth":
                with atomic_path(path) as temporary:
                    torch.save(checkpoint.generator.state_dict(), temporary)
            case "onnx":
                with atomic_path(path) as temporary:
                    temporary.write_bytes(onnx_bytes(checkpoint))
            case "zip":
                with atomic_path(path) as temporary:
                    temporary.write_bytes(zip_bytes(checkpoint, half=half))
    except OSError as error:
        raise CheckpointError("could not write {path}: {error}", path=path, error=error) from None


def export_bytes(checkpoint: Checkpoint, format_: str, *, half: bool = False) -> bytes:
    """The file that `export_checkpoint` would write, for a download. Raises as it does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{format_}"
        export_checkpoint(checkpoint, format_, path, half=half)
        return path.read_bytes()


def zip_bytes(checkpoint: Checkpoint, *, half: bool = False) -> bytes:
    """Everything in one archive: checkpoint, card, plain weights, pictures and a note on how to use them."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / f"{checkpoint.name}.safetensors"
        save_checkpoint(checkpoint, weights, half=half)
        state = io.BytesIO()
        torch.save(checkpoint.generator.state_dict(), state)
        images = checkpoint.draw(checkpoint.latent_spec.sample(64, generator=torch.Generator().manual_seed(0)))
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
            files.write(weights, weights.name)
            files.write(weights.with_suffix(".json"), f"{checkpoint.name}.json")
            files.writestr(f"{checkpoint.name}.pth", state.getvalue())
            files.writestr("samples.png", png_bytes(grid(images, 8, scale=2)))
            files.writestr("README.txt", READ_ME.format(name=checkpoint.name, title=checkpoint.title))
        return archive.getvalue()


def onnx_bytes(checkpoint: Checkpoint) -> bytes:
    """The generator as an ONNX model: input `latent` float32 (N, size), output `images` float32 (N, C, H, W).

    Raises:
        CheckpointError: The packages `onnx` and `onnxscript` are not installed.
    """
    try:
        # torch sets the default generator on its way. A run that trains beside it waits, or it would draw from that.
        with Randomness(torch.device("cpu")).swap_in():
            program = torch.onnx.export(
                checkpoint.generator,
                (torch.zeros(2, checkpoint.latent_spec.size),),
                input_names=["latent"],
                output_names=["images"],
                dynamic_shapes=({0: torch.export.Dim("N")},),
                external_data=False,
                verbose=False,
            )
    except ImportError:
        raise CheckpointError("ONNX needs two more packages: pip install onnx onnxscript") from None
    assert program is not None, "only the older exporter returns nothing"
    content: bytes = program.model_proto.SerializeToString()
    return content
