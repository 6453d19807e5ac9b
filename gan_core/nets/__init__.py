"""Generators and discriminators: torch modules that know nothing of losses, data or runs."""

from gan_core.nets.autoencoder import Autoencoder, ConvAutoencoder, MLPAutoencoder
from gan_core.nets.base import NETS, Net, build_net
from gan_core.nets.conv import AuxiliaryHeadDiscriminator, DCGANDiscriminator, DCGANGenerator
from gan_core.nets.info import InfoDiscriminator, InfoGenerator
from gan_core.nets.layered import LayeredGenerator
from gan_core.nets.mlp import MLPDiscriminator, MLPGenerator
from gan_core.nets.nearest import NearestGenerator, PooledDiscriminator
from gan_core.nets.pyramid import PyramidDiscriminator, PyramidGenerator

__all__ = [
    "NETS",
    "Autoencoder",
    "AuxiliaryHeadDiscriminator",
    "ConvAutoencoder",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "InfoDiscriminator",
    "InfoGenerator",
    "LayeredGenerator",
    "MLPAutoencoder",
    "MLPDiscriminator",
    "MLPGenerator",
    "NearestGenerator",
    "Net",
    "PooledDiscriminator",
    "PyramidDiscriminator",
    "PyramidGenerator",
    "build_net",
]
