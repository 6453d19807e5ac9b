"""How weights begin: as in DCGAN where BatchNorm follows, by He's rule where nothing else sets the scale."""

from __future__ import annotations

from typing import TypeVar

from torch import nn

M = TypeVar("M", bound=nn.Module)


def init_dcgan(net: nn.Module) -> None:
    """Weights of convolutions from N(0, 0.02), BatchNorm scales from N(1, 0.02); Radford et al. 2015.

    BatchNorm makes up for weights that small. Without it each layer shrinks its input: see `init_he`.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


def init_he(net: M, negative_slope: float = 0.2) -> M:
    """Weights from N(0, gain^2 / inputs), which keep the scale of the signal from layer to layer; biases 0.

    He et al. 2015, "Delving Deep into Rectifiers", arXiv:1502.01852, as in the code of WGAN-GP. A critic of four
    convolutions has a slope of about 1 then, and one of 0.002 with the weights of `init_dcgan`.

    Args:
        net: Layers without BatchNorm.
        negative_slope: Of the LeakyReLU that follows them; 0 for a ReLU.

    Returns:
        `net` itself.
    """
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, negative_slope)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net
