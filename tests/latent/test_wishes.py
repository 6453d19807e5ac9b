import copy

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.families import FAMILIES, Batch
from gan_core.latent import base_vectors
from gan_core.latent.wishes import STEP, follow_wishes
from gan_core.latent_spec import LatentSpec
from gan_core.models import Checkpoint
from gan_core.nets import MLPDiscriminator, MLPGenerator
from tests.helpers.checkpoints import tiny_checkpoint
from tests.helpers.data import make_data
from tests.helpers.gans import build


def test_a_linear_critic_wants_its_own_weights():
    """L_G = -mean D(x) and D(x) = w x + b: minus the gradient of each image is w, and one step is STEP w / rms(w)."""
    torch.manual_seed(0)
    generator = MLPGenerator(latent_size=3, hidden=[4], image_size=28)
    critic = MLPDiscriminator(hidden=[], image_size=28)
    checkpoint = Checkpoint("linear", "wgan", generator, critic, LatentSpec.of(3, "normal"))
    wishes = follow_wishes(checkpoint, torch.randn(2, 3), steps=1)
    (weight,) = [each for name, each in critic.named_parameters() if "weight" in name]
    wanted = weight.view(1, 28, 28)
    for image in range(2):
        assert torch.allclose(wishes.changes[0, image], wanted, atol=1e-7)
        step = STEP * wanted / wanted.square().mean().sqrt()
        assert torch.allclose(wishes.images[1, image], (wishes.images[0, image] + step).clamp(-1, 1), atol=1e-6)
    assert (wishes.scores[1] > wishes.scores[0]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_following_what_d_wants_lowers_the_loss_of_g_in_every_family(family):
    gan = build(family, make_data(16))
    checkpoint = Checkpoint(family, family, gan.generator, gan.discriminator, gan.latent_spec)
    before = copy.deepcopy(checkpoint.discriminator.state_dict())
    z = base_vectors(gan.latent_spec, 3, 0)
    wishes = follow_wishes(checkpoint, z, steps=3)
    assert wishes.images.shape == wishes.changes.shape == (4, 3, 1, 28, 28)
    assert wishes.images.abs().max() <= 1
    images, change = wishes.images[0], wishes.changes[0]
    nudged = images + 1e-4 * change / change.abs().max()  # an untrained D may be so steep that a whole step is too far
    assert loss_of(checkpoint, z, nudged) < loss_of(checkpoint, z, images)
    assert all(torch.equal(tensor, before[name]) for name, tensor in checkpoint.discriminator.state_dict().items())


def loss_of(checkpoint, z, images):
    gan = checkpoint.gan
    with torch.no_grad():
        real = gan.generator(z)
        fakes = gan.generate(z, real)
        batch = Batch(real, gan.latent_spec.chosen(z, "class"), z, (*fakes[:-1], images))
        return gan.generator_loss(batch).total.item()


def test_without_a_discriminator_it_is_one_plain_line():
    with pytest.raises(LatentError, match="tiny has no discriminator"):
        follow_wishes(tiny_checkpoint(discriminator=False), torch.zeros(1, 6))
