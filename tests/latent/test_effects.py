import importlib

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, effects
from gan_core.latent.effects import concatenate

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
    monkeypatch.setattr(importlib.import_module("gan_core.latent.effects"), "CHUNK", chunk)
    checkpoint = request.getfixturevalue(name)
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    measured = effects(checkpoint, vectors)
    size = checkpoint.latent_spec.size
    values = [(-3.0, 3.0)] * 6 + [(1.0,)] * (size - 6)  # a class weight goes from 0 to 1
    expected = [brute_force(checkpoint, vectors, entry, values[entry]) for entry in range(size)]
    maps = torch.stack([pixels for pixels, _ in expected])
    assert measured.entries == tuple(range(size))
    torch.testing.assert_close(measured.maps, maps, atol=2 / 255 / 6, rtol=0)  # a rounded pixel in two of six pictures
    torch.testing.assert_close(measured.by_entry, maps.mean((1, 2)), atol=1e-5, rtol=0)
    torch.testing.assert_close(measured.by_score, torch.stack([score for _, score in expected]), atol=1e-3, rtol=0)
    assert measured.ranked() == maps.mean((1, 2)).argsort(descending=True).tolist()


def test_given_values_are_those_of_class_weights_too(conditional):
    vectors = base_vectors(conditional.latent_spec, 2, seed=0)
    measured = effects(conditional, vectors, entries=[1, 7], values=(0.5,))
    for entry in (1, 7):
        expected = brute_force(conditional, vectors, entry, (0.5,))[0]
        torch.testing.assert_close(measured.map_of(entry), expected, atol=2 / 255, rtol=0)


def test_class_changes_equal_brute_force(checkpoint):
    def classify(images):
        return (images.flatten(1).float().mean(1) / 4).long()

    vectors = base_vectors(checkpoint.latent_spec, 5, seed=0)
    measured = effects(checkpoint, vectors, classify=classify)
    for entry in range(6):
        at = {}
        for value in (-3.0, 0.0, 3.0):
            moved = vectors.clone()
            moved[:, entry] = value
            at[value] = classify(checkpoint.draw(moved))
        flips = torch.cat([at[-3.0] != at[0.0], at[3.0] != at[0.0]]).float().mean()
        torch.testing.assert_close(measured.by_class[entry], flips, atol=0.11, rtol=0)  # one picture on the border
    assert measured.by_class.max() > 0.3
    assert measured.by_class[DEAD_ENTRY] == 0


def test_ranked_by_each_measure(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    measured = effects(checkpoint, vectors)
    assert list(measured.measures) == ["pixels", "score"]
    assert measured.ranked("score") == measured.by_score.argsort(descending=True).tolist()
    with pytest.raises(LatentError, match="'class' was not measured; choose pixels or score"):
        measured.ranked("class")


def test_parts_are_the_whole(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    whole = effects(checkpoint, vectors)
    joined = concatenate([effects(checkpoint, vectors, range(4)), effects(checkpoint, vectors, range(4, 6))])
    assert joined.entries == whole.entries
    torch.testing.assert_close(joined.maps, whole.maps, atol=1e-3, rtol=0)
    torch.testing.assert_close(joined.by_score, whole.by_score, atol=1e-3, rtol=0)
    assert joined.by_class is None


def test_an_entry_without_weight_is_dead(checkpoint):
    measured = effects(checkpoint, base_vectors(checkpoint.latent_spec, 3, seed=0))
    assert measured.dead() == [DEAD_ENTRY]
    assert measured.ranked()[-1] == DEAD_ENTRY
    assert measured.by_entry[DEAD_ENTRY] < 1e-5
    assert (measured.by_entry <= 1).all()


def test_chosen_entries_come_in_the_order_given(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, seed=0)
    every, some = effects(checkpoint, vectors), effects(checkpoint, vectors, entries=[5, 1])
    assert some.entries == (5, 1)
    torch.testing.assert_close(some.by_entry, every.by_entry[[5, 1]], atol=1e-5, rtol=0)
    assert set(some.ranked()) == {5, 1}
    assert torch.equal(some.map_of(1), some.maps[1])
    with pytest.raises(LatentError, match="entry 0 was not measured"):
        some.map_of(0)


def test_a_value_of_zero_has_no_effect(checkpoint):
    measured = effects(checkpoint, base_vectors(checkpoint.latent_spec, 2, seed=0), values=(0.0,))
    assert measured.by_entry.abs().max() < 1e-5
    assert measured.dead() == list(range(6))


def test_without_a_discriminator_there_are_no_scores(without_discriminator):
    measured = effects(without_discriminator, base_vectors(without_discriminator.latent_spec, 2, seed=0))
    assert measured.by_score is None
    assert measured.by_entry.max() > 0.001


def test_progress_rises_to_one(checkpoint, monkeypatch):
    monkeypatch.setattr(importlib.import_module("gan_core.latent.effects"), "CHUNK", 13)
    told = []
    effects(checkpoint, base_vectors(checkpoint.latent_spec, 2, seed=0), progress=told.append)
    assert told == [2 / 6, 4 / 6, 1.0]


def test_effects_refuse_what_does_not_fit(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 2, seed=0)
    for arguments, message in [
        ({"entries": [6]}, "no entry 6"),
        ({"entries": []}, "no entry is given"),
        ({"values": ()}, "no value is given"),
        ({"vectors": vectors[:, :3]}, "rows of 6"),
        ({"vectors": vectors.repeat(300, 1)}, "at most 341 vectors"),
    ]:
        with pytest.raises(LatentError, match=message):
            effects(checkpoint, **({"vectors": vectors} | arguments))
