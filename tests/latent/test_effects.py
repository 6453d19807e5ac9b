import copy

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, jacobian, local_effects, measure_effects
from gan_core.latent.effects import concatenate_effects

DEAD_ENTRY = 4


def brute_force(checkpoint, vectors, entry, values):
    """The effect of one entry on pixels and on D's score, one picture at a time."""
    pixels, scores = [], []
    for vector in vectors:
        at_zero = vector[None].clone()
        at_zero[0, entry] = 0
        for value in values:
            moved = at_zero.clone()
            moved[0, entry] = value
            pixels.append((checkpoint.draw(moved).float() - checkpoint.draw(at_zero).float()).abs() / 255)
            if checkpoint.discriminator is not None:
                scores.append((checkpoint.score(moved) - checkpoint.score(at_zero)).abs())
    return torch.cat(pixels).mean((0, 1)), torch.cat(scores).mean() if scores else None


@pytest.mark.parametrize("name", ["checkpoint", "conditional"])
@pytest.mark.parametrize("chunk", [9, 20, 1024])
def test_effects_equal_brute_force(name, chunk, request, monkeypatch):
    monkeypatch.setattr("gan_core.latent.effects.MAX_CHUNK", chunk)
    checkpoint = request.getfixturevalue(name)
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    measured = measure_effects(checkpoint, vectors)
    size = checkpoint.latent_spec.size
    values = [(-3.0, 3.0)] * 6 + [(1.0,)] * (size - 6)  # a class weight goes from 0 to 1
    expected = [brute_force(checkpoint, vectors, entry, values[entry]) for entry in range(size)]
    maps = torch.stack([pixels for pixels, _ in expected])
    assert measured.entries == tuple(range(size))
    torch.testing.assert_close(measured.maps, maps, atol=2 / 255 / 6, rtol=0)  # a rounded pixel in two of six pictures
    torch.testing.assert_close(measured.pixel_change, maps.mean((1, 2)), atol=1e-5, rtol=0)
    torch.testing.assert_close(measured.score_change, torch.stack([score for _, score in expected]), atol=1e-3, rtol=0)
    assert measured.ranked() == maps.mean((1, 2)).argsort(descending=True).tolist()


def test_given_values_are_those_of_class_weights_too(conditional):
    vectors = base_vectors(conditional.latent_spec, 2, seed=0)
    measured = measure_effects(conditional, vectors, entries=[1, 7], values=(0.5,))
    for entry in (1, 7):
        expected = brute_force(conditional, vectors, entry, (0.5,))[0]
        torch.testing.assert_close(measured.map_of(entry), expected, atol=2 / 255, rtol=0)


def test_class_changes_equal_brute_force(checkpoint):
    def classify(images):
        return (images.flatten(1).float().mean(1) / 4).long()

    vectors = base_vectors(checkpoint.latent_spec, 5, seed=0)
    measured = measure_effects(checkpoint, vectors, classify=classify)
    for entry in range(6):
        at = {}
        for value in (-3.0, 0.0, 3.0):
            moved = vectors.clone()
            moved[:, entry] = value
            at[value] = classify(checkpoint.draw(moved))
        flips = torch.cat([at[-3.0] != at[0.0], at[3.0] != at[0.0]]).float().mean()
        torch.testing.assert_close(measured.class_change[entry], flips, atol=0.11, rtol=0)  # one picture on the border
    assert measured.class_change.max() > 0.3
    assert measured.class_change[DEAD_ENTRY] == 0


