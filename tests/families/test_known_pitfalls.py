"""What published code gets wrong, family by family: each with a number or property that the wrong form lacks."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from gan_core.families import FAMILIES, RunConfig, new_config
from gan_core.families.ebgan import EBGAN
from gan_core.families.infogan import InfoGAN
from gan_core.families.r3gan import R3GAN, R3GANOptions
from gan_core.families.wgan_gp import WGANGP, WGANGPOptions
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator, build_net
from gan_core.nets.pyramid import enlarge, pyramid, pyramid_sides, with_means
from gan_core.penalties import squared_gradient_norms
from gan_core.training import Trainer
from tests.helpers.data import make_data
from tests.helpers.gans import batch, build


def is_batch_norm(module):
    return isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)


@pytest.mark.parametrize("name", FAMILIES)
def test_batch_norm_has_its_usual_momentum_and_eps(name, data):
    """`BatchNorm(n, 0.8)`, meant as a momentum, sets eps and leaves small activations small."""
    norms = [module for module in build(name, data).modules() if is_batch_norm(module)]
    assert all((module.momentum, module.eps) == (0.1, 1e-5) for module in norms)


# WGAN


@pytest.mark.parametrize("backbone", ["mlp", "conv"])
def test_wgan_weights_stay_within_the_clip(backbone):
    config = new_config("wgan", backbone=backbone, base_channels=4, batch_size=8, weight_clip=0.02, lr_d=0.1, steps=2)
    trainer = Trainer(config, make_data(32))
    trainer.train_steps(2)
    assert max(p.abs().max().item() for p in trainer.gan.discriminator.parameters()) == pytest.approx(0.02)
    assert max(p.abs().max().item() for p in trainer.gan.generator.parameters()) > 0.02  # only the critic is clipped


@pytest.mark.parametrize(("name", "optimizer"), [("wgan", torch.optim.RMSprop), ("wgan_gp", torch.optim.Adam)])
def test_wasserstein_critics_train_five_times(name, optimizer):
    config = new_config(name, backbone="mlp", batch_size=4, steps=2)
    assert config.n_critic == 5
    trainer = Trainer(config, make_data(32))
    trainer.train_steps(2)
    players = trainer.networks
    assert all(type(player.optimizer) is optimizer for player in players.values())
    counts = {name: next(iter(p.optimizer.state.values()))["step"].item() for name, p in players.items()}
    assert counts == {"d": 10, "g": 2}


@pytest.mark.parametrize("channels", [1, 3])
def test_wgan_gp_adds_ten_times_the_penalty(channels):
    """A critic that is the mean over all pixels has the gradient 1/P everywhere, of norm 1/sqrt(P)."""
    data = make_data(16, channels=channels)
    pixels = channels * 28 * 28
    shape = {"image_size": 28, "channels": channels}
    gan = WGANGP(
        MLPGenerator(latent_size=3, hidden=[4], **shape),
        MLPDiscriminator(hidden=[], **shape),
        LatentSpec.of(3, "normal"),
        WGANGPOptions(gradient_penalty=10.0),
    )
    nn.init.constant_(gan.discriminator.layers[0].weight, 1 / pixels)
    made = batch(gan, data)
    loss = gan.discriminator_loss(made)
    assert loss.parts["penalty"].item() == pytest.approx(10 * (1 - 1 / math.sqrt(pixels)) ** 2, rel=1e-4)
    assert loss.total.item() == pytest.approx(loss.parts["adversarial"].item() + loss.parts["penalty"].item(), rel=1e-5)


@pytest.mark.parametrize("name", ["wgan_gp", "r3gan", "sngan"])
def test_penalised_critics_judge_each_image_alone(name, data):
    gan = build(name, data)
    assert not any(map(is_batch_norm, gan.discriminator.modules()))
    images = torch.rand(4, 1, 28, 28)
    assert torch.allclose(gan.discriminate(images)[:1], gan.discriminate(images[:1]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("wgan_gp", {"backbone": "conv"}), ("wgan_gp", {"backbone": "mlp"}), ("wgan", {"backbone": "mlp"}), ("r3gan", {})],
)
def test_a_critic_without_batch_norm_does_not_begin_flat(name, settings, data):
    """N(0, 0.02) without BatchNorm is a slope of about 0.001: half of a short run goes into growing one."""
    if settings.get("backbone") != "mlp":
        settings = settings | {"base_channels": 16}
    critic = build(name, data, **settings).discriminator
    images = (torch.rand(16, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1).requires_grad_()
    slopes = squared_gradient_norms(critic(images), images).sqrt()
    assert 0.3 < slopes.mean().item() < 3


# SNGAN


def test_spectral_normalisation_is_that_of_the_weight_matrix(data):
    discriminator = build("sngan", data).discriminator
    for _ in range(200):  # the power iteration goes on with every forward pass
        discriminator(torch.rand(2, 1, 28, 28))
    convolutions = [module for module in discriminator.modules() if isinstance(module, nn.Conv2d)]
    assert len(convolutions) == 4
    for convolution in convolutions:
        assert torch.linalg.matrix_norm(convolution.weight.flatten(1), ord=2).item() == pytest.approx(1, abs=1e-3)


# R3GAN


def test_r3gan_penalties_by_hand(data):
    """D = sum of weights * pixels: gradient norm^2 = |w|^2 for real and fake alike; a constant in D cancels."""
    shape = {"image_size": 28, "channels": 1}
    gan = R3GAN(
        MLPGenerator(latent_size=3, hidden=[4], **shape),
        MLPDiscriminator(hidden=[], **shape),
        LatentSpec.of(3, "normal"),
        R3GANOptions(r1_gamma=0.5),
    )
    nn.init.constant_(gan.discriminator.layers[0].weight, 0.1)
    made = batch(gan, data)
    loss = gan.discriminator_loss(made)
    for part in ("r1", "r2"):
        assert loss.parts[part].item() == pytest.approx(0.25 * 784 * 0.01, rel=1e-4)
    nn.init.constant_(gan.discriminator.layers[0].bias, 50.0)
    moved = gan.discriminator_loss(made)
    assert moved.parts["adversarial"].item() == pytest.approx(loss.parts["adversarial"].item(), abs=1e-4)


def test_r3gan_players_are_each_other_turned_round(data):
    gan = build("r3gan", data)
    made = batch(gan, data)
    difference = (gan.discriminate(made.real) - gan.discriminate(made.fake)).detach()
    d_loss = gan.discriminator_loss(made).parts["adversarial"].item()
    g_loss = gan.generator_loss(made).total.item()
    assert d_loss == pytest.approx(torch.nn.functional.softplus(-difference).mean().item(), rel=1e-4)
    assert g_loss == pytest.approx(torch.nn.functional.softplus(difference).mean().item(), rel=1e-4)


def test_r3gan_keeps_no_graph_of_what_its_generator_cannot_change(data):
    gan = build("r3gan", data)
    gan.discriminator.requires_grad_(False)
    passes = []
    gan.discriminator.register_forward_hook(lambda net, images, scores: passes.append((images[0], scores)))
    made = batch(gan, data)
    gan.generator_loss(made)
    graphs = {id(images): scores.requires_grad for images, scores in passes}
    assert graphs == {id(made.real): False, id(made.fake): True}


# ACGAN


def test_acgan_pays_for_classes_on_real_and_on_fake_images(data):
    """A head that knows nothing costs log 10 on each side, and only the fakes' side for G."""
    gan = build("acgan", data)
    nn.init.zeros_(gan.discriminator.head[0].weight)
    nn.init.zeros_(gan.discriminator.head[0].bias)
    made = batch(gan, data)
    assert gan.discriminator_loss(made).parts["class"].item() == pytest.approx(2 * math.log(10))
    assert gan.generator_loss(made).parts["class"].item() == pytest.approx(math.log(10))


