"""Networks as published scripts write them must draw the same images after the import."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gan_core.errors import CheckpointError, Message
from gan_core.exchange.export import export_bytes
from gan_core.exchange.third_party import apply_reading, import_generator, inspect_generator, read_again, refuse_open
from gan_core.latent.directions import weight_directions
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file, save_checkpoint
from gan_core.nets import DCGANGenerator, MLPDiscriminator, MLPGenerator
from tests.helpers.third_party_nets import (
    LATENT,
    BlocksGAN,
    DeconvDCGAN,
    LabelDCGAN,
    LabelGAN,
    ListedApartGAN,
    MainDCGAN,
    NumberedGAN,
    linear,
    noise,
    saved,
    trained_looking,
)


def assert_same_images(net: nn.Module, checkpoint: Checkpoint, size: int = LATENT) -> None:
    z = noise(size=size)
    latent, labels = z, ()
    if checkpoint.latent_spec.class_names:
        classes = torch.arange(len(z)) % len(checkpoint.latent_spec.class_names)
        labels = (classes,)
        latent = torch.cat([z, checkpoint.latent_spec.one_hot(classes)], dim=1)
    torch.testing.assert_close(checkpoint.generator(latent), net(z, *labels), atol=1e-5, rtol=0)


UNCONDITIONAL = {
    "blocks": (BlocksGAN, {}),
    "numbered": (NumberedGAN, {}),
    "listed apart": (ListedApartGAN, {"activation": "relu"}),
    "main 64": (MainDCGAN, {}),
    "main 28": (lambda: MainDCGAN(features=(16, 8), start=7, channels=1), {}),
    "deconv 32": (DeconvDCGAN, {}),
    "ours, mlp": (lambda: MLPGenerator(latent_size=LATENT, hidden=[16], image_size=28), {"activation": "leaky:0.2"}),
    "ours, conv": (lambda: DCGANGenerator(latent_size=LATENT, features=[8, 4], start=7), {}),
}


@pytest.mark.parametrize("layout", UNCONDITIONAL)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_published_layouts_draw_the_same_images(layout: str, suffix: str, tmp_path: Path):
    make, options = UNCONDITIONAL[layout]
    net = trained_looking(make())
    path = tmp_path / f"netG{suffix}"
    if suffix == ".safetensors":
        save_file(net.state_dict(), path)
    else:
        saved(net, path)
    checkpoint = import_generator(path, **options)
    assert checkpoint.family == "imported"
    assert checkpoint.discriminator is None
    assert_same_images(net, checkpoint)


@pytest.mark.parametrize("label_first", [False, True])
@pytest.mark.parametrize("make", [LabelGAN, lambda first: LabelGAN(first, embedding_last=True), LabelDCGAN])
def test_label_embeddings_in_both_orders(make, label_first: bool, tmp_path: Path):
    net = trained_looking(make(label_first))
    checkpoint = import_generator(saved(net, tmp_path / "g.pt"), label="first" if label_first else "last")
    assert checkpoint.latent_spec.class_names == tuple("0123456")
    assert checkpoint.latent_spec.noise_size == LATENT
    assert_same_images(net, checkpoint)


def test_noise_comes_first_unless_told_otherwise(tmp_path: Path):
    net = trained_looking(LabelGAN(label_first=False))
    checkpoint = import_generator(saved(net, tmp_path / "g.pt"))
    assert_same_images(net, checkpoint)
    assert "Label: noise, then label (assumed)." in checkpoint.card["assumptions"]


WRAPPINGS = {
    "beside the discriminator": lambda g, d: {"epoch": 3, "netD": d, "netG": g, "loss": [0.1]},
    "state dicts by role": lambda g, d: {"d_model_state_dict": d, "g_model_state_dict": g},
    "nested": lambda g, d: {"state": {"models": {"D": d, "G": g}}},
    "in a list": lambda g, d: [d, g],
    "state_dict alone": lambda g, d: {"state_dict": g, "optimizer": {"state": {0: {"exp_avg": torch.ones(784, 9)}}}},
    "one flat dict": lambda g, d: prefixed("discriminator.", d) | prefixed("generator.", g),
    "lightning": lambda g, d: {"state_dict": prefixed("netG.net.", g) | prefixed("netD.net.", d)},
    "data parallel": lambda g, d: prefixed("module.", g),
    "compiled, twice wrapped": lambda g, d: prefixed("_orig_mod.module.", g),
    "wrapper in the middle": lambda g, d: prefixed("netG.module.", g) | prefixed("netD.module.", d),
    "common prefix": lambda g, d: prefixed("gan.net.", g),
    "averaged": lambda g, d: {"n_averaged": torch.tensor(5), **prefixed("module.", g)},
}


def prefixed(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("zipped", [True, False])
def test_wrappings_are_looked_through(wrapping: str, zipped: bool, tmp_path: Path):
    net = trained_looking(BlocksGAN())
    content = WRAPPINGS[wrapping](net.state_dict(), MLPDiscriminator(hidden=[32, 16], image_size=28).state_dict())
    torch.save(content, tmp_path / "gan.pkl", _use_new_zipfile_serialization=zipped)
    assert_same_images(net, import_generator(tmp_path / "gan.pkl"))


def test_an_averaged_generator_is_preferred_and_an_autoencoding_discriminator_is_not(tmp_path: Path):
    """EBGAN's discriminator gives images too, and the two chained look like one long generator."""
    plain, averaged = trained_looking(BlocksGAN(), 1), trained_looking(BlocksGAN(), 2)
    autoencoder = nn.Sequential(nn.Linear(784, 20), nn.Linear(20, 784)).state_dict()
    torch.save({"g": plain.state_dict(), "g_ema": averaged.state_dict(), "d": autoencoder}, tmp_path / "a.pt")
    assert_same_images(averaged, import_generator(tmp_path / "a.pt"))
    torch.save(prefixed("generator.", plain.state_dict()) | prefixed("discriminator.", autoencoder), tmp_path / "b.pt")
    assert_same_images(plain, import_generator(tmp_path / "b.pt"))


