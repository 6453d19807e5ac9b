"""Datasets by name: `load_dataset("mnist", image_size=32)` gives an `ImageData`; `DATASETS` lists them."""

from gan_core.data.image_data import ImageData, denormalize, normalize
from gan_core.data.loading import load_dataset
from gan_core.data.specs import DATASETS, DatasetSpec, Progress
from gan_core.data.uploads import keep_upload, shown_name
from gan_core.paths import data_home, gan_home

__all__ = [
    "DATASETS",
    "DatasetSpec",
    "ImageData",
    "Progress",
    "data_home",
    "denormalize",
    "gan_home",
    "keep_upload",
    "load_dataset",
    "normalize",
    "shown_name",
]
