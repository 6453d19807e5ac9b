import multiprocessing
import threading
import time
from dataclasses import replace

import pytest
import torch
from safetensors import SafetensorError

from gan_core.data import cache
from gan_core.data.cache import CacheKey, cached
from gan_core.data.image_data import Attributes, ImageData
from gan_core.errors import Message

KEY = CacheKey("sample", 28, 1, "/some/where", "v1")


def silent(what, fraction):
    pass


def sample(labelled=True, value=7):
    images = torch.full((5, 1, 28, 28), value, dtype=torch.uint8)
    labels = torch.tensor([0, 1, 0, 1, 1]) if labelled else None
    return ImageData("sample", images, labels, ("a", "ü") if labelled else (), (Message("a note\udcff"),))


def must_not_build():
    raise AssertionError("was built although it is cached")


def same(left, right):
    assert torch.equal(left.images, right.images)
    assert (left.labels is None) == (right.labels is None)
    assert left.labels is None or torch.equal(left.labels, right.labels)
    assert (left.name, left.class_names, left.notes) == (right.name, right.class_names, right.notes)


@pytest.mark.parametrize("labelled", [True, False])
def test_built_once_then_read(home, labelled):
    same(cached(KEY, lambda: sample(labelled), silent), sample(labelled))
    same(cached(KEY, must_not_build, silent), sample(labelled))
    assert [path.suffix for path in sorted((home / "cache").iterdir())] == [".lock", ".safetensors"]


def test_attributes_are_kept(home):
    attributes = Attributes(("smile", "hat"), torch.tensor([[0.25, 1.0]]).repeat(5, 1))
    cached(KEY, lambda: replace(sample(), attributes=attributes), silent)
    read = cached(KEY, must_not_build, silent).attributes
    assert read.names == attributes.names
    assert torch.equal(read.values, attributes.values)


def test_new_fingerprint_replaces_the_old_file(home):
    cached(KEY, sample, silent)
    newer = replace(KEY, fingerprint="v2")
    same(cached(newer, lambda: sample(value=9), silent), sample(value=9))
    same(cached(newer, must_not_build, silent), sample(value=9))
    assert len(list((home / "cache").glob("*.safetensors"))) == 1


def test_other_requests_have_other_files():
    keys = [KEY, replace(KEY, name="other"), replace(KEY, image_size=32), replace(KEY, channels=3)]
    keys.append(replace(KEY, origin="/else/where"))
    assert len({key.file_name for key in keys}) == len(keys)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:5], lambda b: b"", lambda b: b"x" * 999])
def test_damaged_files_are_rebuilt(home, damage):
    cached(KEY, sample, silent)
    path = home / "cache" / KEY.file_name
    path.write_bytes(damage(path.read_bytes()))
    same(cached(KEY, sample, silent), sample())
    same(cached(KEY, must_not_build, silent), sample())


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("I/O error: No space left\non device")]
)
def test_a_full_disk_does_not_lose_the_data(home, monkeypatch, error):
    def full(tensors, path, metadata):
        path.write_bytes(b"the beginning")
        raise error

    monkeypatch.setattr(cache, "save_file", full)
    data = cached(KEY, sample, silent)
    assert torch.equal(data.images, sample().images)
    assert data.notes[0] == "a note\udcff"
    assert "not kept for next time" in data.notes[1]
    assert "No space left on device" in data.notes[1]
    assert [path.suffix for path in (home / "cache").iterdir()] == [".lock"]


def test_a_home_that_cannot_be_written(home):
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("a file where the folder should be")
    data = cached(KEY, sample, silent)
    assert torch.equal(data.images, sample().images)
    assert "not kept for next time" in data.notes[1]


def test_errors_of_the_builder_pass_and_release_the_lock():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cached(KEY, broken, silent)
    same(cached(KEY, sample, silent), sample())


def test_threads_build_once():
    builds, results, said = [], [], []

    def slow():
        builds.append(1)
        time.sleep(1.3)
        return sample()

    def load():
        results.append(cached(KEY, slow, lambda what, fraction: said.append(what)))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert len(results) == 4
    for result in results:
        same(result, sample())
    assert "waiting for another loader of the same data" in said


def _load_in_process(counter):
    def build():
        with open(counter, "a", encoding="utf-8") as file:
            file.write("built\n")
        time.sleep(0.3)
        return sample()

    same(cached(KEY, build, silent), sample())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="starting afresh takes too long")
def test_processes_build_once(tmp_path):
    context = multiprocessing.get_context("fork")
    counter = tmp_path / "builds"
    processes = [context.Process(target=_load_in_process, args=(counter,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert counter.read_text() == "built\n"