def test_ranked_by_each_measure(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    measured = measure_effects(checkpoint, vectors)
    assert list(measured.measures) == ["pixels", "score"]
    assert measured.ranked("score") == measured.score_change.argsort(descending=True).tolist()
    with pytest.raises(LatentError, match="'class' was not measured; choose pixels or score"):
        measured.ranked("class")


def test_parts_are_the_whole(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    whole = measure_effects(checkpoint, vectors)
    joined = concatenate_effects(
        [measure_effects(checkpoint, vectors, range(4)), measure_effects(checkpoint, vectors, range(4, 6))]
    )
    assert joined.entries == whole.entries
    torch.testing.assert_close(joined.maps, whole.maps, atol=1e-3, rtol=0)
    torch.testing.assert_close(joined.score_change, whole.score_change, atol=1e-3, rtol=0)
    assert joined.class_change is None


def test_an_entry_without_weight_is_dead(checkpoint):
    measured = measure_effects(checkpoint, base_vectors(checkpoint.latent_spec, 3, seed=0))
    assert measured.dead() == [DEAD_ENTRY]
    assert measured.ranked()[-1] == DEAD_ENTRY
    assert measured.pixel_change[DEAD_ENTRY] < 1e-5
    assert (measured.pixel_change <= 1).all()


def test_chosen_entries_come_in_the_order_given(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    every, some = measure_effects(checkpoint, vectors), measure_effects(checkpoint, vectors, entries=[5, 1])
    assert some.entries == (5, 1)
    torch.testing.assert_close(some.pixel_change, every.pixel_change[[5, 1]], atol=1e-5, rtol=0)
    assert set(some.ranked()) == {5, 1}
    assert torch.equal(some.map_of(1), some.maps[1])
    with pytest.raises(LatentError, match="entry 0 was not measured"):
        some.map_of(0)


def test_a_value_of_zero_has_no_effect(checkpoint):
    measured = measure_effects(checkpoint, base_vectors(checkpoint.latent_spec, 2, seed=0), values=(0.0,))
    assert measured.pixel_change.abs().max() < 1e-5
    assert measured.dead() == list(range(6))


def test_without_a_discriminator_there_are_no_scores(without_discriminator):
    measured = measure_effects(without_discriminator, base_vectors(without_discriminator.latent_spec, 2, seed=0))
    assert measured.score_change is None
    assert measured.pixel_change.max() > 0.001


def test_progress_rises_to_one(checkpoint, monkeypatch):
    monkeypatch.setattr("gan_core.latent.effects.MAX_CHUNK", 13)
    told = []
    measure_effects(checkpoint, base_vectors(checkpoint.latent_spec, 2, seed=0), progress=told.append)
    assert told == [2 / 6, 4 / 6, 1.0]


def test_effects_refuse_what_does_not_fit(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 2, seed=0)
    for arguments, message in [
        ({"entries": [6]}, "no entry 6"),
        ({"entries": []}, "no entry is given"),
        ({"values": ()}, "no value is given"),
        ({"z": vectors[:, :3]}, "rows of 6"),
        ({"z": vectors.repeat(300, 1)}, "at most 341 vectors"),
    ]:
        with pytest.raises(LatentError, match=message):
            measure_effects(checkpoint, **({"z": vectors} | arguments))


def central_difference(checkpoint, vector, entry, step=1e-5):
    moved = vector.repeat(2, 1)
    moved[0, entry] += step
    moved[1, entry] -= step
    above, below = (checkpoint.generator(moved) + 1) / 2
    return (above - below) / (2 * step)


@pytest.mark.parametrize("name", ["checkpoint", "conditional"])
def test_the_jacobian_equals_finite_differences(name, request):
    exact = copy.deepcopy(request.getfixturevalue(name))
    exact.generator.double()
    vector = base_vectors(exact.latent_spec, 1, seed=3)[0].double()
    derivatives = jacobian(exact, vector)
    assert derivatives.shape == (exact.latent_spec.size, 1, 28, 28)
    expected = torch.stack([central_difference(exact, vector, entry) for entry in range(exact.latent_spec.size)])
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(derivatives, expected, atol=1e-7, rtol=1e-5)


def test_chosen_entries_in_chunks_are_the_same(checkpoint, monkeypatch):
    vector = base_vectors(checkpoint.latent_spec, 1, seed=0)[0]
    every = jacobian(checkpoint, vector)
    monkeypatch.setattr("gan_core.latent.effects.MAX_DERIVATIVES", 2)
    torch.testing.assert_close(jacobian(checkpoint, vector, [5, 1, 0]), every[[5, 1, 0]])


def test_local_effects_have_no_sign_and_find_the_dead_entry(checkpoint):
    vector = base_vectors(checkpoint.latent_spec, 1, seed=0)[0]
    local = local_effects(checkpoint, vector)
    torch.testing.assert_close(local.maps, jacobian(checkpoint, vector).abs().mean(1))
    torch.testing.assert_close(local.pixel_change, local.maps.mean((1, 2)))
    assert local.dead() == [4]
    assert list(local.measures) == ["pixels"]


def test_what_does_not_fit_is_refused(checkpoint):
    with pytest.raises(LatentError, match="rows of 6"):
        jacobian(checkpoint, torch.zeros(7))
    with pytest.raises(LatentError, match="no entry 9"):
        jacobian(checkpoint, torch.zeros(6), [9])
