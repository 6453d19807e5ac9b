"""Files from strangers: nothing in them is run, and each bad one gets one clear line."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from gan_core.exchange.foreign_file import name_hint, open_weights, state_dicts
from torch import nn

from gan_core.errors import CheckpointError
from gan_core.exchange import foreign_file
from gan_core.exchange.foreign import import_generator, read_weights


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 784))


class Touch:
    """Unpickling it would make a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def write_pickle(path: Path, content) -> None:
    path.write_bytes(pickle.dumps(content))


def write_legacy(path: Path, content) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("write", [write_pickle, lambda path, content: torch.save(content, path), write_legacy])
def test_code_in_a_file_is_refused_and_never_run(write, tmp_path: Path):
    trace = tmp_path / "trace"
    path = tmp_path / "evil.pth"
    write(path, {"generator": Net().state_dict(), "extra": Touch(trace)})
    message = refusal(path)
    assert message.startswith("evil.pth would run code when opened (it holds a whole Python object")
    assert message.endswith("ask for a file with the weights only: torch.save(model.state_dict(), ...)")
    assert not trace.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_module_is_refused_by_its_class(zipped: bool, tmp_path: Path):
    torch.save(Net(), tmp_path / "net.pt", _use_new_zipfile_serialization=zipped)
    assert "a whole Python object" in refusal(tmp_path / "net.pt")
    assert "Net)" in refusal(tmp_path / "net.pt")


def test_torchscript_is_refused(tmp_path: Path):
    path = tmp_path / "script.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("script/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("script/constants.pkl", pickle.dumps((), protocol=2))
    assert "would run code when opened (it holds a TorchScript program)" in refusal(path)


UNRELATED = {
    "text": b"hello, these are not weights\n" * 20,
    "picture": bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(100),
    "zeros": bytes(2000),
    "pickle of numbers": pickle.dumps({"a": 1.5}),
    "text like an opcode": b"check this\nand that\n",
    "half a zip": b"PK\x03\x04" + bytes(200),
}


@pytest.mark.parametrize("kind", UNRELATED)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_unrelated_files_are_refused(kind: str, suffix: str, tmp_path: Path):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(UNRELATED[kind])
    expected = "not a safetensors file" if suffix == ".safetensors" else "is not a weight file of PyTorch"
    assert expected in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_cut_short_anywhere_is_refused(zipped: bool, tmp_path: Path):
    torch.save(Net().state_dict(), tmp_path / "whole.pth", _use_new_zipfile_serialization=zipped)
    content = (tmp_path / "whole.pth").read_bytes()
    for kept in range(1, len(content), len(content) // 25):
        (tmp_path / "cut.pth").write_bytes(content[:kept])
        assert "cut.pth is not a weight file of PyTorch, or it is incomplete" in refusal(tmp_path / "cut.pth")


def test_missing_empty_and_oversized_files_are_refused_before_reading(tmp_path: Path):
    path = tmp_path / "g.pth"
    assert refusal(path) == "there is no file g.pth"
    path.touch()
    assert refusal(path) == "g.pth is empty; download it again"
    with path.open("wb") as file:
        file.truncate(foreign_file.MAX_BYTES + 1)
    assert refusal(path) == "g.pth has 1.0 GiB; weight files up to 1 GiB can be read"


def test_a_compressed_archive_is_refused(tmp_path: Path):
    torch.save(Net().state_dict(), tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as source,
        zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for member in source.namelist():
            packed.writestr(member, source.read(member))
    assert "compressed zip" in refusal(tmp_path / "packed.pth")


def test_tensors_larger_than_their_file_are_refused(tmp_path: Path):
    """A tensor with strides 0 claims any size for the price of one number."""
    torch.save({"0.weight": torch.ones(1, 1).expand(784, 1 << 40)}, tmp_path / "vast.pth")
    assert "claims to hold more weights than fit" in refusal(tmp_path / "vast.pth")


def test_a_legacy_file_that_lies_about_its_storage_is_refused(tmp_path: Path):
    write_legacy(tmp_path / "true.pth", {"0.weight": torch.ones(784, 3)})
    true = (tmp_path / "true.pth").read_bytes()
    size = (784 * 3).to_bytes(2, "little")
    assert true.count(b"M" + size) >= 1  # pickle's two-byte integer, the number of elements of the storage
    lie = true.replace(b"M" + size, b"J" + (1 << 30).to_bytes(4, "little"), 1)
    (tmp_path / "lie.pth").write_bytes(lie)
    assert refusal(tmp_path / "lie.pth").startswith("lie.pth ")


@pytest.mark.parametrize(
    "tensor",
    [torch.eye(4).to_sparse(), torch.ones(784, 3, device="meta"), torch.ones(784, 3, dtype=torch.complex64)],
    ids=["sparse", "meta", "complex"],
)
def test_tensors_that_are_no_plain_numbers_are_refused(tensor: torch.Tensor, tmp_path: Path):
    torch.save({"0.weight": tensor}, tmp_path / "g.pth")
    assert "sparse, quantised, complex or without data" in refusal(tmp_path / "g.pth")


def test_integer_weights_are_refused(tmp_path: Path):
    torch.save({"0.weight": torch.ones(784, 3, dtype=torch.int64)}, tmp_path / "g.pth")
    assert "not floating-point numbers" in refusal(tmp_path / "g.pth")


@pytest.mark.parametrize("content", [{}, [], {"epoch": 3}, torch.ones(3), {0: torch.ones(784, 3)}])
def test_files_without_named_tensors_are_refused(content, tmp_path: Path):
    torch.save(content, tmp_path / "g.pth")
    assert "holds no weights with names" in refusal(tmp_path / "g.pth")


def test_a_dictionary_that_holds_itself_ends(tmp_path: Path):
    content = {"netG": Net().state_dict()}
    content["self"] = content
    torch.save(content, tmp_path / "g.pth")
    assert import_generator(tmp_path / "g.pth").latent.size == 6
    assert len(state_dicts(open_weights(tmp_path / "g.pth"))) == 1


def test_hints_in_names():
    assert (
        name_hint("netG") == name_hint("g_model_state_dict") == name_hint("generator") == name_hint("modelG_dict") == 2
    )
    assert name_hint("G_ema") == 3
    assert name_hint("netD") == name_hint("discriminator") == name_hint("D_state_dict") == -3
    assert name_hint("module") == name_hint("gradient") == name_hint("layers") == name_hint("dense") == 0