def test_acgan_head_gives_probabilities(data):
    gan = build("acgan", data)
    probabilities = gan.class_probabilities(torch.rand(3, 1, 28, 28))
    assert probabilities.shape == (3, 10)
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(3))


def test_acgan_discriminator_is_not_told_the_class(data):
    gan = build("acgan", data).eval()
    images = torch.rand(3, 1, 28, 28)
    assert torch.equal(gan.discriminate(images, torch.eye(10)[:3]), gan.discriminate(images, torch.eye(10)[3:6]))


# InfoGAN


def test_the_information_term_carries_gradient_to_generator_and_head(data):
    gan = build("infogan", data)
    made = batch(gan, data)
    for part in ("category", "code"):
        (to_head,) = torch.autograd.grad(gan.discriminator_loss(made).parts[part], gan.discriminator.head[-1].weight)
        (to_generator,) = torch.autograd.grad(
            gan.generator_loss(made).parts[part], gan.generator.layers[0].weight, retain_graph=True
        )
        assert to_head.abs().sum() > 0
        assert to_generator.abs().sum() > 0


def test_information_by_hand():
    """Category logits 0 cost log 10; means 0 cost half the squares of the codes (0.6, -0.8): 0.5."""
    gan = build("infogan", make_data(16), num_categories=10, num_continuous_codes=2)
    latent = torch.zeros(1, gan.latent_spec.size)
    latent[0, gan.latent_spec.slice_of("category")][3] = 1
    latent[0, gan.latent_spec.slice_of("code")] = torch.tensor([0.6, -0.8])
    terms = gan.mutual_information_loss(torch.zeros(1, 12), latent)
    assert terms["category"].item() == pytest.approx(math.log(10))
    assert terms["code"].item() == pytest.approx(0.5)
    certain = torch.zeros(1, 12)
    certain[0, 3], certain[0, 10:] = 100.0, torch.tensor([0.6, -0.8])
    terms = gan.mutual_information_loss(certain, latent)
    assert [term.item() for term in terms.values()] == pytest.approx([0, 0], abs=1e-6)


