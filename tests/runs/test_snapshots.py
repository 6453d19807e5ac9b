import numpy as np
import pytest
import torch

from gan_core.errors import RunError
from gan_core.evaluation.copies import CopyFinder
from gan_core.latent_spec import LatentSpec
from gan_core.runs import StoredRun, recorder
from gan_core.runs.snapshots import MAX_SNAPSHOTS, Neighbors, decode, encode, fixed_latents
from tests.helpers.data import make_data
from tests.helpers.runs import begin, tiny


@pytest.mark.parametrize(("count", "columns", "channels"), [(64, 8, 1), (80, 10, 3), (5, 3, 1), (1, 8, 3)])
def test_a_sheet_is_lossless(count, columns, channels):
    images = make_data(80, channels=channels, image_size=32).images[:count]
    assert torch.equal(decode(encode(images, columns), count, columns), images)


def test_a_snapshot_comes_back(store):
    run = store.create(tiny())
    images = make_data(64).images
    store.add_snapshot(run.id, 10, images, 8)
    store.add_snapshot(run.id, 20, 255 - images, 8)
    assert store.snapshot_steps(run.id) == [10, 20]
    assert torch.equal(store.snapshot(run.id, 10).images, images)
    latest = store.snapshot(run.id)
    assert (latest.step, latest.columns) == (20, 8)
    assert torch.equal(latest.images, 255 - images)


def test_a_missing_snapshot_is_named(store):
    run = store.create(tiny())
    with pytest.raises(RunError, match=r"no snapshot$"):
        store.snapshot(run.id)
    with pytest.raises(RunError, match="of step 7"):
        store.snapshot(run.id, 7)


def test_many_snapshots_are_thinned_out_evenly(store):
    run = store.create(tiny())
    image = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    last = 3 * MAX_SNAPSHOTS
    for step in range(last + 1):
        store.add_snapshot(run.id, step, image, 1)
    kept = store.snapshot_steps(run.id)
    assert len(kept) == MAX_SNAPSHOTS
    assert (kept[0], kept[-1]) == (0, last)
    assert np.diff(kept).max() <= 4 * np.diff(kept).min()


def test_truncating_drops_later_snapshots(store):
    run = store.create(tiny())
    for step in (0, 10, 20):
        store.add_snapshot(run.id, step, make_data(4).images, 2)
    store.truncate(run.id, 10)
    assert store.snapshot_steps(run.id) == [0, 10]


def test_fixed_latents_depend_on_the_seed_alone():
    spec = LatentSpec.of(5, "normal")
    vectors, columns = fixed_latents(spec, seed=3)
    before = torch.get_rng_state()
    assert (vectors.shape, columns) == ((64, 5), 8)
    assert torch.equal(fixed_latents(spec, seed=3)[0], vectors)
    assert not torch.equal(fixed_latents(spec, seed=4)[0], vectors)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("classes", "shown", "groups"), [(2, 2, 4), (3, 3, 2), (5, 5, 1), (10, 10, 1), (12, 10, 1)])
def test_conditional_latents_have_a_class_per_column_and_a_noise_per_group(classes, shown, groups):
    spec = LatentSpec.of(5, "uniform", tuple(f"class {k}" for k in range(classes)))
    vectors, columns = fixed_latents(spec, seed=0)
    assert columns == shown * groups
    sheet = vectors.view(8 * groups, shown, spec.size)
    noise = sheet[..., spec.slice_of("noise")]
    assert torch.equal(noise, noise[:, :1].expand_as(noise))
    assert len(torch.unique(noise[:, 0], dim=0)) == 8 * groups
    assert (sheet[..., spec.slice_of("class")].argmax(-1) == torch.arange(shown)).all()
    assert (sheet[..., spec.slice_of("class")].sum(-1) == 1).all()


def test_a_small_set_is_recorded_with_its_nearest_images(store):
    """Of the two hundred images of the run, beside each of its 64 pictures."""
    run = store.create(tiny(steps=20))
    active = begin(store, run.id)
    active.train()
    active.complete()
    assert store.copy_rates(run.id).steps.tolist() == store.snapshot_steps(run.id) == [0, 10, 20]
    neighbors = store.neighbors(run.id, 20)
    found = CopyFinder(make_data(200).images).find(store.snapshot(run.id, 20).images)
    assert torch.equal(neighbors.images, make_data(200).images[found.nearest])
    assert neighbors.ratios.tolist() == pytest.approx(found.ratios.tolist(), abs=1e-4)
    assert StoredRun(store, run.id).copy_rates().values[-1] == found.rate
    store.truncate(run.id, 10)
    assert store.neighbors(run.id, 20) is None
    assert store.copy_rates(run.id).steps.tolist() == [0, 10]


def test_a_large_set_is_not_searched(store, monkeypatch):
    monkeypatch.setattr(recorder, "MAX_IMAGES", 199)
    run = store.create(tiny())
    begin(store, run.id).close()
    assert store.neighbors(run.id, 0) is None
    assert len(store.copy_rates(run.id).steps) == 0


def test_copies_are_counted(store):
    """Two of four lie three times nearer to one training image than to the next."""
    run = store.create(tiny())
    ratios = torch.tensor([0.1, 0.33, 0.34, 1.0], dtype=torch.float64)
    store.add_neighbors(run.id, Neighbors(5, make_data(4).images, ratios))
    assert store.copy_rates(run.id).values.tolist() == [0.5]
    assert store.neighbors(run.id, 5).copied.tolist() == [True, True, False, False]
