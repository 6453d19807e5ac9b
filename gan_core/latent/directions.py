"""Directions in latent space: straight lines along which the picture changes in one way, found in four manners.

- `weight_directions`: the closed form of SeFa (Shen & Zhou 2021, arXiv:2007.06600)
- `activation_directions`: PCA of early activations, GANSpace (Härkönen et al. 2020, arXiv:2004.02546)
- `group_direction`: from two groups of vectors, such as those whose pictures a person has sorted
- `class_direction`: from one class weight to another, where the generator has classes

A direction has the size of the whole latent vector. The first two manners look at the layer that takes the noise, so
their directions lie in that; those between groups also lie in codes and in the noise of finer levels. All but those
between classes have length 1, so that a step of 3 along one is as long as setting one entry of a zero vector to 3.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.sheet import MAX_IMAGES, Sheet
from gan_core.latent.vectors import base_vectors, with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

SAMPLES = 1024  # activations from which the principal components are found

WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.SELU, nn.GELU, nn.SiLU)


@python_arguments
def weight_directions(checkpoint: Checkpoint, count: int) -> Tensor:
    """The `count` directions of noise that the first layer stretches most, orthonormal, float32 (count, size).

    They are eigenvectors of W^T W, strongest first, W being the weights of the layer that takes the noise: a step
    along one changes the output of that layer by the square root of its eigenvalue (SeFa).
    """
    spec = checkpoint.latent_spec
    weights = first_layer_weights(checkpoint).double()
    _eigenvalues, vectors = torch.linalg.eigh(weights.T @ weights)
    strongest = vectors.flip(1).T[: _checked(count, spec)]
    return _in_noise(spec, _signed(strongest))


@python_arguments
def activation_directions(checkpoint: Checkpoint, count: int, *, samples: int = SAMPLES, seed: int = 0) -> Tensor:
    """The directions of noise that best give the principal components of early activations, unit rows (count, size).

    The activations after the first layer are measured on random vectors, their principal components found, and each
    is mapped back by least squares: the direction u_i for which sum_i x_i u_i comes closest to the noise, x being the
    coordinates of the activations (GANSpace). Strongest first. Where there are classes, or categories, the mean
    of each is taken out first, so that what remains is what varies within a class.
    """
    spec = checkpoint.latent_spec
    _checked(count, spec)
    vectors = base_vectors(spec, samples, seed)
    classes = vectors[:, weights] if (weights := spec.entries("class", "category")) else None
    activations = _centred(first_activations(checkpoint, vectors).double(), classes)
    noise = _centred(vectors[:, spec.slice_of("noise")].double(), classes)
    coordinates = _principal_coordinates(activations, count)
    found = torch.linalg.lstsq(coordinates, noise).solution
    return _in_noise(spec, _signed(nn.functional.normalize(found, dim=1)))


@python_arguments
def group_direction(spec: LatentSpec, without: Tensor, with_it: Tensor) -> tuple[Tensor, str]:
    """The direction that leads from vectors `without` a property to vectors `with_it`, and how it was found.

    without, with_it: (A, size) and (B, size)
    Returns a unit vector (size,) in noise and codes, and "means" or "fisher". With few vectors it is the difference of
    the means, each entry divided by its variance, which is also what Fisher's discriminant gives for independent
    entries. With twice as many vectors as entries the covariance within the groups can be estimated, and is used.
    Raises `LatentError` for an empty group or two that have the same mean.
    """
    for name, vectors in (("with", with_it), ("without", without)):
        if len(vectors) == 0:
            raise LatentError(f"the group {name!r} is empty; put at least one picture into it")
        spec.check(vectors)
    drawn = spec.entries("noise", "code")
    groups = [vectors[:, drawn].double() for vectors in (without, with_it)]
    difference = groups[1].mean(0) - groups[0].mean(0)
    if len(without) + len(with_it) >= 2 * len(drawn) + 2:
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
def left_out_agreement(spec: LatentSpec, without: Tensor, with_it: Tensor) -> float | None:
    """How far two groups, (A, size) and (B, size), can be trusted: the share of their vectors, 0 .. 1, that lie on
    their own group's side of zero along the difference of the means of all the others.

    Groups put together by chance give about one half. None where a group has fewer than two vectors.
    """
    if min(len(without), len(with_it)) < 2:
        return None
    for vectors in (without, with_it):
        spec.check(vectors)
    drawn = spec.entries("noise", "code")
    # Entries of one variance, so that the plain difference of means is the same direction as in `group_direction`.
    vectors = torch.cat([without, with_it])[:, drawn].double() / spec.variances[drawn].sqrt()
    side = torch.tensor([-1.0] * len(without) + [1.0] * len(with_it), dtype=vectors.dtype)
    right = 0
    for index, vector in enumerate(vectors):
        kept = torch.arange(len(vectors)) != index
        difference = vectors[kept & (side > 0)].mean(0) - vectors[kept & (side < 0)].mean(0)
        right += int(side[index] * (vector @ difference) > 0)
    return right / len(vectors)


@python_arguments
def class_direction(spec: LatentSpec, start: int, end: int) -> Tensor:
    """The step from one class to another, (size,): added once to a vector of class `start` it makes it class `end`.

    Raises `LatentError` when the generator has no such classes, or both are the same.
    """
    if start == end:
        raise LatentError("a direction needs two different classes")
    here, there = (with_class(spec, torch.zeros(spec.size), label) for label in (start, end))
    return there - here


@python_arguments
def direction_sheet(
    checkpoint: Checkpoint, vectors: Tensor, directions: Tensor, strengths: Sequence[float], names: Sequence[str]
) -> Sheet:
    """Draw base vectors (B, size) moved along each of `directions` (D, size) by each strength.

    The sheet is one of a sweep with directions in place of entries, `entries` being their indices. Raises
    `LatentError` for vectors of the wrong length and for more than `MAX_IMAGES` pictures.
    """
    checkpoint.latent_spec.check(vectors)
    checkpoint.latent_spec.check(directions)
    if (count := len(directions) * len(strengths) * len(vectors)) > MAX_IMAGES:
        raise LatentError(f"these are {count} pictures; choose fewer, at most {MAX_IMAGES}")
    moved = move(vectors, directions, strengths)
    images = checkpoint.draw(moved.flatten(0, 2)).unflatten(0, moved.shape[:3])
    return Sheet(images, tuple(range(len(directions))), tuple(strengths), vectors, tuple(names))


def changes(sheet: Sheet) -> Tensor:
    """How much each direction changes the picture, float32 (D,): the mean absolute difference from strength 0.

    0 is no change, 1 turns black into white; it is averaged over the other strengths and the base vectors.
    """
    still = sheet.values.index(0)
    images = sheet.images.float() / 255
    others = [place for place in range(len(sheet.values)) if place != still]
    return (images[:, others] - images[:, still : still + 1]).abs().mean(tuple(range(1, images.dim())))


@python_arguments
def move(vectors: Tensor, directions: Tensor, strengths: Sequence[float]) -> Tensor:
    """Vectors (B, size) moved along directions (D, size) by strengths (S), (D, S, B, size)."""
    steps = torch.as_tensor(strengths, dtype=vectors.dtype)[:, None] * directions[:, None]  # (D, S, size)
    return vectors + steps[:, :, None]


def first_layer_weights(checkpoint: Checkpoint) -> Tensor:
    """What the first layer does with the noise, (outputs, noise_size). Raises `LatentError` if it takes no noise."""
    layer = next((module for module in checkpoint.generator.modules() if isinstance(module, WEIGHTED)), None)
    if layer is None:
        raise LatentError("this generator has no layer of weights that takes the noise")
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    inputs = checkpoint.generator.noise_inputs(checkpoint.latent_spec.noise_size)
    if weight.shape[1] < inputs.stop:
        raise LatentError("the first layer of this generator does not take the noise")
    return weight[:, inputs].movedim(1, -1).flatten(0, -2)


def first_activations(checkpoint: Checkpoint, vectors: Tensor) -> Tensor:
    """What comes out of the first activation function for vectors (N, size), float32 (N, features)."""
    generator = copy.deepcopy(checkpoint.generator)  # other threads may be drawing with the original
    layer = next((module for module in generator.modules() if isinstance(module, ACTIVATIONS)), None)
    if layer is None:
        raise LatentError("this generator has no activation function after its first layer")
    kept: list[Tensor] = []
    layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output.flatten(1).clone()))
    with torch.inference_mode():
        for chunk in vectors.split(256):
            generator(chunk)
    return torch.cat(kept).clone()


def _principal_coordinates(activations: Tensor, count: int) -> Tensor:
    """The coordinates of centred activations (N, F) along their first principal components, (N, count).

    They are eigenvectors of the N x N products of the activations times the roots of their eigenvalues; the F x F
    covariance of a convolution's many features would be far larger.
    """
    eigenvalues, vectors = torch.linalg.eigh(activations @ activations.T)
    strongest = slice(-count, None)
    return (vectors[:, strongest] * eigenvalues[strongest].clamp(min=0).sqrt()).flip(1)


def _centred(values: Tensor, classes: Tensor | None) -> Tensor:
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


def _checked(count: int, spec: LatentSpec) -> int:
    if not 1 <= count <= spec.noise_size:
        raise LatentError(f"{count} directions were asked for; choose 1 to {spec.noise_size}")
    return count
