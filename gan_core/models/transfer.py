"""Which model of the library a run may begin with: the one whose weights fit its networks best."""

from __future__ import annotations

from dataclasses import dataclass

from safetensors import SafetensorError, safe_open
from torch import Size

from gan_core.data import ImageData
from gan_core.families import RunConfig, get_family
from gan_core.models.card import read_card
from gan_core.models.library import find_model, imported, shipped
from gan_core.nets.initialization import without_values
from gan_core.nets.transfer import fitting_share

MIN_SHARE = 0.5  # of the generator's weights; with less a run may as well begin anew


@dataclass(frozen=True)
class Start:
    """A model that a run may begin with.

    Attributes:
        name: Of a shipped or imported model.
        title: One line for people.
        share: Share of the generator's weights that fit, 0 .. 1.
    """

    name: str
    title: str
    share: float


def nearest_model(config: RunConfig, data: ImageData) -> Start | None:
    """The model whose weights fit the networks of a run best, those of its own family first; None where none fits.

    Only the headers of the files are read, and no network gets memory.

    Args:
        config: Of the run.
        data: Its images; only their shape and classes count.

    Raises:
        ConfigError: Config and data do not fit together.
    """
    with without_values():
        gan = get_family(config.family).build(config, data)
    found = []
    for name in (*shipped(), *imported()):
        path = find_model(name)
        if path is None:
            continue
        share = fitting_share(_shapes(str(path), "generator."), gan.generator)
        card = read_card(path.with_suffix(".json"))
        if share >= MIN_SHARE:
            found.append((share, card.get("family") == config.family, Start(name, card.get("title", name), share)))
    # Rounded, because a generator with another output for gray and color fits as well as one without.
    return max(found, key=lambda one: (round(one[0], 2), one[1]))[2] if found else None


def _shapes(path: str, prefix: str) -> dict[str, Size]:
    """Shapes of a checkpoint's weights below a prefix; none of a file that cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 (not a dict)
            return {name.removeprefix(prefix): Size(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError):
        return {}
