"""What the presets reach, and whether they keep their promises.

    python -m bench presets                        # the table of docs/benchmarks.md: every preset, three seeds, MNIST
    python -m bench presets --keep --seeds 0       # keep figures and pictures: what the pages promise
    python -m bench presets --check --seeds 1      # do presets keep their promises? exit status 1 where not
    python -m bench presets --presets dcgan wgan_gp --dataset strokes
    python -m bench presets --dataset faces        # those that are made for a dataset

One thread trains each preset to its end; its averaged generator is then compared with real images in the features of
the dataset's judge, ten thousand against ten thousand. Seconds are processor time, so that other work on the
machine counts little. `--results FILE` keeps what was measured, one JSON line for each run, and goes on from there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bench.common import spread
from bench.evaluator import FidEvaluator, draw
from gan_core.data import ImageData, load_dataset
from gan_core.evaluation.classes import class_shares, code_purity, conditional_accuracy
from gan_core.families import PresetBenchmark, all_presets, load_benchmark, preset_config
from gan_core.families.presets import save_benchmark
from gan_core.images import grid, save_png
from gan_core.latent_spec import LatentSpec
from gan_core.training import Trainer

PICTURE = 32  # samples
TOLERANCE = {"seconds": 2.0, "frechet": 1.5}  # of a promise: machines differ, and so do seeds


@dataclass(frozen=True)
class Result:
    """One trained preset.

    Attributes:
        seconds: Processor time of its training.
        frechet: Fréchet distance to real images.
        rarest: Share of the rarest class, 0 .. 1.
        agreement: Share of samples of the class that was asked for, or the purity of a code; None without either.
    """

    preset: str
    dataset: str
    seed: int
    steps: int
    seconds: float
    frechet: float
    rarest: float
    agreement: float | None


def measure(trainer: Trainer, seconds: float, preset: str, evaluator: FidEvaluator) -> Result:
    """What a preset has reached in the seconds that its training took."""
    config, latent_spec = trainer.config, trainer.gan.latent_spec
    vectors = evaluator.vectors(latent_spec)
    images = draw(trainer.averaged_generator(), vectors)
    features = evaluator.judge.features(images)
    predicted = evaluator.judge.classes(images, features)
    assert predicted is not None, "presets are measured on datasets with classes"
    categories = latent_spec.chosen(vectors, "category")
    agreement = conditional_accuracy(latent_spec, vectors, predicted)
    return Result(
        preset=preset,
        dataset=config.dataset,
        seed=config.seed,
        steps=config.steps,
        seconds=round(seconds, 1),
        frechet=round(evaluator.distance_of(features), 2),
        rarest=round(min(class_shares(predicted, trainer.data.class_names).values()), 4),
        agreement=agreement if categories is None else code_purity(categories, predicted).purity,
    )


def picture(trainer: Trainer) -> torch.Tensor:
    """A few samples, with the classes in turn where they can be chosen."""
    latent: LatentSpec = trainer.gan.latent_spec
    labels = torch.arange(PICTURE) % len(latent.class_names) if latent.class_names else None
    vectors = latent.sample(PICTURE, labels=labels, generator=torch.Generator().manual_seed(0))
    return draw(trainer.averaged_generator(), vectors)


def train(preset: str, data: ImageData, seed: int) -> tuple[Trainer, float]:
    """A preset trained to its end, and the seconds of one core that took, whatever else the machine does."""
    trainer = Trainer(preset_config(preset, data.name, seed=seed), data)
    began = time.process_time()
    while not trainer.finished:
        trainer.train_steps(100)
        trainer.flush()  # as a run does; raises when a loss is no number
    return trainer, time.process_time() - began


def broken_promises(result: Result, promised: PresetBenchmark | None) -> list[str]:
    """What a result has missed by more than is to be expected between machines and seeds."""
    if promised is None:
        return ["nothing was promised"]
    return [
        f"{name} is {getattr(result, name)}, promised {getattr(promised, name)}"
        for name, factor in TOLERANCE.items()
        if getattr(result, name) > factor * getattr(promised, name)
    ]


def table(results: list[Result], floor: float) -> str:
    """Medians with the range over seeds, as Markdown."""
    lines = [
        f"Fréchet distance; two sets of real images are {floor:.2f} apart.",
        "",
        "| preset | steps | seconds | Fréchet distance | times the floor | rarest class | as asked for |",
        "|---|---|---|---|---|---|---|",
    ]
    for preset in dict.fromkeys(result.preset for result in results):
        of = [result for result in results if result.preset == preset]
        frechet = statistics.median(result.frechet for result in of)
        agreements = [result.agreement for result in of if result.agreement is not None]
        lines.append(
            f"| `{preset}` | {of[0].steps:,} | {spread([r.seconds for r in of], '.0f')} "
            f"| {spread([r.frechet for r in of], '.1f')} | {frechet / floor:.1f} "
            f"| {spread([100 * r.rarest for r in of], '.1f')} % "
            f"| {spread([100 * a for a in agreements], '.1f') + ' %' if agreements else ''} |"
        )
    return "\n".join(lines)


def fitting(dataset: str) -> list[str]:
    """The names of the presets that are made for a dataset, or of those for digits where there are none."""
    names: dict[str | None, list[str]] = {}
    for name, preset in all_presets().items():
        names.setdefault(preset.dataset, []).append(name)
    return names.get(dataset, names[None])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    names = list(all_presets())
    parser.add_argument("--presets", nargs="+", choices=names, metavar="NAME", help="all that fit the dataset")
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--results", type=Path, help="keep what was measured in this file, and go on from it")
    parser.add_argument("--keep", action="store_true", help="keep figures and pictures as the promises")
    parser.add_argument("--check", action="store_true", help="compare with the promises")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(1)

    data = load_dataset(options.dataset)
    evaluator = FidEvaluator(data)
    known = read_results(options.results)
    results: list[Result] = []
    broken = False
    for seed in options.seeds:
        for preset in options.presets or fitting(options.dataset):
            result = known.get((preset, options.dataset, seed))
            if result is None:
                trainer, seconds = train(preset, data, seed)
                result = measure(trainer, seconds, preset, evaluator)
                print(result, file=sys.stderr, flush=True)
                if options.results:
                    with options.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(result)) + "\n")
                if options.keep:
                    floor = round(evaluator.floor, 2)
                    benchmark = PresetBenchmark(result.seconds, result.frechet, floor, result.agreement)
                    path = save_benchmark(preset, options.dataset, benchmark)
                    save_png(path.with_suffix(".png"), grid(picture(trainer), columns=8))
            results.append(result)
            if options.check:
                for line in broken_promises(result, load_benchmark(preset, options.dataset)):
                    broken = True
                    print(f"{preset}: {line}")
    print(table(results, evaluator.floor))
    sys.exit(broken)


def read_results(path: Path | None) -> dict[tuple[str, str, int], Result]:
    """What earlier calls have measured, by preset, dataset and seed."""
    if path is None or not path.exists():
        return {}
    found = [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return {(result.preset, result.dataset, result.seed): result for result in found}
