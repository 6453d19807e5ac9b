"""`compare`: sets of images and generators against real ones, and the same numbers as torchmetrics gives."""

import pytest
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from gan_core.data import ImageData
from gan_core.errors import DataError
from gan_core.evaluation import Judge, compare, comparison, evaluate_generator
from gan_core.evaluation.comparison import choose_real
from tests.helpers.evaluation import bars, checkpoint


def noisy(images: Tensor, share: float) -> Tensor:
    """Images with a share of their pixels replaced."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randint(0, 256, images.shape, dtype=torch.uint8, generator=generator)
    return torch.where(torch.rand(images.shape, generator=generator) < share, noise, images)


class Extractor(nn.Module):
    """The judge's network in the way in which torchmetrics asks for one."""

    def __init__(self, judge: Judge):
        super().__init__()
        self.judge, self.num_features = judge, judge.network.num_features

    def forward(self, images: Tensor) -> Tensor:
        return self.judge.features(images.to(torch.uint8)).double()


def test_torchmetrics_gives_the_same_distances(judge):
    data, count = bars(), 512
    fake = noisy(bars(count).images, 0.3)
    found = compare(fake, data, judge=judge)
    mine, _ = choose_real(data, count, seed=0)
    frechet = FrechetInceptionDistance(Extractor(judge)).set_dtype(torch.float64)
    kernel = KernelInceptionDistance(Extractor(judge), subsets=1, subset_size=count)
    for metric in (frechet, kernel):
        metric.update(data.images[mine], real=True)
        metric.update(fake, real=False)
    assert found.samples == found.kernel_subset_size == count
    assert found.frechet == pytest.approx(float(frechet.compute()), rel=1e-6)
    with torch.random.fork_rng():  # it draws its subset from torch's own generator
        mean, _ = kernel.compute()
    assert found.kernel_distance == pytest.approx(float(mean), rel=1e-6)


def test_the_more_pixels_are_wrong_the_farther_away(judge):
    right, wrong = (compare(noisy(bars(256).images, share), bars(512), judge=judge) for share in (0, 1))
    assert right.frechet < 2 * right.real_vs_real < wrong.frechet / 10
    assert right.prdc.precision > 0.9 > 0.1 > wrong.prdc.precision
    assert right.real_vs_real == wrong.real_vs_real


def test_a_generator_is_compared_as_it_is_evaluated(judge):
    data = bars()
    model = checkpoint("vanilla", data)
    found = compare(model, data, judge=judge, samples=300)
    whole = evaluate_generator(model, data, judge, samples=300)
    assert found.to_dict().items() <= whole.to_dict().items()


def test_arrays_are_looked_at_by_the_general_judge():
    images = bars(768).images.numpy()
    found = compare(images[:256], images[256:])
    assert (found.judge, found.samples) == ("general", 256)
    assert found.frechet < 3 * found.real_vs_real


def test_a_dataset_is_loaded_by_its_name_in_the_shape_of_the_images(judge, monkeypatch):
    asked = []
    monkeypatch.setattr(comparison, "load_dataset", lambda name, **shape: asked.append((name, shape)) or bars(512))
    assert compare(bars(256).images, "mnist", judge=judge).samples == 256
    assert asked == [("mnist", {"image_size": 28, "channels": 1})]


def test_fewer_images_than_are_asked_for_are_all_used(judge):
    assert compare(bars(300).images, bars(), judge=judge).samples == 300
    assert compare(bars(600).images, bars(600), judge=judge).samples == 300  # half of the real ones


@pytest.mark.parametrize(
    ("images", "real", "message"),
    [
        (torch.zeros(300, 1, 28, 28), bars(600), "must be uint8"),
        (bars(255).images, bars(600), "samples: 255 images are too few"),
        (bars(300).images, bars(511), "bars: 511 images are too few"),
        (bars(300).images, ImageData("x", torch.zeros(600, 3, 28, 28, dtype=torch.uint8)), "cannot be compared"),
        ("mnist-dcgan", bars(600), "images is 'mnist-dcgan'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(judge, images, real, message):
    with pytest.raises(DataError, match=message):
        compare(images, real, judge=judge)
