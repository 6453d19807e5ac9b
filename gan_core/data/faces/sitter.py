"""The measures and colors of people, from their attributes: what all parts of a portrait agree on."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from gan_core.data.faces.painter import colors, mix, ramp
from gan_core.data.faces.people import HAIR_COLORS, INDEX

SKIN = colors("fde3d0", "f6cfae", "e8b288", "cd8f62", "9c6440", "6b4129", "4a2c1d")
WARM, COOL = colors("ffac5c", "f29fb8")
HAIR_FROM = colors("16131c", "3a2116", "7a2412", "b5803a", "d0568c", "2c5fa8", "8d8b92")
HAIR_TO = colors("3c3540", "8a552f", "d9622b", "f7dc8d", "ff9fc6", "6fc3e8", "eceaf0")
IRIS = colors("2a1710", "5a3517", "8a6a2a", "4f8a55", "3f86b8", "7ab6dc")
BACKGROUND = colors("3d6fb0", "4fa3c7", "6cc2b4", "a9cf8f", "f0cf6b", "f4a261", "e76f51", "d1607f")
CLOTHES = colors("2f4b8f", "2a7f9e", "2f9e8f", "7fb069", "f2b632", "ee7b30", "d7263d", "a63a79")
WHITE, INK, GOLD, STRAW, ROSE, TONGUE, LIPSTICK = colors(
    "ffffff", "241a22", "ffc93c", "f3d58a", "f2636b", "e0566a", "c2213f"
)
SHADOW = torch.tensor([0.78, 0.62, 0.60])


class Sitter:
    """People ready to be painted. Every attribute of the object is a tensor whose first dimension are the people.

    Sizes are in the coordinates of the head, (N, 1, 1): `across` and `down` are its half axes, `right` and `below` say
    how far its features are moved because it is turned or bowed, and `eye_x`, `eye_y`, `nose_y` and `mouth_y` where
    they are. Colors are RGB in 0 .. 1, (N, 3).

    Args:
        values: Attributes float32 (N, attributes), in the order of `ATTRIBUTES`.
    """

    def __init__(self, values: Tensor):
        self.values = values
        age, child = self["age"], (1 - self["age"] / 0.3).clamp(min=0)
        self.child = child
        self.wrinkles = (self["age"] / 0.4 - 1.5).clamp(min=0)
        self.across = 0.415 + 0.06 * self.around("wide face") + 0.015 * child
        self.down = 0.53 + 0.05 * self.around("long face") - 0.045 * child
        self.jaw = 0.05 + 0.24 * (1 - self["wide jaw"])
        self.right = 0.10 * self.around("turned right")
        self.below = 0.02 + 0.045 * self.around("bowed head") + 0.045 * child
        self.eye_x = 0.185 + 0.03 * self.around("wide-set eyes")
        self.eye_y = self.below - 0.02
        self.eye_size = 0.105 + 0.02 * self.around("big eyes") + 0.012 * child - 0.008 * age
        self.nose_y = self.below + 0.145 - 0.015 * child
        self.mouth_y = self.below + 0.295 - 0.02 * child
        self.lamp = self.around("light from the right")

        skin = ramp(SKIN, self.of("dark skin"))
        self.skin = 0.74 * skin + 0.26 * mix(COOL, WARM, self.of("warm skin")) * skin.amax(1, keepdim=True)
        self.skin_shadow = self.skin * SHADOW
        self.lips = mix(self.skin * torch.tensor([0.80, 0.52, 0.52]), LIPSTICK, 0.8 * self.of("lipstick"))
        self.hair = torch.zeros(len(self), 3)
        for name, dark, light in zip((*HAIR_COLORS, "grey hair"), HAIR_FROM, HAIR_TO, strict=True):
            self.hair += self.of(name)[:, None] * mix(dark, light, self.of("light hair"))
        self.iris = ramp(IRIS, self.of("light eyes"))
        self.clothes = self._shade(ramp(CLOTHES, self.of("warm clothes")), self.of("light clothes"))
        self.accent = self._shade(ramp(CLOTHES.roll(4, 0), self.of("warm clothes")), self.of("light clothes"))
        self.background = self._shade(ramp(BACKGROUND, self.of("warm background")), self.of("light background"))

    def __len__(self) -> int:
        return len(self.values)

    def of(self, name: str) -> Tensor:
        """An attribute (N,), 0 .. 1."""
        return self.values[:, INDEX[name]]

    def __getitem__(self, name: str) -> Tensor:
        """An attribute for every pixel, (N, 1, 1), 0 .. 1."""
        return self.of(name)[:, None, None]

    def around(self, name: str) -> Tensor:
        """An attribute for every pixel, (N, 1, 1), with 0 in the middle: -1 .. 1."""
        return 2 * self[name] - 1

    def some(self, rows: Tensor) -> Sitter:
        """The people at these indices."""
        part = copy.copy(self)
        for name, value in vars(self).items():
            setattr(part, name, value[rows])
        return part

    @staticmethod
    def _shade(color: Tensor, light: Tensor) -> Tensor:
        """From a deep to a pale shade of a color."""
        return mix(mix(color * 0.62, color, (2 * light).clamp(max=1)), WHITE, 0.62 * (2 * light - 1).clamp(min=0))
