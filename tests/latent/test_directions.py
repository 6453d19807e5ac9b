import json
import math

import pytest
import torch
from torch import nn

from gan_core.errors import LatentError
from gan_core.latent import base_vectors
from gan_core.latent.directions import (
    MAX_BYTES,
    Direction,
    activation_directions,
    class_direction,
    directions_from_json,
    directions_to_json,
    first_activations,
    first_layer_weights,
    group_direction,
    leave_one_out_accuracy,
    mean_changes,
    move_along,
    traverse_directions,
    weight_directions,
)
from gan_core.latent_spec import LatentSpec, Section
from gan_core.models.checkpoint import Checkpoint
from gan_core.nets import DCGANGenerator, MLPGenerator
from tests.helpers.checkpoints import DEAD_ENTRY, NOISE

PLANE = LatentSpec.of(2, "normal")


def mlp(weights: torch.Tensor, slope: float = 0.2) -> Checkpoint:
    """A generator whose first layer has the given weights (H, noise) and no bias."""
    hidden, noise = weights.shape
    generator = MLPGenerator(latent_size=noise, hidden=[hidden], image_size=28, negative_slope=slope)
    with torch.no_grad():
        generator.layers[0].weight.copy_(weights)
        generator.layers[0].bias.zero_()
    return Checkpoint("known", "vanilla", generator, None, LatentSpec.of(noise, "normal"))


def dcgan(noise: int = 5, classes: tuple[str, ...] = ()) -> Checkpoint:
    generator = DCGANGenerator(latent_size=noise, features=[4, 2], start=7, num_classes=len(classes))
    return Checkpoint("conv", "dcgan", generator, None, LatentSpec.of(noise, "normal", classes))


@pytest.fixture(autouse=True)
def known_weights():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def is_orthonormal(directions: torch.Tensor) -> bool:
    return torch.allclose(directions @ directions.T, torch.eye(len(directions)), atol=1e-5)


def test_weight_directions_worked_out_by_hand():
    # W^T W = [[5, 4], [4, 5]]: eigenvalue 9 along (1, 1), 1 along (1, -1)
    directions = weight_directions(mlp(torch.tensor([[2.0, 1.0], [1.0, 2.0]])), 2)
    half = math.sqrt(0.5)
    torch.testing.assert_close(directions.abs(), torch.full((2, 2), half))
    assert directions[0].prod() > 0 > directions[1].prod()


def test_the_first_weight_direction_stretches_most():
    checkpoint = dcgan()
    weights = first_layer_weights(checkpoint)
    assert weights.shape == (4 * 7 * 7, 5)
    lengths = (weights @ weight_directions(checkpoint, 5).T).norm(dim=0)
    torch.testing.assert_close(lengths, torch.linalg.svdvals(weights))


def test_the_weights_of_a_convolution_are_what_it_does_to_the_noise():
    checkpoint = dcgan(classes=("a", "b"))
    noise = torch.arange(5.0)
    by_layer = checkpoint.generator.layers[0](torch.cat([noise, torch.zeros(2)])[None, :, None, None])
    weights = first_layer_weights(checkpoint)
    torch.testing.assert_close((weights @ noise).sort().values, by_layer.flatten().sort().values)


@pytest.mark.parametrize("classes", [(), ("cat", "dog")])
@pytest.mark.parametrize("build", [lambda c: dcgan(classes=c)])
def test_weight_directions_are_orthonormal_and_lie_in_the_noise(build, classes):
    directions = weight_directions(build(classes), 5)
    assert is_orthonormal(directions)
    assert not directions[:, 5:].any()


def test_an_entry_without_weights_is_in_no_direction_but_the_last(checkpoint):
    directions = weight_directions(checkpoint, NOISE)
    torch.testing.assert_close(directions[: NOISE - 1, DEAD_ENTRY], torch.zeros(NOISE - 1), atol=1e-6, rtol=0)
    assert directions[-1, DEAD_ENTRY] == pytest.approx(1)


def test_activation_directions_of_a_linear_layer_are_those_of_its_weights():
    # with slope 1 the activations are W z, whose first principal components belong to (1, 0, 0) and (0, 1, 0)
    checkpoint = mlp(torch.diag(torch.tensor([9.0, 3.0, 1.0])), slope=1.0)
    directions = activation_directions(checkpoint, 3)
    torch.testing.assert_close(directions, torch.eye(3), atol=0.15, rtol=0)


