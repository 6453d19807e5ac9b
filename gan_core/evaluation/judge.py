"""The judge of a dataset: the network that looks at images in place of people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_core.data import DATASETS, ImageData
from gan_core.evaluation.classifier import (
    Classifier,
    classifier_for,
    ready_classifier,
    shipped_classifier,
    shipped_path,
)
from gan_core.evaluation.general import general_network

GENERAL = "general"


@dataclass(frozen=True)
class Judge:
    """What images are looked at with.

    Attributes:
        name: Of its file among those that ship, without the ending; numbers of two judges cannot be compared.
        network: Its features are compared.
        classifier: Names the classes of the dataset, often the network itself; None where nothing can.
    """

    name: str
    network: Classifier
    classifier: Classifier | None = None

    def to(self, device: torch.device | str) -> Judge:
        """The same, its networks moved to a device, in the memory format that is twice as quick on a CPU."""
        for network in filter(None, (self.network, self.classifier)):
            network.to(device).to(memory_format=torch.channels_last)
        return self

    def features(self, images: Tensor) -> Tensor:
        """uint8 (N, C, S, S) -> float32 (N, 128)."""
        return self.network.features(images)

    def classes(self, images: Tensor, features: Tensor) -> Tensor | None:
        """Class indices int64 (N,) of images with these features; None without a classifier."""
        if self.classifier is None:
            return None
        return (
            self.classifier.predict(features) if self.classifier is self.network else self.classifier.classify(images)
        )


def judge_for(data: ImageData, progress: Callable[[float], None] = lambda fraction: None) -> Judge:
    """The judge of a dataset; where its classes have no classifier yet, one is trained, see `classifier_for`.

    Args:
        data: The dataset.
        progress: Called with the fraction of a training that is done.

    Raises:
        CheckpointError: A network that ships is missing.
    """
    judge = ready_judge(data)
    if judge.classifier is None and data.num_classes >= 2:
        judge = replace(judge, classifier=classifier_for(data, progress))
    return judge


def ready_judge(data: ImageData) -> Judge:
    """The judge of a dataset, with a classifier if there is one already.

    The features are those of the classifier that ships for these very images, else those of the general network. Both
    ship, so that a distance means the same on every machine.

    Raises:
        CheckpointError: A network that ships is missing.
    """
    if (shipped := shipped_classifier(data)) is not None:
        return Judge(shipped_path(data.name, data.image_size, data.channels).stem, shipped, shipped)
    general = general_network()
    knows_classes = data.num_classes > 0 and data.class_names == DATASETS["cifar10"].class_names
    return Judge(GENERAL, general, general if knows_classes else ready_classifier(data))
