"""A small classifier per dataset, shipped or trained once: images are compared by its features.

Inception features, the usual choice, say little about 28 px digits (the author of pytorch-fid calls them "pretty
meaningless" there); features of a network that knows the very classes do. TF-GAN's MNIST metrics do the same.
"""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits
from torch.nn.functional import cross_entropy

from gan_core.data import ImageData
from gan_core.data.image_data import normalize
from gan_core.errors import DataError
from gan_core.files import atomic_path, files_in
from gan_core.nets.initialization import without_values
from gan_core.paths import SHIPPED, gan_home

VERSION = 1
EPOCHS = 3
ATTRIBUTE_EPOCHS = 5  # where there are attributes, which are harder than classes
BATCH_SIZE = 128
ATTRIBUTE_WEIGHT = 30.0  # of the mean over all attributes, beside the classes

logger = logging.getLogger(__name__)


class Dropout(nn.Dropout):
    """Dropout that draws from a generator of its own: torch's draws from the default one, which belongs to training.

    Attributes:
        generator: For training only.
    """

    generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape, of which some are set to 0 in training."""
        if not self.training:
            return values
        kept = torch.empty_like(values, dtype=torch.bool).bernoulli_(1 - self.p, generator=self.generator)
        return values * kept * (1 / (1 - self.p))


class Classifier(nn.Module):
    """Images float (N, C, S, S) in -1 .. 1 -> logits (N, num_classes); `features` gives the layer before, (N, 128).

    Args:
        channels: Of the images.
        image_size: Side of the images in pixels.
        num_classes: At least two.
        attribute_names: What else it tells from an image, such as glasses.
    """

    num_features = 128
    chunk_size = 1000  # images that are looked at together

    def __init__(self, channels: int, image_size: int, num_classes: int, attribute_names: Sequence[str] = ()):
        super().__init__()
        self.attribute_names = tuple(attribute_names)
        self.body = self._layers(channels, image_size)
        self.head = nn.Linear(self.num_features, num_classes)
        self.attribute_head = nn.Linear(self.num_features, len(attribute_names)) if attribute_names else None

    def _layers(self, channels: int, image_size: int) -> nn.Sequential:
        """From images to features."""
        widths = (channels, 16, 32, 64) if image_size > 32 else (channels, 32, 64)
        side = image_size // 2 ** (len(widths) - 1)
        return nn.Sequential(
            *(
                layer
                for inputs, outputs in pairwise(widths)
                for layer in (nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
            ),
            nn.Flatten(),
            Dropout(0.25),
            nn.Linear(64 * side * side, self.num_features),
            nn.ReLU(),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, num_classes) of images float (N, C, S, S) in -1 .. 1."""
        logits: Tensor = self.head(self.body(images))
        return logits

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """uint8 (N, C, S, S) -> float32 (N, 128), a chunk of images at a time."""
        self.eval()
        return torch.cat([self.body(normalize(chunk)) for chunk in images.split(self.chunk_size)])

    def classify(self, images: Tensor) -> Tensor:
        """uint8 (N, C, S, S) -> class indices int64 (N,)."""
        return self.predict(self.features(images))

    @torch.inference_mode()
    def predict(self, features: Tensor) -> Tensor:
        """Features (N, 128) -> class indices int64 (N,)."""
        logits: Tensor = self.head(features)
        return logits.argmax(dim=1)

    @torch.inference_mode()
    def read_attributes(self, features: Tensor) -> Tensor:
        """Features (N, 128) -> how much each image has of each attribute, float32 (N, attributes) in 0 .. 1."""
        if self.attribute_head is None:
            return features.new_empty(len(features), 0)
        logits: Tensor = self.attribute_head(features)
        return logits.sigmoid()

    @torch.inference_mode()
    def describe(self, images: Tensor) -> Tensor:
        """uint8 (N, C, S, S) -> the probabilities of the classes, then the attributes: float32 (N, both) in 0 .. 1."""
        features = self.features(images)
        probabilities: Tensor = self.head(features).softmax(dim=1)
        return torch.cat([probabilities, self.read_attributes(features)], 1)


