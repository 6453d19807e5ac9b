import pytest
import torch

from gan_core.data.image_data import normalize
from gan_core.errors import ConfigError, LatentError
from gan_core.families import FAMILIES, Batch, get_family, new_config, validate_config, validate_data
from gan_core.latent_spec import LatentSpec
from tests.helpers.data import make_data
from tests.helpers.gans import batch, build


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_explains_itself(name):
    family = FAMILIES[name]
    assert len(family.summary) > 60
    assert "arXiv" in family.paper
    validate_config(new_config(name))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("image_size", "channels"), [(28, 1), (32, 3), (64, 3)])
def test_every_family_builds_every_size(name, image_size, channels):
    data = make_data(16, image_size=image_size, channels=channels)
    gan = build(name, data, image_size=image_size, channels=channels)
    images = gan.generator(gan.latent_spec.sample(2, labels=torch.tensor([0, 9])))
    assert images.shape == (2, channels, image_size, image_size)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_discriminator_step_leaves_the_generator_alone(name, data):
    gan = build(name, data)
    made = batch(gan, data)
    gan.discriminator_loss(made).total.backward()
    assert all(p.grad is None for p in gan.generator.parameters())
    assert all(p.grad is not None for p in gan.discriminator.parameters())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_generator_step_reaches_every_weight_of_the_generator_only(name, data):
    gan = build(name, data)
    gan.discriminator.requires_grad_(False)  # as the trainer does
    made = batch(gan, data)
    gan.generator_loss(made).total.backward()
    assert all(p.grad.abs().sum() > 0 for p in gan.generator.parameters())
    assert all(p.grad is None for p in gan.discriminator.parameters())


@pytest.mark.parametrize("name", FAMILIES)
def test_scores_are_recorded_without_gradient(name, data):
    gan = build(name, data)
    made = batch(gan, data)
    metrics = gan.discriminator_loss(made).metrics
    assert {"d_real", "d_fake"} <= set(metrics)
    assert not any(score.requires_grad for score in metrics.values())
    if FAMILIES[name].d_output == "logit":
        assert all(0 < metrics[score].item() < 1 for score in ("d_real", "d_fake"))
    if FAMILIES[name].d_output == "energy":
        assert all(metrics[score].item() >= 0 for score in ("d_real", "d_fake"))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_realism_score_ranks_what_the_discriminator_was_taught(name, data):
    """After some steps on black images against noise, every discriminator finds the black ones more real."""
    gan = build(name, data)
    labels = data.labels[:16]
    noise = normalize(data.images[:16])
    real = torch.full_like(noise, -1)
    made = Batch(real, labels, gan.latent_spec.sample(16, labels=labels), gan.scales(noise))
    optimizer = torch.optim.Adam(gan.discriminator.parameters(), lr=1e-3)
    for _ in range(60):
        optimizer.zero_grad()
        gan.discriminator_loss(made).total.backward()
        optimizer.step()
    gan.eval()
    classes = gan.latent_spec.one_hot(labels)
    assert gan.realism_score(real, classes).mean() > gan.realism_score(noise, classes).mean()


def test_one_pass_over_real_and_fake_equals_two(data):
    gan = build("vanilla", data)
    made = batch(gan, data)
    gradients = {}
    for one_pass in (True, False):
        gan._batch_independent = one_pass
        loss = gan.discriminator_loss(made).total
        gradients[one_pass] = [loss, *torch.autograd.grad(loss, list(gan.discriminator.parameters()))]
    for together, apart in zip(gradients[True], gradients[False], strict=True):
        assert torch.allclose(together, apart, atol=1e-6)


@pytest.mark.parametrize(("name", "in_one_pass"), [("vanilla", True), ("dcgan", False), ("sngan", True)])
def test_batch_norm_keeps_real_and_fake_apart(name, in_one_pass, data):
    assert build(name, data)._batch_independent is in_one_pass


def test_the_objective_of_the_config_is_used(data):
    losses = {}
    for objective in ("non_saturating", "minimax"):
        gan = build("vanilla", data, generator_loss=objective)
        made = batch(gan, data)
        losses[objective] = gan.generator_loss(made).total.item()
    assert losses["minimax"] < 0 < losses["non_saturating"]


# The latent vector


def test_latent_sections():
    spec = LatentSpec.of(5, "normal", ("a", "b", "c"))
    assert (spec.size, spec.noise_size, spec.class_names) == (8, 5, ("a", "b", "c"))
    assert spec.slice_of("class") == slice(5, 8)
    assert LatentSpec.from_dict(spec.to_dict()) == spec
    with pytest.raises(LatentError, match="no section 'code'"):
        spec.slice_of("code")


def test_latent_samples():
    spec = LatentSpec.of(500, "uniform", ("a", "b", "c"))
    sample = spec.sample(4, labels=torch.tensor([2, 0, 1, 2]), generator=torch.Generator().manual_seed(0))
    noise, classes = sample[:, :500], spec.class_weights(sample)
    assert -1 <= noise.min() < -0.9
    assert 0.9 < noise.max() <= 1
    assert classes.argmax(dim=1).tolist() == [2, 0, 1, 2]
    assert classes.sum(dim=1).tolist() == [1, 1, 1, 1]
    normal = LatentSpec.of(2000, "normal").sample(4, generator=torch.Generator().manual_seed(0))
    assert normal.std().item() == pytest.approx(1, abs=0.03)


def test_own_generator_leaves_the_default_one_alone():
    before = torch.get_rng_state()
    LatentSpec.of(5, "normal", ("a", "b")).sample(3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)


# What does not fit is refused


def test_unknown_names():
    with pytest.raises(ConfigError, match="did you mean dcgan"):
        get_family("dcgann")
    with pytest.raises(ConfigError, match="^dataset: unknown dataset 'imagenet'"):
        new_config("vanilla", "imagenet")


@pytest.mark.parametrize(
    ("family", "option"),
    [("vanilla", {"base_channels": 32}), ("dcgan", {"mlp_size": "small"}), ("wgan", {"gradient_penalty": 1})],
)
def test_an_option_of_another_family_is_refused(family, option):
    with pytest.raises(ConfigError, match="does not apply to"):
        new_config(family, **option)


def test_folder_needs_a_path():
    with pytest.raises(ConfigError, match="^data_path: "):
        new_config("dcgan", "folder")


@pytest.mark.parametrize("name", ["cgan", "cdcgan", "acgan"])
def test_conditional_families_need_labels(name):
    with pytest.raises(ConfigError, match="needs labelled images"):
        validate_data(new_config(name), make_data(16, classes=0))
