"""What the layers of both networks put out for one image, and what each place of D's maps adds to its score."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from gan_core.errors import LatentError
from gan_core.models.checkpoint import Checkpoint

PASSING_ON = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout, nn.Dropout2d)  # layers that change no number


@dataclass(frozen=True)
class LayerOutput:
    """What a layer puts out for one image.

    Attributes:
        name: Of the layer in its network, such as "layers.3".
        kind: Its class, such as "LeakyReLU".
        output: Feature maps (C, H, W) or units (F,).
        shares: Of D's maps, what each place adds to D's score of this image, (H, W), above 0 for more real; to first
            order, and exactly where only a linear layer follows. None for units and for a generator.
    """

    name: str
    kind: str
    output: Tensor
    shares: Tensor | None = None


def generator_layers(checkpoint: Checkpoint, z: Tensor) -> list[LayerOutput]:
    """The outputs of the generator's layers for one vector z (1, size), in the order of their names."""
    checkpoint.latent_spec.check(z)
    generator = copy.deepcopy(checkpoint.generator)  # other threads may be drawing with the original
    with torch.no_grad():
        outputs = _outputs(generator, partial(generator, z))
    return [LayerOutput(name, kind, output[0].float()) for name, kind, output in outputs]


def discriminator_layers(checkpoint: Checkpoint, z: Tensor) -> list[LayerOutput]:
    """The outputs of the discriminator's layers for the image of one vector z (1, size), with their shares.

    Shares are activation times gradient, summed over the maps (Draelos & Carin 2020, "Use HiResCAM instead of
    Grad-CAM", arXiv:2011.08891).

    Raises:
        LatentError: There is no discriminator.
    """
    checkpoint.latent_spec.check(z)
    if checkpoint.gan is None:
        raise LatentError("{name} has no discriminator, so nobody judges its images", name=checkpoint.name)
    gan = copy.deepcopy(checkpoint.gan)
    with torch.no_grad():
        image = gan.generator(z).float()
    image.requires_grad_()
    scores: list[Tensor] = []
    with torch.enable_grad():
        classes = gan.latent_spec.class_weights(z)
        outputs = _outputs(gan.discriminator, lambda: scores.append(gan.discriminate(image, classes).sum()))
        seen = {name: output for name, _kind, output in outputs if output.dim() == 4 and output.requires_grad}
        gradients = torch.autograd.grad(scores[0], [image, *seen.values()], allow_unused=True)[1:]
    sign = -1 if gan.d_output == "energy" else 1
    shares = {
        name: sign * (output * gradient)[0].detach().float().sum(dim=0)
        for (name, output), gradient in zip(seen.items(), gradients, strict=True)
        if gradient is not None
    }
    return [LayerOutput(name, kind, output.detach()[0].float(), shares.get(name)) for name, kind, output in outputs]


def _outputs(network: nn.Module, run: Callable[[], object]) -> list[tuple[str, str, Tensor]]:
    """Name, kind and output of each layer that `run` has the network go through; the last call of each counts."""
    kept: dict[str, Tensor] = {}
    layers = {name: module for name, module in network.named_modules() if _is_layer(name, module)}

    def keep(name: str, _module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() in (2, 4) and output[0].numel() > 1:
            kept[name] = output

    for name, module in layers.items():
        module.register_forward_hook(partial(keep, name))
    run()
    return [(name, _kind(module), kept[name]) for name, module in layers.items() if name in kept]


def _is_layer(name: str, module: nn.Module) -> bool:
    children = {child for child, _module in module.named_children()} - {"parametrizations"}
    return not children and "parametrizations" not in name and not isinstance(module, PASSING_ON)


def _kind(module: nn.Module) -> str:
    """The class of a layer, that of torch where it is one of our own or parametrized."""
    return next(kind.__name__ for kind in type(module).__mro__ if kind.__module__.startswith("torch.nn.modules"))
