"""Checkpoints of the version before: networks and their arguments had other names."""

import copy
import json
from pathlib import Path

import pytest
import torch

from gan_core.errors import CheckpointError
from gan_core.families import get_family
from gan_core.models import load_checkpoint_file, save_checkpoint, shipped
from gan_core.models.card import as_card, read_card, without_path
from gan_core.models.checkpoint import renamed_spec
from gan_core.nets import NETS, build_net
from gan_core.paths import SHIPPED

WRITTEN_BEFORE = Path(__file__).parent / "written_before"
NETWORKS = json.loads((WRITTEN_BEFORE / "networks.json").read_text(encoding="utf-8"))


def test_there_is_an_old_description_of_every_network():
    assert {renamed_spec(old["spec"])["net"] for old in NETWORKS} == NETS.keys() - {"Net", "Autoencoder"}


@pytest.mark.parametrize("old", NETWORKS, ids=lambda old: old["spec"]["net"])
def test_an_old_description_builds_the_same_network(old):
    with torch.device("meta"):
        net = build_net(renamed_spec(old["spec"]))
    assert {name: list(tensor.shape) for name, tensor in net.state_dict().items()} == old["shapes"]
    kept = {name: value for name, value in old["spec"].items() if name in net.spec and name != "net"}
    assert kept.items() <= net.spec.items()


@pytest.mark.parametrize("name", shipped())
def test_shipped_checkpoints_are_kept_as_they_are_in_todays_format(name, tmp_path):
    before = load_checkpoint_file(SHIPPED / f"{name}.safetensors")
    save_checkpoint(before, tmp_path / "again.safetensors")
    again = load_checkpoint_file(tmp_path / "again.safetensors")
    for old, new in ((before.generator, again.generator), (before.discriminator, again.discriminator)):
        assert new.spec == old.spec
        torch.testing.assert_close(new.state_dict(), old.state_dict(), rtol=0, atol=0)
    z = before.latent_spec.sample(2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(again.score(z), before.score(z))
    assert again.card == without_path(before.card)


def test_an_unknown_format_is_refused(tmp_path, monkeypatch):
    checkpoint = load_checkpoint_file(SHIPPED / f"{shipped()[0]}.safetensors")
    monkeypatch.setattr("gan_core.models.checkpoint.FORMAT", 3)
    save_checkpoint(checkpoint, tmp_path / "new.safetensors")
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="has format 3, this version reads 1 to 2"):
        load_checkpoint_file(tmp_path / "new.safetensors")


def test_both_networks_are_put_together_once():
    checkpoint = load_checkpoint_file(SHIPPED / f"{shipped()[0]}.safetensors")
    assert checkpoint.gan is checkpoint.gan


@pytest.mark.parametrize("name", ["mnist-dcgan", "mnist-ebgan"])
def test_the_discriminator_judges_fakes_as_in_training(name):
    """There BatchNorm saw fakes among fakes; the running statistics, in part those of real images, say otherwise."""
    checkpoint = load_checkpoint_file(SHIPPED / f"{name}.safetensors")
    stored = {name: tensor.clone() for name, tensor in checkpoint.discriminator.state_dict().items()}
    z = checkpoint.latent_spec.sample(256, generator=torch.Generator().manual_seed(1))
    scores = checkpoint.score(z)
    torch.testing.assert_close(checkpoint.discriminator.state_dict(), stored)

    judge = get_family(checkpoint.family).gan_class(
        checkpoint.generator, copy.deepcopy(checkpoint.discriminator), checkpoint.latent_spec
    )
    with torch.no_grad():
        images = checkpoint.generator(z)
        by_running_statistics = judge.realism_score(images)
        judge.discriminator.train()
        in_training = judge.realism_score(images)
    mistake = (scores - in_training).abs().mean()
    assert mistake < 0.35 * (by_running_statistics - in_training).abs().mean()
    assert torch.corrcoef(torch.stack([scores, in_training]))[0, 1] > 0.97


def test_a_card_keeps_what_has_the_right_type():
    values = {"title": 3, "steps": "many", "seconds": 2, "seed": True, "recognised": "a net", "mine": [1]}
    assert as_card(values) == {"seconds": 2, "recognized": "a net", "mine": [1]}
    assert as_card({"recognized": {"template": "a net", "values": {}}}) == {
        "recognized": {"template": "a net", "values": {}}
    }
    assert as_card({"recognized": ["a net"]}) == as_card(["title"]) == {}


def test_a_card_written_before_has_the_present_names():
    before = {"quality": {"frechet": 2.5, "floor": 0.5, "class_agreement": 0.9, "overlap_floor": {"recall": 1.0}}}
    assert as_card(before) == {
        "quality": {
            "frechet": 2.5,
            "real_vs_real": 0.5,
            "conditional_accuracy": 0.9,
            "prdc_real_vs_real": {"recall": 1.0},
        }
    }


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_damaged_card_is_empty(content, tmp_path):
    (tmp_path / "card.json").write_bytes(content)
    assert read_card(tmp_path / "card.json") == {}
