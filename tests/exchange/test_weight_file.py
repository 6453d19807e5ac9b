"""Files from strangers: nothing in them is run, and each bad one gets one clear line."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import pickle
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gan_core.errors import CheckpointError
from gan_core.exchange import weight_file
from gan_core.exchange.state_dicts import name_hint, state_dicts
from gan_core.exchange.third_party import import_generator, inspect_generator
from gan_core.exchange.weight_file import open_weights


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
        inspect_generator(path)
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
    expected = "it is a picture" if kind == "picture" else "is not a weight file of PyTorch"
    assert expected in refusal(path)  # whatever its name


def zip_of(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def tar_of(name: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return file.getvalue()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 3002840\n"
SOMETHING_ELSE = {
    "LFS pointer": (POINTER, "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    "web page": (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "a web page, not the weights"),
    "web page, capitals": (b"\xef\xbb\xbf<HTML>", "a web page, not the weights"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "an HDF5 file, as Keras and TensorFlow write"),
    "NumPy array": (b"\x93NUMPY\x01\x00v\x00", "a NumPy array"),
    "NumPy arrays": (zip_of("a.npy", "b.npy"), "an archive of NumPy arrays"),
    "Keras zip": (zip_of("config.json", "model.weights.h5"), "a model of Keras or TensorFlow"),
    "zip of weights": (zip_of("netG.pth", "netD.pth"), "a zip archive of other files; unpack it"),
    "tar": (tar_of("netG.pth"), "a tar archive; unpack it"),
    "gzip": (gzip.compress(b"weights"), "compressed with gzip"),
    "ONNX": (b"\x08\x08\x12\x07pytorch\x1a\x032.1:", "an ONNX model"),
    "PDF": (b"%PDF-1.7", "a PDF document"),
}


@pytest.mark.parametrize("kind", SOMETHING_ELSE)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ""])
def test_something_else_is_named_with_the_way_out(kind: str, suffix: str, tmp_path: Path):
    content, said = SOMETHING_ELSE[kind]
    path = tmp_path / f"g{suffix}"
    path.write_bytes(content)
    assert refusal(path).startswith(f"g{suffix} holds no weights: it is {said}")


@pytest.mark.parametrize("name", ["G.ckpt", "g.bin", "checkpoint.tar", "netG", "g.safetensors"])
@pytest.mark.parametrize("write", ["zip", "legacy", "safetensors"])
def test_what_a_file_is_its_content_says(name: str, write: str, tmp_path: Path):
    path, state = tmp_path / name, Net().state_dict()
    if write == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=write == "zip")
    assert import_generator(path).latent_spec.size == 6


def test_no_bytes_end_in_a_traceback(tmp_path: Path):
    """Real files with bytes changed, and noise behind the beginnings that are known."""
    rng = random.Random(0)
    path = tmp_path / "g.pth"
    seeds: list[bytes] = [b"", b"PK\x03\x04", b"\x80\x02", bytes([16, 0, 0, 0, 0, 0, 0, 0]) + b'{"a":', POINTER]
    for zipped in (True, False):
        torch.save({"netG": Net().state_dict(), "epoch": 3}, path, _use_new_zipfile_serialization=zipped)
        seeds += [path.read_bytes()] * 4
    save_file(Net().state_dict(), path)
    seeds += [path.read_bytes()] * 4
    for _ in range(250):
        content = bytearray(rng.choice(seeds) + rng.randbytes(rng.choice([0, 1, 40])))
        for _ in range(min(rng.choice([1, 3, 30]), len(content))):
            # The first kilobyte holds what is read; the numbers behind it may be anything.
            content[rng.randrange(min(len(content), 1200))] = rng.randrange(256)
        path.write_bytes(content)
        with contextlib.suppress(CheckpointError):
            import_generator(path)


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
        file.truncate(weight_file.MAX_BYTES + 1)
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
    assert import_generator(tmp_path / "g.pth").latent_spec.size == 6
    assert len(state_dicts(open_weights(tmp_path / "g.pth"))) == 1


def test_hints_in_names():
    assert (
        name_hint("netG") == name_hint("g_model_state_dict") == name_hint("generator") == name_hint("modelG_dict") == 2
    )
    assert name_hint("G_ema") == 3
    assert name_hint("netD") == name_hint("discriminator") == name_hint("D_state_dict") == -3
    assert name_hint("module") == name_hint("gradient") == name_hint("layers") == name_hint("dense") == 0
