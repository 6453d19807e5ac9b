from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gan_core.errors import CheckpointError
from gan_core.models import delete_imported, imported, imported_folder, library, save_checkpoint, shipped
from gan_core.runs import active_run, load_checkpoint
from gan_core.runs import train as train_run
from gan_core.runs.store import RunStore
from tests.helpers.data import make_data
from tests.helpers.runs import tiny


@pytest.fixture
def trained(monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", lambda *args, **options: make_data(64))
    return train_run(tiny(steps=2))


@pytest.fixture
def checkpoint(trained):
    return load_checkpoint(trained.id)


@pytest.fixture
def shipped_folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(library, "SHIPPED", tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


def test_a_checkpoint_is_found_by_run_id(trained):
    checkpoint = load_checkpoint(trained.id)
    assert (checkpoint.name, checkpoint.family, checkpoint.card["steps"]) == (trained.id, "vanilla", 2)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_checkpoint_is_found_by_path(trained, kind):
    path = RunStore().checkpoint_path(trained.id)
    assert load_checkpoint(kind(path)).card["steps"] == 2


def test_a_checkpoint_is_found_by_shipped_name(checkpoint, shipped_folder):
    save_checkpoint(checkpoint, shipped_folder / "strokes-vanilla.safetensors")
    save_checkpoint(checkpoint, shipped_folder / "a-first.safetensors")
    assert shipped() == ["a-first", "strokes-vanilla"]
    assert load_checkpoint("strokes-vanilla").name == "strokes-vanilla"


def test_shipped_checkpoints_stand_in_the_order_of_their_families(checkpoint, shipped_folder):
    for name, family in (("c", "dcgan"), ("b", "vanilla"), ("d", "vanilla"), ("a", None)):
        save_checkpoint(replace(checkpoint, card={"family": family}), shipped_folder / f"{name}.safetensors")
    assert shipped() == ["b", "d", "c", "a"]  # a card that does not say goes last
    (shipped_folder / "b.json").write_text("{")
    assert shipped() == ["d", "c", "a", "b"]


def test_shipped_checkpoints_in_color_come_first(checkpoint, shipped_folder):
    for name, card in (
        ("a", {"family": "vanilla", "channels": 1, "image_size": 28}),
        ("b", {"family": "vanilla", "channels": 3, "image_size": 32}),
        ("c", {"family": "dcgan", "channels": 3, "image_size": 64}),
    ):
        save_checkpoint(replace(checkpoint, card=card), shipped_folder / f"{name}.safetensors")
    assert shipped() == ["c", "b", "a"]


def test_an_imported_checkpoint_is_found_and_deleted(checkpoint, shipped_folder):
    assert imported() == []
    save_checkpoint(checkpoint, imported_folder() / "my net.safetensors")
    assert imported() == ["my net"]
    assert load_checkpoint("my net").name == "my net"
    delete_imported("my net")
    assert list(imported_folder().iterdir()) == []


@pytest.mark.parametrize("name", ["../runs/x", "unknown", "", ".."])
def test_only_imported_checkpoints_are_deleted(name):
    with pytest.raises(CheckpointError, match="no imported checkpoint"):
        delete_imported(name)


def test_an_unknown_name_lists_some_known_ones(trained, shipped_folder):
    with pytest.raises(CheckpointError, match=f"'nonsense'; some that there are: {trained.id}"):
        load_checkpoint("nonsense")


@pytest.mark.parametrize("ref", ["", "..", "nonsense"])
def test_an_unknown_name_where_there_is_nothing(ref, shipped_folder):
    with pytest.raises(CheckpointError, match="train one"):
        load_checkpoint(ref)


def test_a_missing_file_is_named():
    with pytest.raises(CheckpointError, match="missing.safetensors"):
        load_checkpoint("folder/missing.safetensors")


def test_a_run_without_a_checkpoint_says_when_it_gets_one():
    run = RunStore().create(tiny())
    with pytest.raises(CheckpointError, match="no checkpoint yet; it gets the first at step 20"):
        load_checkpoint(run.id)


def test_a_file_by_text_or_path_and_a_run_by_itself(trained, checkpoint):
    path = RunStore().checkpoint_path(trained.id)
    vectors = torch.zeros(1, checkpoint.latent_spec.size)
    for ref in (trained, path, str(path)):
        assert torch.equal(load_checkpoint(ref).draw(vectors), checkpoint.draw(vectors))


@pytest.mark.parametrize("ref", [3, None, ["a"]])
def test_what_is_no_checkpoint_is_named(ref):
    with pytest.raises(CheckpointError, match="^the checkpoint is .*; give a path$"):
        load_checkpoint(ref)
