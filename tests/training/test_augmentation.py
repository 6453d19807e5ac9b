"""D sees real images and fakes changed in the same ways, in its own turn and in G's."""

import copy

import pytest
import torch

from gan_core.families import FAMILIES, Batch
from tests.helpers.data import make_data
from tests.helpers.trainers import stuck, trainer, values

ALL = "color_translation_cutout"


def seen_by_d(t):
    """The batches that D's and G's loss get in one step."""
    seen = []

    def spy(loss):
        return lambda batch: seen.append(batch) or loss(batch)

    t.gan.discriminator_loss, t.gan.generator_loss = spy(t.gan.discriminator_loss), spy(t.gan.generator_loss)
    t.train_steps(1)
    return seen


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_moves_behind_an_augmentation(family):
    t = trainer(family, augment=ALL)
    before = copy.deepcopy(t.gan.state_dict())
    t.train_steps(2)
    assert stuck(t, before) == []


def test_both_turns_see_another_change_of_the_same_images():
    for_d, for_g = seen_by_d(trainer("dcgan", augment=ALL))
    plain, _ = seen_by_d(trainer("dcgan"))
    assert plain.real.abs().max() <= 1
    for batch in (for_d, for_g):
        holes = (batch.real == 0).flatten(1).sum(dim=1), (batch.fake == 0).flatten(1).sum(dim=1)
        assert torch.equal(*holes)  # a real image and the fake beside it have the same
        assert (holes[0] >= 7 * 7).all()
    assert not torch.equal(for_d.real, for_g.real)
    assert torch.equal(for_d.z, for_g.z)


def test_the_generator_learns_through_the_change():
    """D sees a fake in the middle of whose hole nothing is, and G gets a gradient for the pixels around it only."""
    t = trainer("dcgan", augment="translation_cutout")
    fakes = t.gan.generate(t.gan.latent_spec.sample(8), torch.empty(0))[0].detach().requires_grad_()
    real, _ = t.batches.next()
    seen = t._augmented(Batch(real[:8], None, t.gan.latent_spec.sample(8), (fakes,)))
    t.gan.generator_loss(seen).total.backward()
    assert ((fakes.grad == 0).flatten(1).sum(dim=1) >= 7 * 7).all()
    assert (fakes.grad.abs().flatten(1).sum(dim=1) > 0).all()


def test_off_is_as_it_was():
    t = trainer("dcgan", augment="none")
    (batch, again), before = seen_by_d(t), torch.get_rng_state()
    assert t._augmented(batch) is batch is again
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("options", [{"augment": ALL}, {"mirror": "half"}])
def test_a_resumed_run_draws_the_same_changes(options):
    whole, part = trainer(**options), trainer(**options)
    whole.train_steps(10)
    part.train_steps(4)
    resumed = trainer(**options)
    resumed.load_state_dict(part.state_dict())
    resumed.train_steps(6)
    assert (values(whole)[4:] == values(resumed)).all()


def test_a_mirrored_batch_has_images_of_both_kinds():
    data = make_data(64, image_size=28)
    t, plain = trainer(data=data, mirror="half"), trainer(data=data)
    batches = []
    for one in (t, plain):
        with one._randomness.swap_in():
            batches.append(one.batches.next()[0])
    mirrored, images = batches
    kinds = [
        "same" if torch.equal(new, old) else "mirrored" if torch.equal(new, old.flip(2)) else "other"
        for new, old in zip(mirrored, images, strict=True)
    ]
    assert set(kinds) == {"same", "mirrored"}
