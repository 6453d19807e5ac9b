import gzip
import hashlib
import io
import os
import pickle
import re
import shutil
import socket
import struct
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision import datasets

from gan_core.data import load_dataset
from gan_core.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = (np.arange(20) % 10).astype(np.uint8)


def idx_files() -> dict[str, bytes]:
    images = struct.pack(">IIII", 0x803, *IMAGES.shape) + IMAGES.tobytes()
    labels = struct.pack(">II", 0x801, len(LABELS)) + LABELS.tobytes()
    return {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte": images,
        "t10k-labels-idx1-ubyte": labels,
    }


def write_mnist(root: Path, name="MNIST"):
    folder = root / name / "raw"
    folder.mkdir(parents=True)
    for file, content in idx_files().items():
        (folder / file).write_bytes(content)
    return folder


FOLDERS = [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def site(tmp_path):
    """A local web server and the directory it serves."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.mark.parametrize(("name", "folder"), FOLDERS)
def test_raw_files_that_are_there(home, name, folder):
    write_mnist(home / "data", folder)
    data = load_dataset(name)
    assert np.array_equal(data.images[:, 0].numpy(), IMAGES)
    assert data.labels.tolist() == LABELS.tolist()
    assert len(data.class_names) == 10
    assert not list((home / "data").rglob("*.lock"))  # nothing is written where data may be shared and read-only


def test_32_pixels_are_padded_and_64_resized(home):
    write_mnist(home / "data")
    padded = load_dataset("mnist", image_size=32, channels=3)
    assert padded.images.shape == (20, 3, 32, 32)
    assert np.array_equal(padded.images[:, 1, 2:30, 2:30].numpy(), IMAGES)
    assert padded.images[:, :, :2].max() == 0
    assert "border" in padded.notes[0]
    large = load_dataset("mnist", image_size=64)
    assert large.images.shape == (20, 1, 64, 64)
    assert abs(large.images.float().mean() - IMAGES.mean()) < 2


def test_data_directory_from_the_environment(tmp_path, monkeypatch):
    write_mnist(tmp_path / "elsewhere")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "elsewhere"))
    assert len(load_dataset("mnist")) == 20


def test_download(home, site, monkeypatch):
    url, folder = site
    resources = []
    for name, content in idx_files().items():
        packed = gzip.compress(content)
        (folder / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(packed).hexdigest()))
    monkeypatch.setattr(datasets.MNIST, "mirrors", [url])
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    said = []
    data = load_dataset("mnist", progress=lambda what, fraction: said.append((what, fraction)))
    assert np.array_equal(data.images[:, 0].numpy(), IMAGES)
    assert said.count(("downloading", 1.0)) == 2  # not the files for tests, which are never read
    assert (home / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file()


NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", ["{}", "{}.gz", "raw/{}", "raw/{}.gz"])
@pytest.mark.parametrize("level", [None, 1, 9])
def test_only_the_training_files_are_needed(home, closed_port, monkeypatch, name, level):
    """Plain or packed again by whatever program, and whatever the ending says."""
    monkeypatch.setattr(datasets.MNIST, "mirrors", [closed_port])
    packed = {
        file: content if level is None else gzip.compress(content, level) for file, content in idx_files().items()
    }
    folder = home / "data" / "MNIST"
    (folder / "raw").mkdir(parents=True)
    for file in NAMES:
        (folder / name.format(file)).write_bytes(packed[file])
    data = load_dataset("mnist")
    assert np.array_equal(data.images[:, 0].numpy(), IMAGES)
    assert data.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(("dataset", "name"), FOLDERS)
@pytest.mark.parametrize("missing", NAMES)
def test_the_missing_file_is_named(home, closed_port, monkeypatch, dataset, name, missing):
    for kind in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        monkeypatch.setattr(kind, "mirrors", [closed_port])
    folder = write_mnist(
        home / "data", {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}[dataset]
    )
    (folder / missing).unlink()
    with pytest.raises(DataError) as caught:
        load_dataset(dataset)
    assert f"in {folder}: {missing} (or {missing}.gz) is missing; and it could not be" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (NAMES[0], b"", "its beginning is not that of an idx file"),
        (NAMES[0], b"<html>not found</html>", "its beginning is not that of an idx file"),
        (NAMES[0], b"\0\0\x0d\x01\0\0\0\x01" + bytes(4), "its beginning is not that of an idx file of bytes"),
        (NAMES[0], b"\0\0\x08\xff" + bytes(20), "its beginning is not that of an idx file"),
        (NAMES[0], b"\0\0\x08\x03" + b"\xff" * 12, "it holds 0 bytes where its beginning tells of"),
        (NAMES[0], idx_files()[NAMES[0]] + b"x", "it holds 15,681 bytes where its beginning tells of 15,680"),
        (NAMES[0], idx_files()[NAMES[1]], r"have the shape \(20,\)"),
        (NAMES[0], gzip.compress(idx_files()[NAMES[0]])[:-900], "ended before"),
        (NAMES[1], b"\0\0\x08\x01\0\0\0\x14" + bytes(range(20)), "labels are not 0 to 9"),
        (NAMES[1], b"\0\0\x08\x01\0\0\0\x02" + bytes(2), r"labels \(2,\)"),
    ],
)
def test_files_that_are_not_whole_are_named(home, closed_port, monkeypatch, name, content, reason):
    folder = write_mnist(home / "data")
    (folder / name).write_bytes(content)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [closed_port])
    with pytest.raises(DataError, match=reason) as caught:
        load_dataset("mnist")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_good_file_is_not_fetched_again(home, site, monkeypatch):
    """Only the one that is missing comes over the network."""
    url, served = site
    folder = write_mnist(home / "data")
    (folder / NAMES[1]).unlink()
    packed = gzip.compress(idx_files()[NAMES[1]])
    (served / f"{NAMES[1]}.gz").write_bytes(packed)
    resources = [(f"{NAMES[0]}.gz", "not there"), (f"{NAMES[1]}.gz", hashlib.md5(packed).hexdigest())]
    monkeypatch.setattr(datasets.MNIST, "mirrors", [url])
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    assert len(load_dataset("mnist")) == 20


def test_no_network(home, closed_port, monkeypatch):
    monkeypatch.setattr(datasets.MNIST, "mirrors", [closed_port])
    with pytest.raises(DataError, match=r"could not be downloaded.*dataset strokes") as caught:
        load_dataset("mnist")
    assert str(home / "data" / "MNIST" / "raw") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_named(home, closed_port, monkeypatch):
    folder = write_mnist(home / "data")
    (folder / "train-images-idx3-ubyte").write_bytes(b"\x00\x00\x08\x03half")
    monkeypatch.setattr(datasets.MNIST, "mirrors", [closed_port])
    with pytest.raises(DataError, match="delete damaged ones") as caught:
        load_dataset("mnist")
    assert str(folder) in str(caught.value)


def cifar_archive() -> tuple[bytes, dict[str, str]]:
    """A CIFAR-10 of five batches of four pictures, and the checksums of its files."""
    pixels = np.arange(4 * 3072, dtype=np.uint8).reshape(4, 3072)
    files = {f"data_batch_{i}": {"data": pixels, "labels": [i, 1, 2, 3]} for i in range(1, 6)}
    files["test_batch"] = files["data_batch_1"]
    files["batches.meta"] = {"label_names": ["airplane"]}
    out, sums = io.BytesIO(), {}
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            data = pickle.dumps(content)
            sums[name] = hashlib.md5(data).hexdigest()
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue(), sums


def test_cifar10(home, site, monkeypatch):
    url, folder = site
    packed, sums = cifar_archive()
    (folder / "cifar.tar.gz").write_bytes(packed)
    kind = datasets.CIFAR10
    monkeypatch.setattr(kind, "url", f"{url}cifar.tar.gz")
    monkeypatch.setattr(kind, "tgz_md5", hashlib.md5(packed).hexdigest())
    monkeypatch.setattr(kind, "train_list", [[name, sums[name]] for name, _ in kind.train_list])
    monkeypatch.setattr(kind, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": sums["batches.meta"]})
    data = load_dataset("cifar10")
    assert data.images.shape == (20, 3, 32, 32)
    assert torch.equal(data.images[0].flatten(), torch.arange(3072).to(torch.uint8))
    assert data.labels[:4].tolist() == [1, 1, 2, 3]
    assert data.class_names[0] == "airplane"
    assert load_dataset("cifar10", image_size=28, channels=1).images.shape == (20, 1, 28, 28)


@pytest.fixture
def published_cifar(monkeypatch, closed_port):
    """The small archive instead of the real one, and no network. Gives what is in it, by file."""
    packed, sums = cifar_archive()
    kind = datasets.CIFAR10
    monkeypatch.setattr(kind, "url", f"{closed_port}cifar.tar.gz")
    monkeypatch.setattr(kind, "train_list", [[name, sums[name]] for name, _ in kind.train_list])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {Path(member.name).name: archive.extractfile(member).read() for member in archive}


def test_cifar10_needs_the_five_batches_only(home, published_cifar):
    batches = {name: content for name, content in published_cifar.items() if name.startswith("data_batch_")}
    put(home / "data" / "cifar-10-batches-py", batches)
    assert load_dataset("cifar10").images.shape == (20, 3, 32, 32)


def test_cifar10_packed_again(home, published_cifar):
    (home / "data").mkdir(parents=True)
    with tarfile.open(home / "data" / "cifar-10-python.tar.gz", "w") as archive:  # a plain tar, in another folder
        for name, content in published_cifar.items():
            info = tarfile.TarInfo(f"elsewhere/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert load_dataset("cifar10").labels[:4].tolist() == [1, 1, 2, 3]


def test_cifar10_names_the_batch(home, published_cifar):
    folder = home / "data" / "cifar-10-batches-py"
    put(folder, published_cifar)
    (folder / "data_batch_3").unlink()
    with pytest.raises(DataError, match="cifar-10-batches-py: data_batch_3 is missing; and"):
        load_dataset("cifar10")


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("touched"),))


def test_other_pickles_are_not_opened(home, published_cifar, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    put(home / "data" / "cifar-10-batches-py", published_cifar | {"data_batch_2": pickle.dumps(Evil())})
    with pytest.raises(DataError, match="data_batch_2 is damaged"):
        load_dataset("cifar10")
    assert not (tmp_path / "touched").exists()


def write_celeba(folder: Path, picture, monkeypatch):
    """Four portraits, of which the first three are for training."""
    pictures = folder / "img_align_celeba"
    pictures.mkdir(parents=True)
    names = [f"{i:06}.jpg" for i in range(1, 5)]
    for i, name in enumerate(names):
        (pictures / name).write_bytes(picture((60 * i, 0, 0), size=(178, 218), format="JPEG", quality=95))
    tables = {
        "list_eval_partition.txt": "".join(f"{name} {int(i == 3)}\n" for i, name in enumerate(names)),
        "identity_CelebA.txt": "".join(f"{name} 1\n" for name in names),
    }
    for table in ("list_bbox_celeba.txt", "list_landmarks_align_celeba.txt", "list_attr_celeba.txt"):
        tables[table] = "4\na b\n" + "".join(f"{name} 1 -1\n" for name in names)
    for table, text in tables.items():
        (folder / table).write_text(text)
    sums = [("", hashlib.md5(text.encode()).hexdigest(), table) for table, text in tables.items()]
    monkeypatch.setattr(datasets.CelebA, "file_list", sums)
    return pictures


def test_celeba(home, picture, monkeypatch):
    pictures = write_celeba(home / "data" / "celeba", picture, monkeypatch)
    (pictures / "000002.jpg").unlink()
    data = load_dataset("celeba")
    assert data.images.shape == (2, 3, 64, 64)
    assert data.images[:, 0, 32, 32].tolist() == pytest.approx([0, 120], abs=3)
    assert data.labels is None
    assert data.notes == (
        "left out, gone before they were read: 1 (000002.jpg)",
        "used, though nearly of one colour: 2 (000001.jpg, 000003.jpg)",
    )


def test_celeba_without_pictures(home, picture, monkeypatch):
    pictures = write_celeba(home / "data" / "celeba", picture, monkeypatch)
    for file in pictures.iterdir():
        file.unlink()
    with pytest.raises(DataError, match="none of the 3 images"):
        load_dataset("celeba")


def test_celeba_needs_the_table_of_the_split_and_the_pictures_only(home, picture, monkeypatch):
    folder = home / "data" / "celeba"
    write_celeba(folder, picture, monkeypatch)
    for table in folder.glob("*.txt"):
        if table.name != "list_eval_partition.txt":
            table.unlink()
    assert len(load_dataset("celeba")) == 3


def test_celeba_in_its_zip(home, picture, monkeypatch):
    folder = home / "data" / "celeba"
    pictures = write_celeba(folder, picture, monkeypatch)
    (pictures / "000002.jpg").unlink()
    shutil.make_archive(str(pictures), "zip", folder, "img_align_celeba")
    shutil.rmtree(pictures)
    data = load_dataset("celeba")
    assert data.images[:, 0, 32, 32].tolist() == pytest.approx([0, 120], abs=3)
    assert data.notes[0] == "left out, gone before they were read: 1 (000002.jpg)"


@pytest.mark.parametrize("missing", ["list_eval_partition.txt", "img_align_celeba"])
def test_celeba_names_what_is_missing(home, picture, monkeypatch, missing):
    def refused(*args, **kwargs):
        raise RuntimeError("no network")

    folder = home / "data" / "celeba"
    write_celeba(folder, picture, monkeypatch)
    (folder / missing).rename(folder / "elsewhere")
    monkeypatch.setattr("torchvision.datasets.celeba.download_file_from_google_drive", refused)
    with pytest.raises(DataError, match=rf"in {re.escape(str(folder))}: {missing}.* is missing; and"):
        load_dataset("celeba")


def test_celeba_missing_is_one_clear_line(monkeypatch):
    def refused(*args, **kwargs):
        raise RuntimeError("To download files from GDrive,\n'gdown' is required.")

    monkeypatch.setattr("torchvision.datasets.celeba.download_file_from_google_drive", refused)
    with pytest.raises(DataError, match="'gdown' is required") as caught:
        load_dataset("celeba")
    assert "\n" not in str(caught.value)


REAL = Path(os.environ.get("GAN_DATA_DIR", "/nonexistent"))


@pytest.mark.skipif(not (REAL / "MNIST" / "raw").is_dir(), reason="no MNIST under GAN_DATA_DIR")
def test_real_mnist(monkeypatch):
    monkeypatch.setenv("GAN_DATA_DIR", str(REAL))
    data = load_dataset("mnist")
    assert data.images.shape == (60000, 1, 28, 28)
    assert data.labels[:5].tolist() == [5, 0, 4, 1, 9]