def test_infogan_codes_are_named_sections_and_are_read_back(data):
    gan = build("infogan", data, num_continuous_codes=3)
    assert [(s.role, s.size, s.distribution) for s in gan.latent_spec.sections] == [
        ("noise", 6, "normal"),
        ("category", 10, "one_hot"),
        ("code", 3, "uniform"),
    ]
    probabilities, codes = gan.eval().read_codes(torch.rand(2, 1, 28, 28))
    assert (probabilities.shape, codes.shape) == ((2, 10), (2, 3))
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(2))
    assert gan.latent_spec.class_names == ()  # its categories are its own, labels are never looked at


def test_labels_do_not_fix_the_categories(data):
    spec = build("infogan", data).latent_spec
    drawn = spec.sample(200, labels=torch.zeros(200, dtype=torch.int64), generator=torch.Generator().manual_seed(0))
    assert len(drawn[:, spec.slice_of("category")].argmax(dim=1).unique()) == 10


def test_info_weight_scales_the_information(data):
    weights = {}
    for weight in (1.0, 0.25):
        gan = build("infogan", data, info_weight=weight)
        made = batch(gan, data)
        weights[weight] = gan.generator_loss(made).parts["category"].item()
    assert weights[0.25] == pytest.approx(weights[1.0] / 4)
    assert isinstance(gan, InfoGAN)


def test_the_weight_of_the_codes_is_a_part_of_that_of_the_information(data):
    losses = {}
    for weight in (1.0, 0.25):
        gan = build("infogan", data, code_weight=weight, info_weight=2.0)
        losses[weight] = gan.generator_loss(batch(gan, data)).parts
    assert losses[0.25]["code"].item() == pytest.approx(losses[1.0]["code"].item() / 4)
    assert losses[0.25]["category"].item() == losses[1.0]["category"].item()


def test_invariance_moves_q_on_real_images_alone(data):
    """Without its weight there is no such part; with it the loss reaches Q, and G's loss has no such part."""
    plain, gan = (build("infogan", data, invariance_weight=weight) for weight in (0.0, 0.5))
    made = batch(gan, data)
    assert "invariance" not in plain.discriminator_loss(made).parts
    assert "invariance" not in gan.generator_loss(made).parts
    part = gan.discriminator_loss(made).parts["invariance"]
    assert -0.5 * math.log(10) <= part.item() <= 1e-6
    part.backward()
    assert gan.discriminator.head[-1].weight.grad[:10].abs().max() > 0
    assert gan.discriminator.head[-1].weight.grad[10:].abs().max() == 0
    assert gan.discriminator.logit.weight.grad is None