def classifier_for(data: ImageData, progress: Callable[[float], None] = lambda fraction: None) -> Classifier:
    """The classifier of a labeled dataset: the one that ships, or is stored, or one that is trained now.

    Training takes a minute for MNIST on one core; the result is stored for next time where the disk allows.

    Args:
        data: The dataset.
        progress: Called with the fraction of the training that is done.

    Raises:
        DataError: The dataset has less than two classes.
    """
    if data.num_classes < 2:
        raise DataError(
            "{name}: quality is measured with a classifier, which needs two labelled classes or more", name=data.name
        )
    classifier = ready_classifier(data)
    if classifier is None:
        classifier = train_classifier(data, progress=progress)
        try:
            save_classifier(classifier, data, _kept_path(data))
        except (OSError, SafetensorError) as error:
            logger.warning("the classifier of %s could not be kept for next time: %s", data.name, error)
    return classifier


def ready_classifier(data: ImageData) -> Classifier | None:
    """The classifier of these very images, if it ships with the workshop or `classifier_for` has trained it."""
    if data.num_classes < 2:
        return None
    return shipped_classifier(data) or _read(_kept_path(data), data.image_size, data.channels)


def shipped_classifier(data: ImageData) -> Classifier | None:
    """The classifier of these very images, if it ships with the workshop."""
    path = shipped_path(data.name, data.image_size, data.channels)
    return _read(path, data.image_size, data.channels) if _fingerprint_of(path) == _fingerprint(data) else None


def kept_classifier(dataset: str, image_size: int, channels: int) -> Classifier | None:
    """The classifier of a dataset by name, if there is one; the images are not needed.

    Args:
        dataset: Name of the dataset.
        image_size: Side of the images in pixels.
        channels: Of the images.

    Returns:
        The one that ships, else the one that `classifier_for` has trained last. None for a person's own images, which
        the name does not identify.
    """
    if dataset == "folder":
        return None
    prefix = _prefix(dataset, image_size, channels)
    kept = sorted(files_in(_folder(), f"{glob.escape(prefix)}*.safetensors"), key=lambda path: path.stat().st_mtime)
    paths = (shipped_path(dataset, image_size, channels), *reversed(kept))
    return next(filter(None, (_read(path, image_size, channels) for path in paths)), None)


def shipped_path(dataset: str, image_size: int, channels: int) -> Path:
    """The path of the classifier that ships, if there is one."""
    return SHIPPED / "classifiers" / f"{dataset}-{image_size}px-{channels}c.safetensors"


def attributes_path(path: Path) -> Path:
    """Where the head for attributes lies of a classifier that learned them later, see `fit_attributes`."""
    return path.with_suffix(".attributes.safetensors")


def save_classifier(classifier: Classifier, data: ImageData, path: Path, *, half: bool = False) -> None:
    """Write the weights, the names of the attributes, and the fingerprint of the images that they were trained on.

    Args:
        classifier: Has the weights.
        data: The images.
        path: The file.
        half: Whether the weights are stored as float16.
    """
    _save(classifier.state_dict(), classifier.attribute_names, data, path, half=half)


def save_attributes(classifier: Classifier, data: ImageData, path: Path) -> None:
    """Write the head for attributes alone, as float16, beside the file of the classifier, which stays what it is."""
    weights = {name: tensor for name, tensor in classifier.state_dict().items() if name.startswith("attribute_head.")}
    _save(weights, classifier.attribute_names, data, attributes_path(path), half=True)


def _save(weights: Mapping[str, Tensor], names: Sequence[str], data: ImageData, path: Path, *, half: bool) -> None:
    stored = {name: (tensor.half() if half else tensor).contiguous() for name, tensor in weights.items()}
    about = {"fingerprint": _fingerprint(data), "attribute_names": json.dumps(names)}
    with atomic_path(path) as temporary:
        save_file(stored, temporary, metadata=about)


def epochs_for(data: ImageData) -> int:
    """How often `train_classifier` passes over a dataset."""
    return EPOCHS if data.attributes is None else ATTRIBUTE_EPOCHS


