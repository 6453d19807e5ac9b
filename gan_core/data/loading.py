"""`load_dataset`: a name and a shape to `ImageData`, through the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gan_core.data import sources
from gan_core.data.cache import CacheKey, cached
from gan_core.data.faces import load_faces
from gan_core.data.folder import load_folder
from gan_core.data.formats import FORMATS
from gan_core.data.image_data import ImageData
from gan_core.data.specs import IMAGE_SIZES, DatasetSpec, Progress, dataset_spec
from gan_core.data.strokes import load_strokes
from gan_core.errors import ConfigError
from gan_core.paths import absolute, data_home

Draw = Callable[[int, int, Progress], ImageData]
DRAWN: dict[str, Draw] = {"strokes": load_strokes, "faces": load_faces}  # by the workshop itself


def load_dataset(
    name: str,
    *,
    image_size: int | None = None,
    channels: int | None = None,
    path: str | Path | None = None,
    progress: Progress | None = None,
) -> ImageData:
    """The training images of a dataset, decoded, on the CPU.

    Args:
        name: A key of `DATASETS`.
        image_size: 28, 32 or 64; by default the dataset's own.
        channels: 1 or 3; by default the dataset's own.
        path: Directory or zip of images, for the dataset `folder` only.
        progress: Called from this thread with the current activity and the fraction done, see `Progress`. What it
            raises ends the loading.

    Raises:
        ConfigError: An unknown name, size or number of channels, or a path that is missing or not allowed.
        DataError: The images cannot be found, downloaded or read.
    """
    spec = dataset_spec(name)
    image_size = spec.image_size if image_size is None else image_size
    channels = spec.channels if channels is None else channels
    progress = progress or (lambda what, fraction: None)
    check_request(spec, image_size, channels, path)

    if draw := DRAWN.get(name):
        key = CacheKey(name, image_size, channels)
        return cached(key, lambda: draw(image_size, channels, progress), progress)
    if path:  # of the dataset `folder`, see `check_request`
        place = absolute(path)
        key = CacheKey(name, image_size, channels, str(place), f"{sources.fingerprint(place)} {' '.join(FORMATS)}")
        return cached(key, lambda: load_folder(place, image_size, channels, progress), progress)
    key = CacheKey(name, image_size, channels, str(data_home()))
    return cached(key, lambda: _load_torchvision(spec, image_size, channels, progress), progress)


def _load_torchvision(spec: DatasetSpec, image_size: int, channels: int, progress: Progress) -> ImageData:
    # Importing torchvision takes longer than all of gan_core, and most commands need none of its datasets.
    from gan_core.data.torchvision_sets import load_torchvision

    return load_torchvision(spec, image_size, channels, progress)


def check_request(spec: DatasetSpec, image_size: int, channels: int, path: str | Path | None) -> None:
    """Check the options, alone and together.

    Raises:
        ConfigError: One of them is not allowed.
    """
    if image_size not in IMAGE_SIZES:
        raise ConfigError(
            "image_size", "must be one of {known} (got {image_size!r})", known=list(IMAGE_SIZES), image_size=image_size
        )
    if channels not in (1, 3):
        raise ConfigError("channels", "must be 1 (grey) or 3 (RGB) (got {channels!r})", channels=channels)
    if spec.name == "folder" and not path:
        raise ConfigError("data_path", "the dataset folder needs the path of a directory or zip of images")
    if spec.name != "folder" and path:
        raise ConfigError("data_path", "only the dataset folder takes a path, {dataset} does not", dataset=spec.name)