# LAPGAN


@pytest.mark.parametrize(("size", "sides"), [(28, [7, 14, 28]), (32, [8, 16, 32]), (64, [8, 16, 32, 64])])
def test_levels_of_the_pyramid(size, sides):
    assert pyramid_sides(size) == sides
    assert [level.shape[-1] for level in pyramid(torch.rand(2, 3, size, size))] == sides
    gan = build("lapgan", make_data(16, image_size=size, channels=3), image_size=size, channels=3)
    latent = gan.latent_spec.sample(2)
    levels = gan.eval().levels(latent)
    assert [tuple(level.shape) for level in levels] == [(2, 3, side, side) for side in sides]
    assert torch.equal(levels[-1], gan.generator(latent))
    assert [s.name for s in gan.latent_spec.sections] == ["noise", *(f"detail {side}" for side in sides[1:])]


def test_pyramid_by_hand():
    """The mean of each 2x2 block; enlarging a flat image leaves it flat, so its detail is zero."""
    image = torch.arange(16 * 16.0).view(1, 1, 16, 16)
    assert pyramid(image)[0][0, 0, 0, 0].item() == pytest.approx((0 + 1 + 16 + 17) / 4)
    flat = torch.full((1, 1, 16, 16), 0.3)
    assert torch.allclose(enlarge(pyramid(flat)[0]), flat)


def last_convolution(detail):
    return [module for module in detail.modules() if isinstance(module, nn.Conv2d)][-1]


@pytest.mark.parametrize("detail", ["added", "balanced"])
def test_levels_learn_from_real_coarse_images_and_apart(detail, data):
    """A level's fakes rest on the real image below, and its loss moves no other level."""
    gan = build("lapgan", data, detail=detail)
    made = batch(gan, data)
    nn.init.zeros_(last_convolution(gan.generator.details[1]).weight)
    nn.init.zeros_(last_convolution(gan.generator.details[1]).bias)
    below = pyramid(made.real)[1]
    without = enlarge(below) if detail == "added" else with_means(enlarge(below).tanh(), below)
    assert torch.allclose(gan.generate(made.z, made.real)[2], without)
    parts = gan.generator_loss(made).parts
    assert list(parts) == ["level_7", "level_14", "level_28"]
    parts["level_14"].backward()
    assert all(p.grad is not None for p in gan.generator.details[0].parameters())
    assert all(p.grad is None for p in gan.generator.details[1].parameters())
    assert all(p.grad is None for p in gan.generator.coarse.parameters())


def test_means_of_blocks_by_hand():
    """Too bright: the light above black is scaled, here by 0.5 / 1. Too dark: the dark below white, by 0.5 / 1.5."""
    block = torch.tensor([[1.0, 1.0], [-1.0, -1.0]]).view(1, 1, 2, 2)
    assert with_means(block, torch.full((1, 1, 1, 1), -0.5)).flatten().tolist() == pytest.approx([0, 0, -1, -1])
    dark = torch.tensor([[1.0, -1.0], [-1.0, -1.0]]).view(1, 1, 2, 2)
    assert with_means(dark, torch.full((1, 1, 1, 1), 0.5)).flatten().tolist() == pytest.approx([1] + [1 / 3] * 3)
    for end in (-1.0, 1.0):
        flat = with_means(torch.cat([block, torch.full_like(block, -end)]), torch.full((2, 1, 1, 1), end))
        assert torch.allclose(flat, torch.full_like(flat, end), atol=1e-5)


