import pytest
import torch

from gan_core.latent import base_vectors, shared_vectors
from gan_core.latent.shared import _converted
from gan_core.latent_spec import LatentSpec, Section


def test_the_shorter_vector_is_the_beginning_of_the_longer():
    short, long = shared_vectors([LatentSpec.of(5, "normal"), LatentSpec.of(9, "normal")], 4, seed=3)
    assert short.shape == (4, 5)
    assert long.shape == (4, 9)
    assert torch.equal(long[:, :5], short)
    assert long[:, 5:].abs().min() > 0


def test_the_first_has_the_vectors_of_the_other_views_whatever_the_second_is():
    first = LatentSpec.of(7, "normal")
    for other in (LatentSpec.of(3, "normal"), LatentSpec.of(20, "uniform", ("a", "b"))):
        assert torch.equal(shared_vectors([first, other], 3, seed=8)[0], base_vectors(first, 3, 8))


def test_uniform_noise_has_the_same_ranks_as_normal_noise():
    normal, uniform = shared_vectors([LatentSpec.of(50, "normal"), LatentSpec.of(50, "uniform")], 8, seed=0)
    assert uniform.abs().max() < 1
    assert torch.equal(normal.flatten().argsort(), uniform.flatten().argsort())
    back = shared_vectors([LatentSpec.of(50, "uniform"), LatentSpec.of(50, "normal")], 8, seed=0)
    assert back[1].isfinite().all()
    assert torch.equal(back[0].flatten().argsort(), back[1].flatten().argsort())


def test_one_and_minus_one_standard_deviation_by_hand():
    # 68.27% of normal noise lies within one standard deviation
    uniform = _converted(torch.tensor([-1.0, 0.0, 1.0]), "normal", "uniform")
    assert uniform.tolist() == pytest.approx([-0.6827, 0.0, 0.6827], abs=1e-4)
    assert _converted(torch.tensor([-1.0, 1.0]), "uniform", "normal").isfinite().all()


def test_classes_come_in_turn():
    spec = LatentSpec.of(4, "normal", ("a", "b", "c"))
    _, vectors = shared_vectors([LatentSpec.of(6, "normal"), spec], 5, seed=0)
    assert spec.class_weights(vectors).argmax(1).tolist() == [0, 1, 2, 0, 1]
    assert torch.equal(spec.class_weights(vectors).sum(1), torch.ones(5))


def test_categories_come_in_turn_and_codes_are_random():
    coded = LatentSpec((Section("noise", 3), Section("category", 2, "one_hot"), Section("code", 1, "uniform")))
    plain, vectors = shared_vectors([LatentSpec.of(5, "normal"), coded], 3, seed=0)
    assert torch.equal(vectors[:, :3], plain[:, :3])
    assert vectors[:, 3:5].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert len(vectors[:, 5].unique()) == 3
