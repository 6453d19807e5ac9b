import pytest
import torch

from gan_core.errors import ConfigError, LatentError
from gan_core.families import FAMILIES, Latent, check, check_data, get_family, new_config
from tests.conftest import make_data

SMALL = {"vanilla": {"size": "small"}, "dcgan": {"width": 4}, "cdcgan": {"width": 4}}


def build(name, data, **overrides):
    config = new_config(name, **{**SMALL.get(name, {}), "latent_size": 6, **overrides})
    torch.manual_seed(0)
    return get_family(name).build(config, data)


def batch(gan, data, n=8):
    torch.manual_seed(1)
    real = torch.rand(n, data.channels, data.image_size, data.image_size) * 2 - 1
    labels = data.labels[:n]
    return real, labels, gan.latent.sample(n, labels=labels)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_explains_itself(name):
    family = FAMILIES[name]
    assert len(family.summary) > 60
    assert "arXiv" in family.paper
    check(new_config(name))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("image_size", "channels"), [(28, 1), (32, 3), (64, 3)])
def test_every_family_builds_every_size(name, image_size, channels):
    data = make_data(16, image_size=image_size, channels=channels)
    gan = build(name, data, image_size=image_size, channels=channels)
    images = gan.generator(gan.latent.sample(2, labels=torch.tensor([0, 9])))
    assert images.shape == (2, channels, image_size, image_size)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_discriminator_step_builds_no_graph_through_the_generator(name, data):
    gan = build(name, data)
    gan.discriminator_loss(*batch(gan, data)).total.backward()
    assert all(p.grad is None for p in gan.generator.parameters())
    assert all(p.grad is not None for p in gan.discriminator.parameters())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_generator_step_reaches_every_weight_of_the_generator(name, data):
    gan = build(name, data)
    _, _, latent = batch(gan, data)
    gan.generator_loss(latent).total.backward()
    assert all(p.grad.abs().sum() > 0 for p in gan.generator.parameters())


@pytest.mark.parametrize("name", FAMILIES)
def test_watched_scores_are_probabilities(name, data):
    gan = build(name, data)
    watch = gan.discriminator_loss(*batch(gan, data)).watch
    assert set(watch) == {"d_real", "d_fake"}
    assert all(0 < score.item() < 1 and not score.requires_grad for score in watch.values())


def test_one_pass_over_real_and_fake_equals_two(data):
    gan = build("vanilla", data)
    assert gan.judges_images_alone
    together = gan.discriminator_loss(*batch(gan, data))
    gan.judges_images_alone = False
    apart = gan.discriminator_loss(*batch(gan, data))
    assert torch.allclose(together.total, apart.total, atol=1e-6)
    for gan_parameters in zip(
        torch.autograd.grad(together.total, list(gan.discriminator.parameters())),
        torch.autograd.grad(apart.total, list(gan.discriminator.parameters())),
        strict=True,
    ):
        assert torch.allclose(*gan_parameters, atol=1e-6)


def test_batch_norm_keeps_real_and_fake_apart(data):
    assert not build("dcgan", data).judges_images_alone


def test_the_objective_of_the_config_is_used(data):
    losses = {}
    for objective in ("non_saturating", "minimax"):
        gan = build("vanilla", data, objective=objective)
        losses[objective] = gan.generator_loss(batch(gan, data)[2]).total.item()
    assert losses["minimax"] < 0 < losses["non_saturating"]


# The latent vector


def test_latent_sections():
    latent = Latent.of(5, "normal", ("a", "b", "c"))
    assert (latent.size, latent.noise_size, latent.class_names) == (8, 5, ("a", "b", "c"))
    assert latent.slice("class") == slice(5, 8)
    assert Latent.from_dict(latent.to_dict()) == latent
    with pytest.raises(LatentError, match="no section 'code'"):
        latent.slice("code")


def test_latent_samples():
    latent = Latent.of(500, "uniform", ("a", "b", "c"))
    sample = latent.sample(4, labels=torch.tensor([2, 0, 1, 2]), generator=torch.Generator().manual_seed(0))
    noise, classes = sample[:, :500], latent.classes(sample)
    assert -1 <= noise.min() < -0.9
    assert 0.9 < noise.max() <= 1
    assert classes.argmax(dim=1).tolist() == [2, 0, 1, 2]
    assert classes.sum(dim=1).tolist() == [1, 1, 1, 1]
    normal = Latent.of(2000, "normal").sample(4, generator=torch.Generator().manual_seed(0))
    assert normal.std().item() == pytest.approx(1, abs=0.03)


def test_own_generator_leaves_the_default_one_alone():
    before = torch.get_rng_state()
    Latent.of(5, "normal", ("a", "b")).sample(3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


# What does not fit is refused


def test_unknown_names():
    with pytest.raises(ConfigError, match="did you mean dcgan"):
        get_family("dcgann")
    with pytest.raises(ConfigError, match="^dataset: unknown dataset 'imagenet'"):
        new_config("vanilla", "imagenet")


@pytest.mark.parametrize(("family", "option"), [("vanilla", {"width": 32}), ("dcgan", {"size": "small"})])
def test_an_option_of_another_family_is_refused(family, option):
    with pytest.raises(ConfigError, match="does not apply to"):
        new_config(family, **option)


def test_folder_needs_a_path():
    with pytest.raises(ConfigError, match="^data_path: "):
        new_config("dcgan", "folder")


@pytest.mark.parametrize("name", ["cgan", "cdcgan"])
def test_conditional_families_need_labels(name):
    with pytest.raises(ConfigError, match="needs labelled images"):
        check_data(new_config(name), make_data(16, classes=0))
