"""Uploads: what is let in, under which name, and what is kept out without leaving a trace."""

import io
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gan_core.errors import CheckpointError
from gan_core.exchange import imports
from gan_core.exchange.export import export_bytes
from gan_core.exchange.imports import add_imported, change_imported, open_upload
from gan_core.exchange.third_party import read_again
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import HEADER, Checkpoint, load_checkpoint_file
from gan_core.models.library import RUN_ID, imported, imported_folder
from gan_core.nets import DCGANGenerator, MLPDiscriminator, MLPGenerator
from gan_core.runs import load_checkpoint
from gan_core.runs.store import RunStore
from tests.helpers.runs import tiny


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch) -> Path:
    """Where temporary files go in these tests."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def third_party_weights(**changes) -> bytes:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 8), nn.LeakyReLU(0.2), nn.Linear(8, 784), nn.Tanh())
    file = io.BytesIO()
    torch.save(net.state_dict() | changes, file)
    return file.getvalue()


def workshop_checkpoint(**changes) -> Checkpoint:
    torch.manual_seed(0)
    fields = {
        "name": "mine",
        "family": "vanilla",
        "generator": MLPGenerator(latent_size=5, hidden=[8], image_size=28),
        "discriminator": MLPDiscriminator(hidden=[4], image_size=28),
        "latent_spec": LatentSpec.of(5, "normal"),
        "card": {"title": "My digits", "steps": 7},
    }
    return Checkpoint(**fields | changes)


def with_description(content: bytes, folder: Path, **changes) -> bytes:
    """A checkpoint file whose description was tampered with."""
    path = folder / "tampered.safetensors"
    path.write_bytes(content)
    checkpoint = load_checkpoint_file(path)
    description = {
        "format": 1,
        "family": "vanilla",
        "latent": checkpoint.latent_spec.to_dict(),
        "card": checkpoint.card,
        "generator": checkpoint.generator.spec,
        "discriminator": None,
    }
    tensors = {f"generator.{name}": tensor for name, tensor in checkpoint.generator.state_dict().items()}
    save_file(tensors, path, metadata={HEADER: json.dumps(description | changes)})
    tampered = path.read_bytes()
    path.unlink()
    return tampered


class Evil:
    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("suffix", [".pth", ".PT", ".pkl"])
def test_weights_of_another_script_can_be_kept_and_found_again(suffix):
    checkpoint = open_upload(third_party_weights(), f"netG{suffix}")
    assert (checkpoint.title, checkpoint.card["source"]) == ("netG", f"netG{suffix}")

    name = add_imported(checkpoint, "  Digits of a friend ")

    assert (name, imported()) == ("digits-of-a-friend", ["digits-of-a-friend"])
    latent = checkpoint.latent_spec.sample(3, generator=torch.Generator().manual_seed(0))
    kept = load_checkpoint(name)
    assert kept.title == "Digits of a friend"
    assert torch.equal(kept.draw(latent), checkpoint.draw(latent))


def test_options_reach_the_importer():
    latent = torch.linspace(-2, 2, 15).view(3, 5)
    leaky = open_upload(third_party_weights(), "netG.pth", activation="leaky").draw(latent)
    relu = open_upload(third_party_weights(), "netG.pth", activation="relu").draw(latent)
    assert not torch.equal(leaky, relu)


def test_an_export_of_the_workshop_comes_back_whole():
    checkpoint = workshop_checkpoint()
    back = open_upload(export_bytes(checkpoint, "safetensors"), "download (1).safetensors")
    assert back.title == "My digits"
    assert back.card["steps"] == 7
    kept = load_checkpoint(add_imported(back, back.title))
    latent = checkpoint.latent_spec.sample(3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(kept.draw(latent), checkpoint.draw(latent))
    assert torch.equal(kept.score(latent), checkpoint.score(latent))


def test_the_same_title_twice_gives_two_names():
    checkpoint = workshop_checkpoint()
    names = [add_imported(checkpoint, "Twice") for _ in range(3)]
    assert names == ["twice", "twice-2", "twice-3"]
    assert sorted(names) == imported()


def test_a_shipped_name_is_never_taken(monkeypatch):
    monkeypatch.setattr(imports, "shipped", lambda: ["mnist-dcgan"])
    assert add_imported(workshop_checkpoint(), "MNIST dcgan") == "mnist-dcgan-2"


@pytest.mark.parametrize(
    ("title", "name"), [("数字", "model"), ("Éàü 3", "eau-3"), ("../../etc/passwd", "etc-passwd"), ("x" * 80, "x" * 48)]
)
def test_any_title_gives_a_harmless_name(title, name):
    assert add_imported(workshop_checkpoint(), title) == name
    assert load_checkpoint(name).title == title


@pytest.mark.parametrize("title", ["", "   ", "two\nlines", "x" * 81, "hidden\u202etxt"])
def test_a_title_is_one_readable_line(title):
    with pytest.raises(CheckpointError, match="one line of 1 to 80 characters"):
        add_imported(workshop_checkpoint(), title)
    assert imported() == []


def test_code_is_refused_and_not_run(tmp_path, scratch):
    target = tmp_path / "touched"
    saved = io.BytesIO()
    torch.save({"generator": Evil(target)}, saved)
    for content in (pickle.dumps(Evil(target)), saved.getvalue()):
        with pytest.raises(CheckpointError, match="^evil.pth would run code when opened"):
            open_upload(content, "evil.pth")
    assert not target.exists()
    assert list(scratch.iterdir()) == []
    assert not imported_folder().exists()


@pytest.mark.parametrize(
    ("content", "file_name", "message"),
    [
        (b"dear diary", "diary.pth", "diary.pth is not a weight file of PyTorch"),
        (b"dear diary", "diary.txt", "diary.txt is not a weight file of PyTorch, or it is incomplete"),
        (b"dear diary", "diary.safetensors", "diary.safetensors is not a weight file of PyTorch, or it is incomplete"),
        (b"", "empty.pt", "empty.pt is empty"),
        (third_party_weights()[:900], "half.pth", "half.pth is not a weight file of PyTorch, or it is incomplete"),
        (b"x", "noending", "noending is not a weight file"),
        (b"x", "a\n\u202eb.pt", "^ab.pt is not"),
    ],
)
def test_one_line_says_what_is_wrong_with_a_file(content, file_name, message, scratch):
    with pytest.raises(CheckpointError, match=message) as refused:
        open_upload(content, file_name)
    assert "\n" not in str(refused.value)
    assert "upload" not in str(refused.value)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"card": ["not", "a", "dict"]},
        {"card": {"title": "x" * 200_000}},
        {"latent": {"sections": []}},
        {"latent": {"sections": [{"name": "noise", "size": 9}]}},
        {"latent": {"sections": [{"name": "noise", "size": 10**12}]}},
        {"latent": {"sections": [{"name": "noise", "size": 5}, {"name": "class", "size": 0}]}},
        {"latent": {"sections": [{"name": "noise", "size": "5"}]}},
        {"generator": None},
        {"generator": {"net": "Sequential"}},
        {"generator": [1, 2]},
        {"family": ["vanilla"]},
        {"format": 99},
    ],
)
def test_a_tampered_description_is_refused_in_one_line(changes, tmp_path):
    content = with_description(export_bytes(workshop_checkpoint(), "safetensors"), tmp_path, **changes)
    with pytest.raises(CheckpointError) as refused:
        open_upload(content, "gift.safetensors")
    assert "\n" not in str(refused.value)


def test_a_small_file_cannot_ask_for_enormous_pictures():
    features = [1] * 24  # 4 * 2 ** 24 pixels a side from a few hundred weights
    bomb = workshop_checkpoint(
        family="dcgan",
        generator=DCGANGenerator(latent_size=5, features=features, start=4, norm=False),
        discriminator=None,
    )
    with pytest.raises(CheckpointError, match="the workshop shows 8 to 128 px"):
        open_upload(export_bytes(bomb, "safetensors"), "bomb.safetensors")


def test_an_accidental_discriminator_of_another_size_is_refused():
    odd = workshop_checkpoint(discriminator=MLPDiscriminator(hidden=[4], image_size=32))
    with pytest.raises(CheckpointError, match="damaged description"):
        open_upload(export_bytes(odd, "safetensors"), "odd.safetensors")


def test_weights_that_are_not_numbers_are_refused():
    content = third_party_weights(**{"2.bias": torch.full((784,), float("nan"))})
    with pytest.raises(CheckpointError, match="finite"):
        open_upload(content, "nan.pth")


def test_a_stored_import_is_changed_in_place():
    name = add_imported(open_upload(third_party_weights(), "netG.pth"), "Friend")
    reading = read_again(load_checkpoint(name), end="sigmoid")
    change_imported(name, reading)
    kept = load_checkpoint(name)
    assert kept.card["answers"]["end"] == {"value": "sigmoid", "grounds": "given", "words": "sigmoid"}
    assert (kept.title, kept.name, kept.family) == ("Friend", name, "imported")
    with pytest.raises(CheckpointError, match="no imported model 'other'"):
        change_imported("other", reading)


def test_no_import_has_a_name_that_a_run_may_get():
    run_id = RunStore().create(tiny()).id
    assert RUN_ID.fullmatch(run_id)
    assert add_imported(workshop_checkpoint(), run_id) == f"{run_id}-2"
