"""Everything at once, of untrained generators that must look bad and of one that cheats."""

import json
from dataclasses import dataclass

import pytest
import torch

from gan_core.data import ImageData
from gan_core.errors import DataError
from gan_core.evaluation import Judge, evaluate_generator, quality_table
from gan_core.latent_spec import LatentSpec, Section
from tests.helpers.evaluation import bars, checkpoint

STOLEN = LatentSpec((Section("noise", 1, "uniform"), Section("category", 2, "one_hot")))


@dataclass
class Thief:
    """Draws training images: the lying bars for category 0, the upright ones for category 1."""

    data: ImageData
    latent_spec: LatentSpec = STOLEN

    def draw(self, latent: torch.Tensor) -> torch.Tensor:
        pairs = ((latent[:, 0] + 1) / 2 * (len(self.data) // 2 - 1)).long()
        return self.data.images[2 * pairs + latent[:, 1:].argmax(dim=1)]


@pytest.fixture(scope="module")
def untrained(judge):
    data = bars()
    return evaluate_generator(checkpoint("vanilla", data), data, judge, samples=512)


def test_an_untrained_generator_is_bad_by_every_measure(untrained):
    quality = untrained
    assert quality.samples == 512
    assert quality.frechet > 20 * quality.real_vs_real
    assert quality.kernel_distance > 20 * abs(quality.kernel_real_vs_real)
    assert quality.prdc.precision < 0.1
    assert quality.prdc.coverage < 0.1
    assert quality.diversity < 0.5
    assert sum(quality.class_share.values()) == pytest.approx(1)
    assert quality.class_imbalance > quality.class_imbalance_real_vs_real
    assert quality.memorization_score < 0.1  # it is far from everything, so it copies nothing
    assert quality.conditional_accuracy is None
    assert quality.code is None


def test_real_images_are_good_by_every_measure(untrained):
    assert untrained.prdc_real_vs_real.precision > 0.9
    assert untrained.prdc_real_vs_real.coverage > 0.9
    assert untrained.diversity_real_vs_real == pytest.approx(1, abs=0.05)


def test_a_thief_is_caught(judge):
    data = bars()
    quality = evaluate_generator(Thief(data), data, judge, samples=512)
    assert quality.prdc.precision > 0.9
    assert quality.memorization_score > 0.99
    assert quality.classes_covered == quality.classes == 2
    assert quality.code.purity > 0.97
    assert quality.code.class_of == {0: 0, 1: 1}
    stolen = Thief(data).draw(STOLEN.sample(512, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(stolen[quality.nearest_sample], data.images[quality.nearest_image])


def test_class_agreement_is_measured_for_conditional_families(judge):
    data = bars()
    quality = evaluate_generator(checkpoint("cgan", data), data, judge, samples=512)
    assert 0.3 < quality.conditional_accuracy < 0.7  # untrained: no better than chance
    assert set(quality.to_dict()["class_share"]) == {"lying", "upright"}


def test_quality_is_json(untrained):
    values = untrained.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["prdc"]["precision"] == round(untrained.prdc.precision, 4)


def test_the_table_has_a_row_for_every_measure(untrained, judge):
    rows = {row["measure"]: row for row in quality_table(untrained, ("lying", "upright"))}
    assert rows["Frechet distance"]["value"] == f"{untrained.frechet:.2f}"
    assert rows["Frechet distance"]["real"] == f"{untrained.real_vs_real:.2f}"
    assert "code purity" not in rows
    data = bars()
    thief = quality_table(evaluate_generator(Thief(data), data, judge, samples=300), data.class_names)
    assert "0: lying  1: upright" in [row["meaning"] for row in thief]


def test_without_classes_all_other_measures_are_taken(judge):
    data = ImageData("bars", bars().images)
    quality = evaluate_generator(checkpoint("vanilla", data), data, Judge("bars", judge.network), samples=300)
    assert quality.frechet > 20 * quality.real_vs_real
    assert (quality.classes, quality.classes_covered, quality.class_share) == (0, 0, {})
    assert (quality.class_imbalance, quality.conditional_accuracy, quality.code) == (None, None, None)
    measures = [row["measure"] for row in quality_table(quality, ())]
    assert "memorization" in measures
    assert "class imbalance" not in measures
    assert json.loads(json.dumps(quality.to_dict()))["class_imbalance"] is None


def test_the_same_seed_gives_the_same_figures_and_progress_ends_at_one(judge):
    data, told = bars(), []
    model = checkpoint("vanilla", data)
    first = evaluate_generator(model, data, judge, samples=300, progress=lambda what, done: told.append((what, done)))
    assert first == evaluate_generator(model, data, judge, samples=300)
    assert [done for what, done in told if what == "comparing"][-1] == 1
    assert all(0 < done <= 1 for _, done in told)


def test_too_little_data_is_refused(judge):
    data = bars(100)
    with pytest.raises(DataError, match="too few"):
        evaluate_generator(checkpoint("vanilla", data), data, judge)
