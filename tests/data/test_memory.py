"""Many images are held once: not twice while they are decoded, kept, read again, or trained on."""

import gc
import io
import random
import tracemalloc
import weakref
import zipfile
from collections.abc import Callable

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from gan_core.data import ImageData, decode_many, keep_upload, load_dataset
from gan_core.data.cache import CacheKey, cached
from gan_core.data.folder import load_folder
from gan_core.families import new_config
from gan_core.runs import RunStore, active_run
from gan_core.training import Trainer
from tests.helpers.runs import begin

COUNT, SIZE = 400, 32
ONE_COPY = COUNT * 3 * SIZE * SIZE
SPARE = 0.3  # of a copy, for everything else


def silent(what, fraction):
    pass


def allocated(work: Callable[[], object]) -> tuple[object, float, float]:
    """What `work` gives, the most memory of Python and NumPy at a time, and all that torch asked for, in copies.

    torch's memory is not seen by tracemalloc; its profiler counts what each operation keeps, and mapped files too.
    """
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        tracemalloc.start()
        try:
            result = work()
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    torch_bytes = sum(max(0, event.self_cpu_memory_usage) for event in profiler.events())
    return result, most / ONE_COPY, torch_bytes / ONE_COPY


@pytest.fixture
def pictures(tmp_path, picture, monkeypatch):
    """A zip of `COUNT` pictures of two classes. Few are decoded at a time, as it is with many thousands."""
    monkeypatch.setattr(decode_many, "BATCH", 1)
    path = tmp_path / "pictures.zip"
    files = {"red": picture((200, 0, 0), (SIZE, SIZE)), "green": picture((0, 200, 0), (SIZE, SIZE))}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            for index in range(COUNT // 2):
                archive.writestr(f"{name}/{index}.png", content)
    return path


def images(seed=0) -> ImageData:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (COUNT, 3, SIZE, SIZE), dtype=torch.uint8, generator=generator)
    return ImageData("sample", pixels, torch.arange(COUNT) % 2, ("a", "b"))


def test_the_measure_sees_second_copies():
    data = images()
    assert allocated(lambda: torch.cat([data.images[:200], data.images[200:]]))[2] > 1 - SPARE
    assert allocated(lambda: data.images.numpy().copy())[1] > 1 - SPARE
    assert allocated(lambda: data.images.numpy().tobytes())[1] > 1 - SPARE


def test_decoding_fills_one_array(pictures):
    load_folder(pictures, SIZE, 3, silent)  # what is imported on the way is not counted
    data, python, torch_ = allocated(lambda: load_folder(pictures, SIZE, 3, silent))
    assert data.images.nbytes == ONE_COPY
    assert torch_ < 1 + SPARE
    assert python < 0.5 + SPARE  # the list of files, and what is being decoded


def test_keeping_a_copy_for_next_time_needs_no_memory():
    """The new images are given back from the file, so that all runs share them: that is the one copy counted here."""
    key = CacheKey("sample", SIZE, 3, "/some/where", "v1")
    built = images()
    cached(CacheKey("other", SIZE, 3), images, silent)
    data, python, torch_ = allocated(lambda: cached(key, lambda: built, silent))
    assert torch.equal(data.images, built.images)
    assert data.images.data_ptr() != built.images.data_ptr()
    assert python < SPARE
    assert torch_ < 1 + SPARE


def test_reading_the_cache_makes_one_copy():
    key = CacheKey("sample", SIZE, 3, "/some/where", "v1")
    built = images()
    first = cached(key, lambda: built, silent)
    data, python, torch_ = allocated(lambda: cached(key, images, silent))
    assert torch.equal(data.images, first.images)
    assert python < SPARE
    assert torch_ < 1 + SPARE


def test_the_same_device_needs_no_copy():
    data = images()
    again = data.to("cpu")
    assert again.images.data_ptr() == data.images.data_ptr()
    assert again.labels.data_ptr() == data.labels.data_ptr()


def test_a_trainer_takes_the_images_as_they_are(pictures):
    data = load_dataset("folder", path=pictures, image_size=SIZE, channels=3)
    config = new_config("dcgan", "folder", data_path=str(pictures), image_size=SIZE, channels=3, base_channels=16)
    trainer = Trainer(config.replace(device="cpu"), data)
    assert trainer.data.images.data_ptr() == data.images.data_ptr()


def test_a_job_lets_go_of_what_it_loaded(pictures, monkeypatch):
    """On a GPU the trainer has a copy of its own there, and the one in main memory must not stay."""
    loaded = []

    def load(*arguments, **options):
        data = load_dataset(*arguments, **options)
        loaded.append(weakref.ref(data))
        return data

    monkeypatch.setattr(active_run, "load_dataset", load)
    config = new_config(
        "dcgan", "folder", data_path=str(pictures), image_size=SIZE, channels=3, base_channels=16, device="cpu"
    )
    store = RunStore()
    work = begin(store, store.create(config).id)
    try:
        gc.collect()
        assert loaded[0]() is None
    finally:
        work.close()


def test_an_upload_goes_to_disk_in_pieces():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("noise.png", random.Random(0).randbytes(20 * ONE_COPY))
    path, python, _torch = allocated(lambda: keep_upload(content))
    assert path.stat().st_size > 20 * ONE_COPY
    assert python < 1