def test_layers_called_like_a_generator_are_not_taken_for_one(tmp_path: Path):
    """The last layer of the first net, `g_out`, gives images by itself; the whole net comes first."""
    net = nn.Sequential(
        OrderedDict(g_in=nn.Linear(LATENT, 16), act=nn.LeakyReLU(0.2), g_out=nn.Linear(16, 784), end=nn.Tanh())
    )
    checkpoint = import_generator(saved(net, tmp_path / "g.pth"), activation="leaky:0.2")
    assert checkpoint.latent_spec.size == LATENT
    torch.testing.assert_close(checkpoint.generator(noise()).flatten(1), net(noise()), atol=1e-5, rtol=0)


def test_options_change_what_is_drawn(tmp_path: Path):
    net = trained_looking(BlocksGAN(eps=0.8))
    path = saved(net, tmp_path / "g.pth")
    assert_same_images(net, import_generator(path, norm_eps=0.8))
    default = inspect_generator(path)
    assert {question.name: question.values[:2] for question in default.uncertain}["norm_eps"] == ("1e-05", "0.8")
    assert not torch.allclose(default.checkpoint().generator(noise()), net(noise()), atol=0.01)
    assert import_generator(path, noise="uniform").latent_spec.noise.distribution == "uniform"
    relu = import_generator(path, activation="relu")
    assert "Activation: ReLU (as given)." in relu.card["assumptions"]
    for wrong in (
        {"activation": "swash"},
        {"activation": "leaky:x"},
        {"noise": "pink"},
        {"norm_eps": 0.0},
        {"norm_eps": float("nan")},
        {"label": "last:12"},
        {"label": "somewhere"},
        {"end": "open"},
        {"plan": "Ts1p0"},
        {"depth": "3"},
    ):
        with pytest.raises(CheckpointError):
            import_generator(path, **wrong)


