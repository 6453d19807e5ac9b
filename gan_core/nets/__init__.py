"""Torch modules only: what the generators and discriminators are made of."""

from gan_core.nets.base import NETS, Net, build_net
from gan_core.nets.conv import DCGANDiscriminator, DCGANGenerator
from gan_core.nets.mlp import MLPDiscriminator, MLPGenerator

__all__ = [
    "NETS",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "MLPDiscriminator",
    "MLPGenerator",
    "Net",
    "build_net",
]