def test_activation_directions_have_length_one_and_a_seed(conditional):
    directions = activation_directions(conditional, 4, samples=200)
    torch.testing.assert_close(directions.norm(dim=1), torch.ones(4))
    assert not directions[:, NOISE:].any()
    assert torch.equal(directions, activation_directions(conditional, 4, samples=200))
    assert not torch.equal(directions, activation_directions(conditional, 4, samples=200, seed=1))


def test_early_activations_are_those_of_the_first_layer(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 300, 0)
    expected = nn.functional.leaky_relu(checkpoint.generator.layers[0](vectors), 0.2)
    torch.testing.assert_close(first_activations(checkpoint, vectors), expected)
    assert not checkpoint.generator.layers[1]._forward_hooks  # the model that others draw with is untouched


def test_directions_leave_the_global_random_numbers_alone(checkpoint):
    before = torch.get_rng_state()
    weight_directions(checkpoint, 2)
    activation_directions(checkpoint, 2, samples=50)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("count", [0, NOISE + 1])
@pytest.mark.parametrize("find", [weight_directions, activation_directions])
def test_a_number_of_directions_that_there_are_not(checkpoint, find, count):
    with pytest.raises(LatentError, match=f"choose 1 to {NOISE}"):
        find(checkpoint, count)


def test_two_groups_worked_out_by_hand():
    negatives = torch.tensor([[0.0, 1.0], [0.0, -1.0]])
    positives = torch.tensor([[3.0, 3.0], [3.0, 5.0]])
    direction, method = group_direction(PLANE, negatives, positives)  # from (0, 0) to (3, 4)
    assert method == "means"
    torch.testing.assert_close(direction, torch.tensor([0.6, 0.8]))


def test_many_vectors_are_told_apart_by_fishers_discriminant():
    # Both groups lie along (1, 1), one a little above the line and one below: the means differ along (1, 1) too,
    # but what tells the groups apart is (1, -1).
    along = torch.linspace(-10, 10, 21)[:, None] * torch.tensor([1.0, 1.0])
    across = torch.tensor([0.01, -0.01]) * (torch.arange(21) % 2 * 2 - 1)[:, None]
    negatives, positives = along + across, along + across + torch.tensor([2.0, 0.0])
    direction, method = group_direction(PLANE, negatives, positives)
    assert method == "fisher"
    torch.testing.assert_close(direction, torch.tensor([1.0, -1.0]) * math.sqrt(0.5), atol=0.01, rtol=0)


def test_the_classes_of_two_groups_play_no_part():
    spec = LatentSpec.of(2, "normal", ("cat", "dog"))
    direction, _method = group_direction(
        spec, torch.tensor([[0.0, 0.0, 1.0, 0.0]]), torch.tensor([[0.0, 2.0, 0.0, 1.0]])
    )
    assert direction.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("negatives", "positives", "complaint"),
    [
        (torch.zeros(0, 2), torch.ones(1, 2), "the group 'without' is empty"),
        (torch.ones(1, 2), torch.zeros(0, 2), "the group 'with' is empty"),
        (torch.ones(1, 2), torch.ones(3, 2), "the same mean"),
        (torch.ones(1, 3), torch.ones(1, 3), "needs one or more rows of 2"),
        (torch.full((1, 2), math.nan), torch.ones(1, 2), "the same mean"),
    ],
)
def test_groups_that_give_no_direction(negatives, positives, complaint):
    with pytest.raises(LatentError, match=complaint):
        group_direction(PLANE, negatives, positives)


def test_agreement_of_groups_that_differ_and_of_chance():
    left, right = torch.tensor([[-1.0, 0.2], [-2.0, -0.1]]), torch.tensor([[1.0, 0.1], [2.0, -0.2]])
    assert leave_one_out_accuracy(PLANE, left, right) == 1.0
    assert leave_one_out_accuracy(PLANE, left[:1], right) is None
    wide = LatentSpec.of(50, "normal")
    vectors = base_vectors(wide, 400, 0)
    assert leave_one_out_accuracy(wide, vectors[:200], vectors[200:]) == pytest.approx(0.5, abs=0.1)


def test_a_class_direction_leads_from_class_to_class(conditional):
    spec = conditional.latent_spec
    cat = base_vectors(spec, 2, 0, label=0)
    moved = move_along(cat, class_direction(spec, 0, 2)[None], [0.0, 1.0])
    assert torch.equal(moved[0, 0], cat)
    assert torch.equal(moved[0, 1], base_vectors(spec, 2, 0, label=2))


