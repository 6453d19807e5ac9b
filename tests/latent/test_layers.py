import pytest
import torch

from gan_core.errors import LatentError
from gan_core.families import FAMILIES
from gan_core.latent import base_vectors
from gan_core.latent.layers import discriminator_layers, generator_layers
from gan_core.models import Checkpoint
from tests.helpers.checkpoints import tiny_checkpoint
from tests.helpers.data import make_data
from tests.helpers.gans import build


def checkpoint_of(family, **options):
    gan = build(family, make_data(16), **options)
    return Checkpoint(family, family, gan.generator, gan.discriminator, gan.latent_spec)


@pytest.mark.parametrize("family", FAMILIES)
def test_both_networks_of_every_family_show_their_layers(family):
    checkpoint = checkpoint_of(family)
    z = base_vectors(checkpoint.latent_spec, 1, 0)
    for layers in (generator_layers(checkpoint, z), discriminator_layers(checkpoint, z)):
        assert len({layer.name for layer in layers}) == len(layers) >= 2
        assert all(layer.output.dim() in (1, 3) and layer.output.isfinite().all() for layer in layers)


def test_the_shares_of_the_last_maps_are_the_logit_without_its_bias():
    checkpoint = checkpoint_of("sngan")
    z = base_vectors(checkpoint.latent_spec, 1, 0)
    last = [layer for layer in discriminator_layers(checkpoint, z) if layer.shares is not None][-1]
    assert (last.kind, last.shares.shape) == ("LeakyReLU", (4, 4))
    logit = checkpoint.gan.discriminate(checkpoint.generator(z))
    bias = checkpoint.gan.discriminator.layers[-1].bias
    assert last.shares.sum().item() == pytest.approx((logit - bias).item(), rel=1e-4)


def test_the_last_layer_of_the_generator_is_the_image():
    checkpoint = tiny_checkpoint()
    z = torch.ones(1, 6)
    last = generator_layers(checkpoint, z)[-1]
    assert (last.kind, last.shares) == ("Tanh", None)
    assert torch.equal(last.output.view(1, 1, 28, 28), checkpoint.generator(z))


def test_an_autoencoder_is_told_by_how_little_error_it_has():
    checkpoint = checkpoint_of("ebgan")
    z = base_vectors(checkpoint.latent_spec, 1, 0)
    first = next(layer for layer in discriminator_layers(checkpoint, z) if layer.shares is not None)
    maps = first.output[None].clone().requires_grad_()
    (after,) = (module for name, module in checkpoint.gan.discriminator.named_modules() if name == first.name)
    hook = after.register_forward_hook(lambda *_: maps)  # the rest of D, from these maps on
    (energy_slope,) = torch.autograd.grad(checkpoint.gan.discriminate(checkpoint.generator(z)).sum(), maps)
    hook.remove()
    assert torch.allclose(first.shares, -(maps * energy_slope)[0].sum(dim=0), atol=1e-6)


def test_without_a_discriminator_it_is_one_plain_line():
    with pytest.raises(LatentError, match="tiny has no discriminator"):
        discriminator_layers(tiny_checkpoint(discriminator=False), torch.zeros(1, 6))