def test_a_stored_import_is_read_again_without_its_file(tmp_path: Path):
    net = trained_looking(BlocksGAN(eps=0.8))
    first = import_generator(saved(net, tmp_path / "g.pth"), noise="uniform")
    save_checkpoint(first, tmp_path / "kept.safetensors")
    stored = load_checkpoint_file(tmp_path / "kept.safetensors")
    again = apply_reading(stored, read_again(stored, norm_eps=0.8))
    assert_same_images(net, again)
    assert again.latent_spec.noise.distribution == "uniform"  # what was given before stays
    assert again.card["title"] == "g"
    assert again.card["answers"]["norm_eps"] == {"value": "0.8", "grounds": "given", "words": "0.8"}
    back = read_again(again, norm_eps="1e-05").checkpoint()
    torch.testing.assert_close(back.generator(noise()), first.generator(noise()))


def test_only_imports_of_this_kind_are_read_again():
    model = Checkpoint(
        "mine", "vanilla", MLPGenerator(latent_size=3, hidden=[4], image_size=28), None, LatentSpec.of(3, "normal")
    )
    with pytest.raises(CheckpointError, match="import its file again"):
        read_again(model)


def test_a_label_that_nothing_tells_of_must_be_answered(tmp_path: Path):
    net = nn.ModuleDict({"label_emb": nn.Embedding(5, 9), "gen": linear(9, 20, 784)})
    path = saved(net, tmp_path / "g.pth")
    with pytest.raises(CheckpointError, match="with --label: multiply"):
        import_generator(path)
    reading = inspect_generator(path)
    assert [question.name for question in reading.open] == ["label"]
    assert list(reading.candidates("label")) == ["multiply", "add", "unused"]
    z, label = noise(5, 9), torch.eye(5)
    for answer, meant in {
        "multiply": z * net["label_emb"].weight,
        "add": z + net["label_emb"].weight,
        "unused": z,
    }.items():
        model = import_generator(path, label=answer, activation="relu")
        latent = z if answer == "unused" else torch.cat([z, label], dim=1)
        expected = torch.tanh(net["gen"][1](torch.relu(net["gen"][0](meant))))
        torch.testing.assert_close(model.generator(latent).flatten(1), expected)


def test_the_checkpoint_can_be_saved_and_its_card_says_what_it_is(tmp_path: Path):
    net = trained_looking(LabelGAN(label_first=False))
    checkpoint = import_generator(saved(net, tmp_path / "my_gan.pth"), name="digits")
    assert checkpoint.card["title"] == checkpoint.name == "digits"
    assert checkpoint.card["source"] == "my_gan.pth"
    assert checkpoint.card["parameters"] == sum(p.numel() for p in net.parameters())
    assert "12 noise entries and 7 classes" in Message.from_dict(checkpoint.card["recognized"])
    json.dumps(checkpoint.card)
    save_checkpoint(checkpoint, tmp_path / "digits.safetensors")
    assert_same_images(net, load_checkpoint_file(tmp_path / "digits.safetensors"))
    assert checkpoint.latent_spec == LatentSpec.of(LATENT, "normal", tuple("0123456"))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32(dtype: torch.dtype, tmp_path: Path):
    net = trained_looking(BlocksGAN()).to(dtype)
    path = saved(net, tmp_path / "g.pth")
    assert {t.dtype for t in import_generator(path).generator.state_dict().values()} == {torch.float32, torch.int64}
    assert_same_images(net.float(), import_generator(path))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value: float, tmp_path: Path):
    net = BlocksGAN()
    net.model[2].weight.data[3, 3] = value
    with pytest.raises(CheckpointError, match="not finite"):
        import_generator(saved(net, tmp_path / "g.pth"))