def test_nothing_but_the_picture_tells_a_fake_of_a_pyramid(data):
    """A fake of any level stays within -1 .. 1 and has the coarser image as its 2x2 means, as real images have."""
    gan = build("lapgan", data)
    made = batch(gan, data)
    for detail in gan.generator.details:
        nn.init.normal_(last_convolution(detail).weight)  # detail large enough to leave the range
    levels = [made.real, *gan.generate(made.z, made.real)]
    assert all(level.abs().max() <= 1 for level in levels)
    for below, fake in zip(pyramid(made.real), levels[2:], strict=False):
        assert torch.allclose(avg_pool2d(fake, 2), below, atol=1e-4)
    drawn = gan.eval().generator.levels(made.z)
    assert torch.allclose(avg_pool2d(drawn[2], 2), drawn[1], atol=1e-4)


def test_a_pyramid_of_before_draws_what_it_drew(data):
    """Descriptions and configs that do not say how detail is added mean a plain sum."""
    gan = build("lapgan", data, detail="added").eval()
    spec = {name: value for name, value in gan.generator.spec.items() if name not in ("detail", "features")}
    before = build_net(spec).eval()
    before.load_state_dict(gan.generator.state_dict())
    z = gan.latent_spec.sample(3)
    coarse = before.coarse(z[:, :6])
    low = enlarge(coarse)
    assert torch.equal(before.levels(z)[1], low + before.details[0](z[:, 6:22], low))
    assert torch.equal(before(z), gan.generator(z))
    config = new_config("lapgan").flat()
    del config["detail"]
    assert RunConfig.create(**config).options.detail == "added"


def test_the_noise_of_a_level_leaves_coarser_levels_alone(data):
    gan = build("lapgan", data).eval()
    latent = gan.latent_spec.sample(2)
    changed = latent.clone()
    changed[:, gan.latent_spec.slice_of("noise", 14)] += 1
    before, after = gan.levels(latent), gan.levels(changed)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


# EBGAN


@pytest.mark.parametrize("backbone", ["mlp", "conv"])
def test_energy_is_the_error_of_reconstruction(backbone, data):
    gan = build("ebgan", data, backbone=backbone).eval()
    images = torch.rand(3, 1, 28, 28)
    expected = (gan.reconstruct(images) - images).square().mean(dim=(1, 2, 3))
    assert torch.allclose(gan.discriminate(images), expected, atol=1e-6)
    assert torch.allclose(gan.realism_score(images), -expected, atol=1e-6)


def test_fakes_beyond_the_margin_do_not_move_the_discriminator(data):
    gan = build("ebgan", data, energy_margin=1e-3)
    made = batch(gan, data)
    far = torch.ones_like(made.real)  # reconstructed badly by untrained weights
    loss = gan.discriminator_loss(replace(made, fakes=(far,)))
    assert loss.total.item() == pytest.approx(gan.discriminate(made.real).mean().item(), rel=1e-5)


def test_the_pulling_away_term_is_optional_and_weighted(data):
    plain, pulled = build("ebgan", data), build("ebgan", data, pt_weight=0.1)
    assert isinstance(plain, EBGAN)
    made = batch(plain, data)
    made = replace(made, fakes=(torch.ones(8, 1, 28, 28),))  # collapsed: the term itself is 1
    assert list(plain.generator_loss(made).parts) == ["adversarial"]
    assert pulled.generator_loss(made).parts["pulling_away"].item() == pytest.approx(0.1, rel=1e-4)


def test_a_grey_image_is_not_free(data):
    """An autoencoder without biases gives 0 for 0: energy 0 for ever, where the generator would settle."""
    gan = build("ebgan", data).eval()
    assert gan.discriminate(torch.zeros(1, 1, 28, 28)).item() > 0


# The up-sampling DCGAN


def test_nearest_brings_its_own_training(data):
    config = new_config("dcgan", upsample="nearest")
    assert (config.optimizer, config.noise, config.lr_g, config.beta1) == ("sgd", "uniform", 5e-4, 0.9)
    assert new_config("dcgan", upsample="nearest", lr_g=0.01).lr_g == 0.01
    assert new_config("dcgan").optimizer == "adam"
    trainer = Trainer(config.replace(base_channels=4, batch_size=8), make_data(32))
    (group,) = trainer.networks["g"].optimizer.param_groups
    assert (group["momentum"], group["nesterov"]) == (0.9, True)
    assert not any(isinstance(module, nn.ReLU | nn.ConvTranspose2d) for module in trainer.gan.modules())
