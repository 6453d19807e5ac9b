"""Directions in latent space: straight lines along which the image changes in one way, found in four manners.

- `weight_directions`: the closed form of SeFa (Shen & Zhou 2021, arXiv:2007.06600)
- `activation_directions`: PCA of early activations, GANSpace (Härkönen et al. 2020, arXiv:2004.02546)
- `group_direction`: from two groups of vectors, such as those whose images a person has sorted
- `class_direction`: from one class weight to another, where the generator has classes

A direction has the size of the whole latent vector. The first two manners look at the layer that takes the noise, so
their directions lie in that; those between groups also lie in codes and in the noise of finer levels. All but those
between classes have length 1, so that a step of 3 along one is as long as setting one entry of a zero vector to 3.

Directions with names go into a portable JSON file:

    {"format": "gan-workshop-directions", "version": 1, "model": "mnist-dcgan", "latent_size": 100,
     "directions": [{"name": "slant", "found_by": "groups", "vector": [0.1, ...]}]}
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor, nn

from gan_core.errors import LatentError, Message
from gan_core.latent.arguments import python_arguments
from gan_core.latent.text import MAX_MAGNITUDE
from gan_core.latent.traversal import MAX_IMAGES, Traversal
from gan_core.latent.vectors import base_vectors, with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

NUM_SAMPLES = 1024  # activations from which the principal components are found
MAX_BYTES = 4 << 20  # of a file; a hundred directions of 1024 entries need half of it
MAX_DIRECTIONS = 100  # in a file
MAX_NAME_LENGTH = 40

WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.SELU, nn.GELU, nn.SiLU)

Number = Annotated[float, Field(ge=-MAX_MAGNITUDE, le=MAX_MAGNITUDE, allow_inf_nan=False)]


@python_arguments
def weight_directions(checkpoint: Checkpoint, count: int) -> Tensor:
    """The `count` directions of noise that the first layer stretches most, orthonormal, float32 (count, size).

    They are eigenvectors of W^T W, strongest first, W being the weights of the layer that takes the noise: a step
    along one changes the output of that layer by the square root of its eigenvalue (SeFa).

    Raises:
        LatentError: For more directions than entries of noise, or a generator without such a layer.
    """
    spec = checkpoint.latent_spec
    _check_count(count, spec)
    weights = first_layer_weights(checkpoint).double()
    _eigenvalues, vectors = torch.linalg.eigh(weights.T @ weights)
    return _in_noise(spec, _signed(vectors.flip(1).T[:count]))


@python_arguments
def activation_directions(checkpoint: Checkpoint, count: int, *, samples: int = NUM_SAMPLES, seed: int = 0) -> Tensor:
    """The directions of noise that best give the principal components of early activations, unit rows (count, size).

    The activations after the first layer are measured on random vectors, their principal components found, and each
    is mapped back by least squares: the direction u_i for which sum_i x_i u_i comes closest to the noise, x being the
    coordinates of the activations (GANSpace). Strongest first. Where there are classes, or categories, the mean
    of each is taken out first, so that what remains is what varies within a class.

    Args:
        checkpoint: The generator.
        count: Number of directions.
        samples: Number of random vectors.
        seed: Of these.

    Raises:
        LatentError: For more directions than entries of noise, or a generator without an activation function.
    """
    spec = checkpoint.latent_spec
    _check_count(count, spec)
    z = base_vectors(spec, samples, seed)
    classes = z[:, weights] if (weights := spec.entries("class", "category")) else None
    activations = _centered(first_activations(checkpoint, z).double(), classes)
    noise = _centered(z[:, spec.slice_of("noise")].double(), classes)
    coordinates = _principal_coordinates(activations, count)
    found = torch.linalg.lstsq(coordinates, noise).solution
    return _in_noise(spec, _signed(nn.functional.normalize(found, dim=1)))


@python_arguments
def group_direction(spec: LatentSpec, negatives: Tensor, positives: Tensor) -> tuple[Tensor, str]:
    """The direction that leads from vectors without a property to vectors with it.

    With few vectors it is the difference of the means, each entry divided by its variance, which is also what Fisher's
    discriminant gives for independent entries. With twice as many vectors as entries the covariance within the groups
    can be estimated, and is used.

    Args:
        spec: The layout of z.
        negatives: Vectors without the property, (A, size).
        positives: Vectors with it, (B, size).

    Returns:
        A unit vector (size,) in noise and codes, and how it was found: "means" or "fisher".

    Raises:
        LatentError: For an empty group or two that have the same mean.
    """
    for name, z in (("with", positives), ("without", negatives)):
        if len(z) == 0:
            raise LatentError("the group {name!r} is empty; put at least one picture into it", name=name)
        spec.check(z)
    drawn = spec.entries("noise", "code")
    groups = [z[:, drawn].double() for z in (negatives, positives)]
    difference = groups[1].mean(0) - groups[0].mean(0)
    if len(negatives) + len(positives) >= 2 * len(drawn) + 2:
        within = torch.cat([group - group.mean(0) for group in groups])
        difference, method = torch.linalg.lstsq(within.T @ within, difference).solution, "fisher"
    else:
        difference, method = difference / spec.variances[drawn], "means"
    length = difference.norm()
    if not length > 1e-9:
        raise LatentError("the two groups have the same mean, so no direction leads from one to the other")
    direction = torch.zeros(spec.size)
    direction[drawn] = (difference / length).float()
    return direction, method


@python_arguments
def leave_one_out_accuracy(spec: LatentSpec, negatives: Tensor, positives: Tensor) -> float | None:
    """How far two groups, (A, size) and (B, size), can be trusted.

    Returns:
        The share of their vectors, 0 .. 1, that lie on their own group's side of zero along the difference of the means
        of all the others: about one half for groups put together by chance. None where a group has fewer than two.
    """
    if min(len(negatives), len(positives)) < 2:
        return None
    for z in (negatives, positives):
        spec.check(z)
    drawn = spec.entries("noise", "code")
    # Entries of one variance, so that the plain difference of means is the same direction as in `group_direction`.
    vectors = torch.cat([negatives, positives])[:, drawn].double() / spec.variances[drawn].sqrt()
    side = torch.tensor([-1.0] * len(negatives) + [1.0] * len(positives), dtype=vectors.dtype)
    right = 0
    for index, vector in enumerate(vectors):
        kept = torch.arange(len(vectors)) != index
        difference = vectors[kept & (side > 0)].mean(0) - vectors[kept & (side < 0)].mean(0)
        right += int(side[index] * (vector @ difference) > 0)
    return right / len(vectors)


@python_arguments
def class_direction(spec: LatentSpec, start: int | str, end: int | str) -> Tensor:
    """The step from one class to another, (size,): added once to a vector of class `start` it makes it class `end`.

    Raises:
        LatentError: When the generator has no such classes, or both are the same.
    """
    if start == end:
        raise LatentError("a direction needs two different classes")
    here, there = (with_class(spec, torch.zeros(spec.size), label) for label in (start, end))
    return there - here


@python_arguments
def traverse_directions(
    checkpoint: Checkpoint, z: Tensor, directions: Tensor, strengths: Sequence[float], names: Sequence[str]
) -> Traversal:
    """Draw base vectors (B, size) moved along each of `directions` (D, size) by each strength.

    Returns:
        A traversal with directions in place of entries, `entries` being their indices.

    Raises:
        LatentError: For vectors of the wrong length and for more than `MAX_IMAGES` images.
    """
    checkpoint.latent_spec.check(z)
    checkpoint.latent_spec.check(directions)
    if (count := len(directions) * len(strengths) * len(z)) > MAX_IMAGES:
        raise LatentError("these are {count} pictures; choose fewer, at most {limit}", count=count, limit=MAX_IMAGES)
    moved = move_along(z, directions, strengths)
    images = torch.unflatten(checkpoint.draw(moved.flatten(0, 2)), 0, moved.shape[:3])
    return Traversal(images, tuple(range(len(directions))), tuple(strengths), z, tuple(names))


def mean_changes(traversal: Traversal) -> Tensor:
    """How much each direction changes the image, float32 (D,): the mean absolute difference from strength 0.

    0 is no change, 1 turns black into white; it is averaged over the other strengths and the base vectors.
    """
    still = traversal.values.index(0)
    images = traversal.images.float() / 255
    others = [place for place in range(len(traversal.values)) if place != still]
    return (images[:, others] - images[:, still : still + 1]).abs().mean(tuple(range(1, images.dim())))


@python_arguments
def move_along(z: Tensor, directions: Tensor, strengths: Sequence[float]) -> Tensor:
    """Vectors `z` (B, size) moved along directions (D, size) by strengths (S), (D, S, B, size)."""
    steps = torch.as_tensor(strengths, dtype=z.dtype)[:, None] * directions[:, None]  # (D, S, size)
    return z + steps[:, :, None]


def first_layer_weights(checkpoint: Checkpoint) -> Tensor:
    """What the first layer does with the noise, (outputs, noise_size).

    Raises:
        LatentError: If it takes no noise.
    """
    layer = next((module for module in checkpoint.generator.modules() if isinstance(module, WEIGHTED)), None)
    if layer is None:
        raise LatentError("this generator has no layer of weights that takes the noise")
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    inputs = checkpoint.generator.noise_inputs(checkpoint.latent_spec.noise_size)
    if weight.shape[1] < inputs.stop:
        raise LatentError("the first layer of this generator does not take the noise")
    return weight[:, inputs].movedim(1, -1).flatten(0, -2)


def first_activations(checkpoint: Checkpoint, z: Tensor) -> Tensor:
    """What comes out of the first activation function for `z` (N, size), float32 (N, features).

    Raises:
        LatentError: If the generator has none.
    """
    generator = copy.deepcopy(checkpoint.generator)  # other threads may be drawing with the original
    layer = next((module for module in generator.modules() if isinstance(module, ACTIVATIONS)), None)
    if layer is None:
        raise LatentError("this generator has no activation function after its first layer")
    kept: list[Tensor] = []
    layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output.flatten(1).clone()))
    with torch.inference_mode():
        for chunk in torch.split(z, 256):
            generator(chunk)
    return torch.cat(kept).clone()


@dataclass(frozen=True)
class Direction:
    """A direction that was given a name.

    Attributes:
        name: Any text of up to `MAX_NAME_LENGTH` characters.
        vector: Float32 (size,), not all zero.
        found_by: In one word, such as "pca" or "groups"; for the reader only.
    """

    name: str
    vector: Tensor
    found_by: str = ""


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=MAX_NAME_LENGTH)
    found_by: str = Field("", max_length=MAX_NAME_LENGTH)
    vector: list[Number]


class _File(BaseModel):
    model_config = ConfigDict(strict=True)

    format: Literal["gan-workshop-directions"] = "gan-workshop-directions"
    version: Literal[1] = 1
    model: str = Field(max_length=200)
    latent_size: int
    directions: list[_Entry] = Field(min_length=1, max_length=MAX_DIRECTIONS)


def directions_to_json(model: str, spec: LatentSpec, directions: list[Direction]) -> str:
    """The file of `directions`, found in the generator called `model`. `directions_from_json` is the exact inverse."""
    entries = [_Entry(name=each.name, found_by=each.found_by, vector=each.vector.tolist()) for each in directions]
    return _File(model=model, latent_size=spec.size, directions=entries).model_dump_json()


def directions_from_json(text: str | bytes, spec: LatentSpec) -> tuple[str, list[Direction]]:
    """The model in which the directions were found, and the directions.

    Raises:
        LatentError: In one line, for a file that is too large, no such file, damaged, or made for vectors of another
            length.
    """
    if len(text) > MAX_BYTES:
        raise LatentError(
            "the file is larger than {limit} MB; it cannot be a file of directions", limit=MAX_BYTES >> 20
        )
    try:
        file = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or Message("the file")
        raise LatentError(
            "this is no file of directions: {place}: {problem}", place=place, problem=first["msg"]
        ) from None
    if file.latent_size != spec.size:
        raise LatentError(
            "these directions have {found} entries; this generator needs {size}, choose the model they were made with",
            found=file.latent_size,
            size=spec.size,
        )
    return file.model, [_direction(entry, spec) for entry in file.directions]


def _direction(entry: _Entry, spec: LatentSpec) -> Direction:
    if len(entry.vector) != spec.size:
        raise LatentError(
            "{name!r} has {found} entries; this generator needs {size}",
            name=entry.name,
            found=len(entry.vector),
            size=spec.size,
        )
    vector = torch.tensor(entry.vector)
    if not vector.any():
        raise LatentError("{name!r} is all zero, which is no direction", name=entry.name)
    return Direction(entry.name, vector, entry.found_by)


def _principal_coordinates(activations: Tensor, count: int) -> Tensor:
    """The coordinates of centred activations (N, F) along their first principal components, (N, count).

    They are eigenvectors of the N x N products of the activations times the roots of their eigenvalues; the F x F
    covariance of a convolution's many features would be far larger.
    """
    eigenvalues, vectors = torch.linalg.eigh(activations @ activations.T)
    strongest = slice(-count, None)
    coordinates: Tensor = vectors[:, strongest] * eigenvalues[strongest].clamp(min=0).sqrt()
    return coordinates.flip(1)


def _centered(values: Tensor, classes: Tensor | None) -> Tensor:
    """Values (N, F) less their mean, or less the mean of their class, given class weights (N, K)."""
    if classes is None:
        return values - values.mean(0)
    members = classes.to(values.dtype)
    means = (members.T @ values) / members.sum(0).clamp(min=1)[:, None]
    return values - members @ means


def _signed(directions: Tensor) -> Tensor:
    """Rows with the sign that makes the entry of largest magnitude positive: an eigenvector has either sign."""
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return directions * torch.where(largest < 0, -1.0, 1.0)


def _in_noise(spec: LatentSpec, directions: Tensor) -> Tensor:
    """Directions of noise (D, noise_size) as directions of the whole vector, float32 (D, size)."""
    whole = torch.zeros(len(directions), spec.size)
    whole[:, spec.slice_of("noise")] = directions.float()
    return whole


def _check_count(count: int, spec: LatentSpec) -> None:
    if not 1 <= count <= spec.noise_size:
        raise LatentError("{count} directions were asked for; choose 1 to {limit}", count=count, limit=spec.noise_size)