def test_weights_too_large_for_float32_are_refused(tmp_path: Path):
    net = BlocksGAN().double()
    net.model[2].weight.data[3, 3] = 1e300
    with pytest.raises(CheckpointError, match="not finite"):
        import_generator(saved(net, tmp_path / "g.pth"))


def test_finite_weights_that_draw_nothing_finite_are_refused(tmp_path: Path):
    net = trained_looking(BlocksGAN())
    net.model[3].running_var.fill_(-1)
    with pytest.raises(CheckpointError, match="images are not finite"):
        import_generator(saved(net, tmp_path / "g.pth"))


def test_weights_whose_bias_does_not_fit_are_refused(tmp_path: Path):
    state = linear(9, 8, 784).state_dict()
    state["0.bias"] = torch.zeros(5)
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(CheckpointError, match="do not fit"):
        import_generator(tmp_path / "g.pth")


def test_tensors_in_one_piece_of_memory_are_saved_apart(tmp_path: Path):
    """A file may hold views of one tensor, or one tensor under two names."""
    block = torch.randn(2, 8, 8)
    state = {"0.weight": block[0], "2.weight": block[1], "4.weight": block[0], "6.weight": torch.randn(784, 8)}
    torch.save(state, tmp_path / "g.pth")
    model = import_generator(tmp_path / "g.pth", activation="relu")
    save_checkpoint(model, tmp_path / "kept.safetensors")
    again = load_checkpoint_file(tmp_path / "kept.safetensors")
    torch.testing.assert_close(again.generator(noise(3, 8)), model.generator(noise(3, 8)))


@pytest.mark.parametrize("format_", ["safetensors", "pth", "zip"])
def test_an_import_goes_home_in_every_format(format_: str, tmp_path: Path):
    model = import_generator(saved(trained_looking(LabelDCGAN(True)), tmp_path / "g.pth"), label="first")
    assert export_bytes(model, format_)
    assert weight_directions(model, 2)[:, LATENT:].abs().max() == 0


def test_a_stored_import_is_opened_again_without_a_search(tmp_path, monkeypatch):
    first = inspect_generator(saved(trained_looking(BlocksGAN(eps=0.8)), tmp_path / "g.pth"))
    save_checkpoint(first.checkpoint(), tmp_path / "kept.safetensors")
    monkeypatch.setattr("gan_core.exchange.third_party.infer_assumptions", None)
    again = read_again(load_checkpoint_file(tmp_path / "kept.safetensors"))
    assert again.all_questions == first.all_questions
    assert again.lines == first.lines
    assert again.checkpoint() is again.checkpoint()  # built once


def test_any_open_question_is_asked_in_its_own_words(tmp_path):
    stored = inspect_generator(saved(trained_looking(BlocksGAN(eps=0.8)), tmp_path / "g.pth")).checkpoint()
    open_ = {"name": "activation", "values": ["relu", "leaky:0.2"], "chosen": "relu", "grounds": "open"}
    questions = [
        question | open_ if question["name"] == "activation" else question for question in stored.card["questions"]
    ]
    reading = read_again(replace(stored, card={**stored.card, "questions": questions}))
    with pytest.raises(CheckpointError) as caught:
        refuse_open(reading)
    assert str(caught.value) == (
        "g.pth: one thing is open that the pictures depend on, Activation; "
        "choose with --activation: relu (ReLU), leaky:0.2 (LeakyReLU 0.2)"
    )


@pytest.mark.parametrize(
    "damage", [{"values": ["nonsense"]}, {"values": 3}, {"grounds": "sure"}, {"chosen": "x"}, {"name": "end"}]
)
def test_a_card_whose_questions_do_not_fit_is_not_believed(damage, tmp_path):
    first = inspect_generator(saved(trained_looking(BlocksGAN(eps=0.8)), tmp_path / "g.pth"))
    stored = first.checkpoint()
    questions = [{**question, **damage} for question in stored.card["questions"]]
    again = read_again(replace(stored, card={**stored.card, "questions": questions}))
    assert again.answers == first.answers
    assert again.lines == first.lines