def test_class_directions_that_there_are_not(checkpoint, conditional):
    with pytest.raises(LatentError, match="no classes"):
        class_direction(checkpoint.latent_spec, 0, 1)
    with pytest.raises(LatentError, match="no class 3"):
        class_direction(conditional.latent_spec, 0, 3)
    with pytest.raises(LatentError, match="two different classes"):
        class_direction(conditional.latent_spec, 1, 1)


def test_a_sheet_of_directions(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 3, 0)
    directions = weight_directions(checkpoint, 2)
    sheet = traverse_directions(checkpoint, vectors, directions, (-2.0, 0.0, 2.0, 4.0), ["one", "two"])
    assert sheet.images.shape == (2, 4, 3, 1, 28, 28)
    assert torch.equal(sheet.images[1, 1], checkpoint.draw(vectors))
    assert torch.equal(sheet.images[1, 3, 2], checkpoint.draw(vectors[2:] + 4 * directions[1])[0])


def test_a_sheet_of_directions_that_does_not_fit(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 2, 0)
    with pytest.raises(LatentError, match="needs one or more rows"):
        traverse_directions(checkpoint, vectors, torch.zeros(1, 3), (0.0,), ["short"])
    with pytest.raises(LatentError, match="choose fewer"):
        traverse_directions(checkpoint, vectors, torch.zeros(1, NOISE), (0.0,) * 3000, ["many"])


def test_changes_are_the_mean_difference_from_strength_0(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 2, 0)
    dead = torch.zeros(NOISE)
    dead[DEAD_ENTRY] = 1
    directions = torch.stack([dead, weight_directions(checkpoint, 1)[0]])
    sheet = traverse_directions(checkpoint, vectors, directions, (-3.0, 0.0, 3.0), ["dead", "strong"])
    still, moved = checkpoint.draw(vectors).float(), sheet.images[1].float()
    by_hand = ((moved[0] - still).abs().mean() + (moved[2] - still).abs().mean()) / 2 / 255
    torch.testing.assert_close(mean_changes(sheet), torch.stack([torch.tensor(0.0), by_hand]))


def test_a_direction_between_groups_may_lie_in_a_code():
    # The means differ by 1 in one entry of noise and in the code; a code varies a third as much, so it says three times
    # as much.
    spec = LatentSpec((Section("noise", 4), Section("category", 2, "one_hot"), Section("code", 1, "uniform")))
    negatives = torch.zeros(1, 7)
    positives = torch.tensor([[1.0, 0, 0, 0, 1, 0, 1]])
    direction, method = group_direction(spec, negatives, positives)
    assert method == "means"
    torch.testing.assert_close(direction, torch.tensor([1.0, 0, 0, 0, 0, 0, 3]) / 10**0.5)


LATENT = LatentSpec.of(3, "normal")
SLANT = Direction("slant", torch.tensor([0.1, -1 / 3, 1e-8]), "groups")


def changed(**values) -> str:
    return json.dumps(json.loads(directions_to_json("mnist", LATENT, [SLANT])) | values)


def test_every_bit_comes_back():
    text = directions_to_json("mnist", LATENT, [SLANT, Direction("倾斜", torch.ones(3))])
    model, (slant, other) = directions_from_json(text, LATENT)
    assert model == "mnist"
    assert torch.equal(slant.vector, SLANT.vector)
    assert (slant.name, slant.found_by) == ("slant", "groups")
    assert (other.name, other.found_by) == ("倾斜", "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "this is no file of directions"),
        (b"\xff\xfe\x00", "this is no file of directions"),
        ("[]", "this is no file of directions"),
        ('{"format": "something else"}', "this is no file of directions: format"),
        (changed(version=2), "version"),
        (changed(directions=[]), "directions"),
        (changed(latent_size=100), "have 100 entries; this generator needs 3, choose the model"),
        (changed(directions=[{"name": "x", "vector": [1, 2]}]), "'x' has 2 entries; this generator needs 3"),
        (changed(directions=[{"name": "x", "vector": [0, 0, 0]}]), "'x' is all zero"),
        (changed(directions=[{"name": "", "vector": [1, 2, 3]}]), "directions.0.name"),
        (changed(directions=[{"name": "x", "vector": [1, float("nan"), 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, 1e300, 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, "2", 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, 2, 3]}] * 101), "directions"),
        ("[" * 200_000, "this is no file of directions"),
        (b" " * (MAX_BYTES + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_does_not_fit_is_one_line(text, complaint):
    with pytest.raises(LatentError, match=complaint) as error:
        directions_from_json(text, LATENT)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300
