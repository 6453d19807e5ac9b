import math

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import Disentanglement, Meaning, base_vectors, measure_disentanglement
from gan_core.latent.disentanglement import correlations, information


def columns(*values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).T


def test_correlations_by_hand():
    z = columns([-1, 0, 1, 2], [2, 1, 0, -1], [5, 5, 5, 5], [0, 1, 0, 1])
    smile = columns([0.0, 0.1, 0.2, 0.3])
    # The last: covariance 0.05 / 4 + ... = sum of (-.5, .5, -.5, .5) (-.15, -.05, .05, .15) = 0.1; lengths 1 and 0.2236
    expected = [1.0, -1.0, 0.0, 0.1 / math.sqrt(0.05)]
    torch.testing.assert_close(correlations(z, smile)[:, 0].tolist(), expected)


def test_information_by_hand():
    """Eight images, half with glasses. In nats: the entropy of the glasses is ln 2."""
    glasses = torch.tensor([1, 1, 1, 1, 0, 0, 0, 0]).bool()
    nobody = torch.zeros(8).bool()
    decides = [1.0, 1, 1, 1, 0, 0, 0, 0]
    unrelated = [1.0, 1, 0, 0, 1, 1, 0, 0]
    # Of four images at 1 three have glasses, and of four at 0 one: H(glasses | z) is the entropy of a quarter.
    helps = [1.0, 1, 1, 0, 1, 0, 0, 0]
    left = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(2)
    told = information(columns(decides, unrelated, helps), torch.stack([glasses, nobody], 1))
    torch.testing.assert_close(told, torch.tensor([[1, 0], [0, 0], [1 - left, 0]], dtype=torch.float64))


def test_continuous_values_are_put_into_twenty_bins_of_one_size():
    z = torch.arange(400.0)[:, None]
    upper_half = z > 199
    even_bins = (z // 20) % 2 == 0
    within_bins = z % 2 == 0  # half of every bin: twenty bins tell nothing of it
    told = information(z, torch.cat([upper_half, even_bins, within_bins], 1))
    torch.testing.assert_close(told, torch.tensor([[1.0, 1.0, 0.0]], dtype=torch.float64))


def found(told: list[list[float]], correlation: list[list[float]], present: list[bool]) -> Disentanglement:
    return Disentanglement(
        ("glasses", "smile"),
        torch.tensor(correlation, dtype=torch.float64),
        torch.tensor(told, dtype=torch.float64),
        torch.tensor(present),
    )


def test_the_mutual_information_gap_by_hand():
    measured = found([[0.75, 0.25], [0.25, 0.5], [0.0, 0.5]], [[0.9, 0.1], [-0.5, -0.8], [0.0, 0.1]], [True, True])
    assert measured.gaps == {"glasses": 0.5, "smile": 0.0}
    assert measured.mutual_information_gap == 0.25
    assert measured.meaning(0) == Meaning("glasses", 0.9)
    assert measured.meaning(1) == Meaning("smile", -0.8)
    assert measured.meaning(2) is None
    assert measured.strengths.tolist() == [0.9, 0.8, 0.1]


def test_what_no_picture_has_has_no_gap():
    measured = found([[0.75, 0.0], [0.25, 0.0]], [[0.9, 0.0], [0.2, 0.0]], [True, False])
    assert measured.gaps == {"glasses": 0.5}
    assert found([[0.0, 0.0]], [[0.0, 0.0]], [False, False]).mutual_information_gap == 0


def test_an_entry_that_makes_pictures_brighter_holds_their_brightness(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 400, seed=0)
    images = checkpoint.draw(vectors).flatten(1).float() / 255
    # Two attributes that the test knows: the brightness of the first pixel, and one that all pictures have.
    done = []
    measured = measure_disentanglement(
        checkpoint,
        vectors,
        lambda part: torch.stack([part.flatten(1)[:, 0] / 255, torch.ones(len(part))], 1),
        ["bright", "there"],
        done.append,
    )
    by_hand = torch.corrcoef(torch.cat([vectors, images[:, :1]], 1).T.double())[:-1, -1]
    torch.testing.assert_close(measured.correlation[:, 0], by_hand, atol=1e-6, rtol=0)
    assert measured.correlation[:, 1].abs().max() == 0
    assert list(measured.gaps) in (["bright"], [])
    assert done == [256 / 400, 1.0]


def test_wrong_vectors_are_refused(checkpoint):
    with pytest.raises(LatentError, match="give a thousand"):
        measure_disentanglement(checkpoint, base_vectors(checkpoint.latent_spec, 1, 0), lambda part: part, ["a"])
    with pytest.raises(LatentError):
        measure_disentanglement(checkpoint, torch.zeros(4, 3), lambda part: part, ["a"])