def train_classifier(
    data: ImageData,
    *,
    epochs: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Classifier:
    """Train with Adam and cross-entropy, of attributes too; the same seed gives the same classifier.

    Args:
        data: A labeled dataset.
        epochs: Passes over it; by default `epochs_for`.
        seed: Of the first weights, the order of the images and dropout.
        progress: Called with the fraction that is done.
    """
    labels = data.labels
    assert labels is not None, "a classifier needs labels"
    generator = torch.Generator().manual_seed(seed)
    classifier = _new_classifier(data, generator).train()
    epochs = epochs_for(data) if epochs is None else epochs
    steps = epochs * (len(data) // BATCH_SIZE) or 1
    optimizer = torch.optim.Adam(classifier.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    order = torch.cat([torch.randperm(len(data), generator=generator) for _ in range(epochs)])
    for step in range(steps):
        picked = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        features = classifier.body(normalize(data.images[picked]))
        loss = cross_entropy(classifier.head(features), labels[picked])
        if classifier.attribute_head is not None and data.attributes is not None:
            wanted = data.attributes.values[picked]
            loss = loss + ATTRIBUTE_WEIGHT * bce_with_logits(classifier.attribute_head(features), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress((step + 1) / steps)
    return classifier.eval()


def fit_attributes(classifier: Classifier, data: ImageData, *, steps: int = 2000, seed: int = 0) -> None:
    """Give a classifier that is older than the attributes of its dataset a head for them, and leave the rest as it is.

    So distances that were measured with it stay what they were. A linear layer on its features, with Adam.

    Args:
        classifier: Is changed.
        data: Has attributes.
        steps: Of batches.
        seed: Of the first weights and the order of the images.
    """
    assert data.attributes is not None, "there are no attributes to learn"
    generator = torch.Generator().manual_seed(seed)
    classifier.attribute_names = data.attributes.names
    classifier.attribute_head = nn.Linear(Classifier.num_features, len(data.attributes.names), device="meta")
    classifier.attribute_head.to_empty(device="cpu")
    _first_weights(classifier.attribute_head, generator)
    features = classifier.features(data.images).clone()
    optimizer = torch.optim.Adam(classifier.attribute_head.parameters(), fused=True)
    for _ in range(steps):
        picked = torch.randint(len(data), (BATCH_SIZE,), generator=generator)
        loss = bce_with_logits(classifier.attribute_head(features[picked]), data.attributes.values[picked])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _new_classifier(data: ImageData, generator: torch.Generator) -> Classifier:
    """First weights as torch's layers draw them, but from `generator`, from which dropout will draw too."""
    with without_values():
        names = data.attributes.names if data.attributes else ()
        classifier = Classifier(data.channels, data.image_size, data.num_classes, names)
    classifier.to_empty(device="cpu")
    for module in classifier.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _first_weights(module, generator)
        elif isinstance(module, Dropout):
            module.generator = generator
    return classifier


def _first_weights(layer: nn.Conv2d | nn.Linear, generator: torch.Generator) -> None:
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    bound = 1 / math.sqrt(layer.weight[0].numel())
    assert layer.bias is not None
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


def _read(path: Path, image_size: int, channels: int) -> Classifier | None:
    """None if the file is missing or damaged; it can be trained again."""
    if not os.path.isfile(path):
        return None
    try:
        later = attributes_path(path)
        files = [path, later] if os.path.isfile(later) else [path]
        weights = {name: tensor.float() for file in files for name, tensor in load_file(file).items()}
        names = json.loads(_metadata(files[-1]).get("attribute_names", "[]"))
        with without_values():
            classifier = Classifier(channels, image_size, len(weights["head.bias"]), names)
        classifier.load_state_dict(weights, assign=True)
    except (OSError, SafetensorError, KeyError, RuntimeError, ValueError) as error:
        logger.warning("the classifier %s cannot be used: %s", path.name, error)
        return None
    return classifier.eval()


def _fingerprint_of(path: Path) -> str | None:
    """The fingerprint in a file of weights; None if the file is missing or damaged."""
    try:
        return _metadata(path).get("fingerprint")
    except (OSError, SafetensorError):
        return None


def _metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return file.metadata() or {}


def _kept_path(data: ImageData) -> Path:
    return _folder() / f"{_prefix(data.name, data.image_size, data.channels)}{_fingerprint(data)}.safetensors"


def _folder() -> Path:
    return gan_home() / "cache"


def _prefix(dataset: str, image_size: int, channels: int) -> str:
    return f"classifier-{dataset}-{image_size}px-{channels}c-"


def _fingerprint(data: ImageData) -> str:
    """Distinguishes datasets of one name by their shape, classes and a sample of their pixels."""
    digest = hashlib.sha256(f"{VERSION} {tuple(data.images.shape)} {data.class_names}".encode())
    digest.update(data.images[:: max(1, len(data) // 64)].contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
