import copy
import importlib

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, jacobian, local_effects


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
    monkeypatch.setattr(importlib.import_module("gan_core.latent.jacobian"), "CHUNK", 2)
    torch.testing.assert_close(jacobian(checkpoint, vector, [5, 1, 0]), every[[5, 1, 0]])


def test_local_effects_have_no_sign_and_find_the_dead_entry(checkpoint):
    vector = base_vectors(checkpoint.latent_spec, 1, seed=0)[0]
    local = local_effects(checkpoint, vector)
    torch.testing.assert_close(local.maps, jacobian(checkpoint, vector).abs().mean(1))
    torch.testing.assert_close(local.by_entry, local.maps.mean((1, 2)))
    assert local.dead() == [4]
    assert list(local.measures) == ["pixels"]


def test_what_does_not_fit_is_refused(checkpoint):
    with pytest.raises(LatentError, match="rows of 6"):
        jacobian(checkpoint, torch.zeros(7))
    with pytest.raises(LatentError, match="no entry 9"):
        jacobian(checkpoint, torch.zeros(6), [9])
