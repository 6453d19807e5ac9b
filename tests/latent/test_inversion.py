import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, invert, with_class
from gan_core.latent.inversion import NUM_STEPS
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from gan_core.nets import MLPGenerator


def last(guesses):
    *_, guess = guesses
    return guess


def test_a_picture_of_the_generator_is_found_again(checkpoint):
    picture = checkpoint.draw(base_vectors(checkpoint.latent_spec, 1, seed=5))[0]
    guess = last(invert(checkpoint, picture, seed=1))
    assert guess.finished
    assert guess.distance < 0.02 * guess.random
    assert torch.equal(checkpoint.draw(guess.vector[None])[0], guess.image)


def test_the_class_is_found_too(conditional):
    spec = conditional.latent_spec
    for label in range(len(spec.class_names)):
        vector = with_class(spec, base_vectors(spec, 1, seed=label), label)
        guess = last(invert(conditional, conditional.draw(vector)[0], seed=0))
        assert spec.class_weights(guess.vector[None])[0].tolist() == [float(k == label) for k in range(3)]
        assert guess.distance < 0.1 * guess.random


def test_the_best_so_far_never_gets_worse_and_the_steps_count_up(checkpoint):
    picture = torch.zeros(1, 28, 28, dtype=torch.uint8)
    guesses = list(invert(checkpoint, picture, every=7))
    distances = [guess.distance for guess in guesses]
    assert distances == sorted(distances, reverse=True)
    assert [guesses[0].step, guesses[1].step, guesses[-1].step] == [0, 7, NUM_STEPS]


def test_a_seed_fixes_every_guess_and_touches_no_other_randomness(checkpoint):
    picture = checkpoint.draw(base_vectors(checkpoint.latent_spec, 1, seed=5))[0]
    before = torch.get_rng_state()
    one, two = (last(invert(checkpoint, picture, seed=4)) for _ in range(2))
    assert torch.equal(one.vector, two.vector)
    assert not torch.equal(one.vector, last(invert(checkpoint, picture, seed=9)).vector)
    assert torch.equal(before, torch.get_rng_state())


def test_the_length_stays_likely_even_for_a_picture_that_cannot_be_drawn(checkpoint):
    noise = torch.randint(0, 256, (1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    guess = last(invert(checkpoint, noise))
    assert 0.25 < guess.vector.square().mean() < 4
    assert guess.distance > 0.05


def test_uniform_noise_stays_where_training_saw_it():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = MLPGenerator(latent_size=5, hidden=[16], image_size=28)
    uniform = Checkpoint("uniform", "vanilla", generator, None, LatentSpec.of(5, "uniform"))
    guess = last(invert(uniform, torch.full((1, 28, 28), 255, dtype=torch.uint8)))
    assert guess.vector.abs().max() <= 1


@pytest.mark.parametrize(
    "picture",
    [torch.zeros(28, 28, dtype=torch.uint8), torch.zeros(3, 28, 28, dtype=torch.uint8), torch.zeros(1, 28, 28)],
)
def test_a_picture_of_another_shape_is_refused(checkpoint, picture):
    with pytest.raises(LatentError, match="this generator draws"):
        next(invert(checkpoint, picture))
