"""Exports, read back by the program they are meant for."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from gan_core.errors import CheckpointError, ConfigError
from gan_core.exchange.export import EXPORT_FORMATS, export_bytes, export_checkpoint
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file
from gan_core.nets import DCGANGenerator, MLPDiscriminator, MLPGenerator

CLASSES = ("cat", "dog", "ship")
NETS = {
    "vanilla": lambda: (MLPGenerator(latent_size=6, hidden=[8, 12], norm=[False, True], image_size=28), ()),
    "cgan": lambda: (MLPGenerator(latent_size=6, hidden=[8], image_size=28, num_classes=3), CLASSES),
    "dcgan": lambda: (DCGANGenerator(latent_size=6, features=[8, 4, 4], start=4, channels=3), ()),
    "cdcgan": lambda: (DCGANGenerator(latent_size=6, features=[8, 4], start=7, num_classes=3), CLASSES),
}


def make_checkpoint(family: str) -> Checkpoint:
    """An untrained model whose BatchNorm statistics are not the initial ones."""
    torch.manual_seed(0)
    generator, class_names = NETS[family]()
    spec = LatentSpec.of(6, "normal", class_names)
    generator(spec.sample(64, generator=torch.Generator().manual_seed(1)))
    discriminator = MLPDiscriminator(hidden=[4], image_size=28) if family == "vanilla" else None
    return Checkpoint("tiny", family, generator, discriminator, spec, {"title": "Tiny, 小", "steps": 3})


@pytest.fixture(params=NETS)
def checkpoint(request) -> Checkpoint:
    return make_checkpoint(request.param)


def test_onnx_draws_what_torch_draws_for_any_number_of_vectors(checkpoint):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    session = onnxruntime.InferenceSession(export_bytes(checkpoint, "onnx"), providers=["CPUExecutionProvider"])
    assert not checkpoint.generator.training
    for number in (1, 2, 5):
        latent = checkpoint.latent_spec.sample(number, generator=torch.Generator().manual_seed(2))
        (images,) = session.run(["images"], {"latent": latent.numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(images, checkpoint.generator(latent).numpy(), atol=1e-5)


def test_without_the_onnx_packages_one_line_says_what_to_install(monkeypatch):
    def unavailable(*_args, **_options):
        raise ImportError("No module named 'onnxscript'")

    monkeypatch.setattr(torch.onnx, "export", unavailable)
    with pytest.raises(CheckpointError, match="pip install onnx onnxscript"):
        export_bytes(make_checkpoint("vanilla"), "onnx")


def test_pth_holds_the_plain_weights_of_the_generator(checkpoint):
    weights = torch.load(io.BytesIO(export_bytes(checkpoint, "pth")), weights_only=True)
    expected = checkpoint.generator.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_safetensors_come_back_as_the_same_model(checkpoint, tmp_path):
    path = tmp_path / "back.safetensors"
    path.write_bytes(export_bytes(checkpoint, "safetensors"))
    back = load_checkpoint_file(path)
    latent = checkpoint.latent_spec.sample(4, generator=torch.Generator().manual_seed(2))
    assert torch.equal(back.draw(latent), checkpoint.draw(latent))
    assert (back.family, back.latent_spec, back.card) == (checkpoint.family, checkpoint.latent_spec, checkpoint.card)
    assert (back.discriminator is None) == (checkpoint.discriminator is None)


def test_half_precision_takes_half_the_room(tmp_path):
    checkpoint = make_checkpoint("vanilla")
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    export_checkpoint(checkpoint, "safetensors", whole)
    export_checkpoint(checkpoint, "safetensors", half, half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size


def test_zip_holds_everything_and_unpacks_to_a_model_that_can_be_read(checkpoint, tmp_path):
    with zipfile.ZipFile(io.BytesIO(export_bytes(checkpoint, "zip"))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {"tiny.safetensors", "tiny.json", "tiny.pth", "samples.png", "README.txt"}
    assert json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))["title"] == "Tiny, 小"
    assert "tiny.safetensors" in (tmp_path / "README.txt").read_text(encoding="utf-8")

    pictures = load_checkpoint_file(tmp_path / "tiny.safetensors").draw(
        checkpoint.latent_spec.sample(64, generator=torch.Generator().manual_seed(0))
    )
    sheet = np.asarray(Image.open(tmp_path / "samples.png"))
    side = 2 * checkpoint.image_size
    first = np.asarray(sheet[2 : 2 + side : 2, 2 : 2 + side : 2])
    expected = pictures[0, 0] if checkpoint.channels == 1 else pictures[0].permute(1, 2, 0)
    np.testing.assert_array_equal(first, expected.numpy())


def test_the_file_and_the_bytes_agree(tmp_path):
    checkpoint = make_checkpoint("vanilla")
    export_checkpoint(checkpoint, "safetensors", tmp_path / "model.safetensors")
    assert (tmp_path / "model.safetensors").read_bytes() == export_bytes(checkpoint, "safetensors")


def test_an_unknown_format_is_named(tmp_path):
    with pytest.raises(ConfigError, match=f"'gguf'; choose one of {', '.join(EXPORT_FORMATS)}"):
        export_checkpoint(make_checkpoint("vanilla"), "gguf", tmp_path / "model")


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_a_failed_export_keeps_the_file_that_was_there(tmp_path, monkeypatch, format_):
    pytest.importorskip("onnxscript")
    path = tmp_path / "model.bin"
    path.write_bytes(b"precious")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CheckpointError, match="No space left on device"):
        export_checkpoint(make_checkpoint("vanilla"), format_, path)
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["model.bin"]
