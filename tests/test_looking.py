"""Nothing but training touches the global random generators: a run may train in another thread of the process.

Every public name of the core is called with small arguments, see `CALLS`. Afterwards the generators must stand where
they stood; and while it works, nobody may set one unless it is lent to him (`gan_core.training.randomness`), because
putting it back later is too late for a run that draws from it meanwhile.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import random
import sys
import zipfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gan_core
from gan_core import data, evaluation, exchange, families, figures, latent, models, nets, runs, training
from gan_core.data import ImageData
from gan_core.data.strokes import draw_digits
from gan_core.evaluation import classifier_for, evaluate_generator, health, judge_for
from gan_core.families import get_family, new_config
from gan_core.latent import base_vectors, measure_effects, sample, traverse
from gan_core.models import Checkpoint, save_checkpoint
from gan_core.runs import RunStore, StoredRun, train
from gan_core.training import Trainer, randomness
from tests.helpers.data import make_data

MODULES = [name for _, name, _ in pkgutil.walk_packages(gan_core.__path__, "gan_core.")]
PACKAGES = [name for name in MODULES if "__main__" not in name and not name.startswith("gan_core.cli")]
CONSTANT = "not called: a table, a type or a number"


def public_names() -> list[str]:
    """Every name in the `__all__` of a package or module; one that several offer counts once, for each its own."""
    modules = [gan_core, *map(importlib.import_module, PACKAGES)]
    return [f"{module.__name__}.{name}" for module in modules for name in getattr(module, "__all__", ())]


class World(SimpleNamespace):
    """Small things to call with: models of three kinds, data with its classifier, a finished run, files."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("world")
    images = make_data(1100, classes=2)
    config = new_config("vanilla", mlp_size="small", latent_size=6, steps=2, batch_size=8, device="cpu", threads=1)

    def model(family: str) -> Checkpoint:
        options = {"base_channels": 4} if family == "infogan" else {}
        with torch.random.fork_rng():
            torch.manual_seed(0)
            gan = get_family(family).build(new_config(family, latent_size=6, **options), images)
        return Checkpoint(family, family, gan.generator, gan.discriminator, gan.latent_spec, {"dataset": "strokes"})

    world = World(folder=folder, data=images, config=config)
    world.vanilla, world.cgan, world.infogan = map(model, ("vanilla", "cgan", "infogan"))
    world.latent_spec, world.classes = world.vanilla.latent_spec, world.cgan.latent_spec
    world.vectors = base_vectors(world.latent_spec, 3, 0)
    world.vector = world.vectors[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_HOME", str(folder / "home"))
        patch.setattr("gan_core.runs.active_run.load_dataset", lambda name, **options: images)
        world.store = RunStore(folder / "home" / "runs")
        world.run = train(config, store=world.store)
        world.classifier = classifier_for(images)
        world.judge = judge_for(images)
        world.quality = evaluate_generator(world.cgan, images, world.judge, samples=512)
    world.file = folder / "model.safetensors"
    save_checkpoint(world.vanilla, world.file)
    world.sheet = traverse(world.vanilla, world.vectors, [0, 1], [-1.0, 0.0, 1.0])
    world.effects = measure_effects(world.vanilla, world.vectors)
    world.pictures = folder / "pictures.zip"
    world.pictures.write_bytes(a_zip().getvalue())
    world.weights = folder / "weights.pth"
    with torch.random.fork_rng():
        torch.save(somebodys_generator().state_dict(), world.weights)
    return world


def somebodys_generator() -> torch.nn.Module:
    """With a BatchNorm, by whose statistics the answers to some questions are searched."""
    nn = torch.nn
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.LeakyReLU(0.2), nn.Linear(16, 784), nn.Tanh())


def a_zip() -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for level in (0, 255):
            picture = io.BytesIO()
            Image.fromarray(np.full((28, 28), level, np.uint8)).save(picture, "PNG")
            file.writestr(f"{level}.png", picture.getvalue())
    return packed


def on_meta(function: Callable, **arguments: Any) -> Callable[[World], object]:
    """A network as it is built outside of training: first weights are drawn where there are none."""

    def build(_world: World) -> object:
        with torch.device("meta"):
            return function(**arguments)

    return build


def of(function: Callable, *places: str, **options: Any) -> Callable[[World], object]:
    """A call with things of the world, named by their places in it."""
    return lambda world: function(*(getattr(world, place) for place in places), **options)


SHAPE = {"image_size": 28}
TRAIN = {"family": "vanilla", "mlp_size": "small", "steps": 1, "batch_size": 8, "device": "cpu", "threads": 1}


def direction(w: World) -> latent.Direction:
    return latent.Direction("a", w.vector)


def imported(w: World) -> str:
    return exchange.add_imported(w.vanilla, "A model")


def read_again(w: World, **answers: str) -> exchange.Reading:
    return exchange.read_again(exchange.import_generator(w.weights), **answers)


def change_imported(w: World) -> None:
    name = exchange.add_imported(exchange.import_generator(w.weights), "Weights")
    exchange.change_imported(name, read_again(w, end="sigmoid"))


def deleted(w: World) -> None:
    models.delete_imported(imported(w))


def in_a_process_of_its_own() -> None:
    evaluation.ClassifierTraining("strokes", 28, 1)._thread.join()


def trainer(w: World) -> None:
    Trainer(w.config, w.data).train_steps(1)


def classifier_of_other_images(w: World) -> None:
    """One that is trained, not one that is kept."""
    other = make_data(200, classes=2, seed=9)
    classifier_for(ImageData("other", other.images, other.labels, other.class_names))


# How every public name is called. A new one without an entry here fails.
CALLS: dict[str, Callable[[World], object] | str] = {
    **dict.fromkeys(("DATASETS", "FAMILIES", "OUTSIDE_ERRORS", "NETS", "__version__", "EXPORT_FORMATS"), CONSTANT),
    **dict.fromkeys(("MAX_TITLE_LENGTH", "IMPORTED", "IMPORTED_TITLE", "RunView", "StorageError", "GAN"), CONSTANT),
    **dict.fromkeys(("Autoencoder", "Net", "Progress"), CONSTANT),
    **dict.fromkeys(("BackboneOptions", "ConvOptions", "FamilyOptions", "LogitLossOptions", "FormField"), CONSTANT),
    **dict.fromkeys(("Batch", "ExtraOutput", "FailureDemo", "FamilyRemedy"), CONSTANT),
    **dict.fromkeys(("DEFAULT_FAMILY", "FEATURED_FAMILY"), CONSTANT),
    **dict.fromkeys(
        (
            "Disentanglement",
            "Effects",
            "Frames",
            "InversionState",
            "Meaning",
            "Samples",
            "Traversal",
            "TraversalOverview",
        ),
        CONSTANT,
    ),
    **dict.fromkeys(("Family", "Loss", "Preset", "PresetBenchmark", "Quality", "QualitySample"), CONSTANT),
    **dict.fromkeys(("Reading", "Recording", "Event", "Comparison", "Judge"), CONSTANT),
    **dict.fromkeys(("Finding", "Health", "HealthThresholds", "State", "Suggestion", "SENTENCES", "WINDOW"), CONSTANT),
    **dict.fromkeys(("Card", "DatasetSpec", "MetricRows", "ProcessGroup", "Run", "Question", "Upload"), CONSTANT),
    "RunConfig": lambda w: w.config.replace(seed=1),
    "load_checkpoint": lambda w: (gan_core.load_checkpoint(w.file), gan_core.load_checkpoint(w.run, store=w.store)),
    "new_config": lambda w: new_config("dcgan"),
    "train": lambda w: train(store=w.store, **TRAIN),
    "resume": lambda w: gan_core.resume(train(store=w.store, **TRAIN), steps=2, store=w.store),
    "sample": lambda w: (sample(w.vanilla, 4, best=0.5), sample(w.cgan, 4, label="1")._repr_png_()),
    "curves_of": lambda w: gan_core.curves_of(w.run, store=w.store),
    # Data
    "ImageData": lambda w: make_data(4),
    "data_home": of(data.data_home),
    "gan_home": of(data.gan_home),
    "denormalize": lambda w: data.denormalize(torch.zeros(1, 1, 28, 28)),
    "normalize": lambda w: data.normalize(w.data.images[:2]),
    "keep_upload": lambda w: data.keep_upload(a_zip()),
    "shown_name": of(data.shown_name, "pictures"),
    "load_dataset": lambda w: (data.load_dataset("folder", path=w.pictures), draw_digits(4, seed=0)),
    # Evaluation
    "Classifier": lambda w: w.classifier.classify(w.data.images[:8]),
    "ClassifierTraining": lambda w: in_a_process_of_its_own(),
    "OnlineEvaluator": lambda w: evaluation.OnlineEvaluator(
        w.data, w.judge, w.classes, device=torch.device("cpu"), seed=0
    ),
    "classifier_for": classifier_of_other_images,
    "compare": of(evaluation.compare, "vanilla", "data", samples=256),
    "judge_for": of(judge_for, "data"),
    "Sentence": lambda w: health.Sentence("early").render(),
    "format_number": of(health.format_number, value=1.5),
    "read_health": lambda w: health.read_health(w.config, w.store.metrics(w.run.id)),
    "suggestions_for": lambda w: health.suggestions_for(health.State.COLLAPSE, w.config),
    "kept_classifier": of(evaluation.kept_classifier, dataset="strokes", image_size=28, channels=1),
    "online_evaluator": of(evaluation.online_evaluator, "data", "latent_spec", device=torch.device("cpu"), seed=0),
    "evaluate_generator": lambda w: evaluate_generator(w.cgan, w.data, w.judge, samples=512),
    "quality_table": lambda w: evaluation.quality_table(w.quality, ("0", "1")),
    "ready_classifier": of(evaluation.ready_classifier, "data"),
    # Exchange
    "add_imported": imported,
    "change_imported": change_imported,
    "apply_reading": lambda w: exchange.apply_reading(
        exchange.import_generator(w.weights), read_again(w, end="sigmoid")
    ),
    "export_bytes": lambda w: [
        exchange.export_bytes(w.vanilla, format_) for format_ in ("safetensors", "pth", "zip", "onnx")
    ],
    "export_checkpoint": lambda w: exchange.export_checkpoint(w.vanilla, "pth", w.folder / "out.pth"),
    "import_generator": of(exchange.import_generator, "weights"),
    "in_words": of(exchange.in_words, name="end", value="tanh"),
    "inspect_generator": lambda w: exchange.inspect_generator(w.weights).candidates("end"),
    "is_workshop_checkpoint": of(exchange.is_workshop_checkpoint, "file"),
    "open_upload": lambda w: exchange.open_upload(w.file.read_bytes(), w.file.name),
    "read_again": read_again,
    "read_upload": lambda w: exchange.read_upload(w.weights.read_bytes(), w.weights.name).checkpoint(),
    "refuse_open": lambda w: exchange.refuse_open(read_again(w)),
    # Families
    "validate_config": of(families.validate_config, "config"),
    "validate_data": of(families.validate_data, "config", "data"),
    "family_title": of(families.family_title, name="imported"),
    "get_family": of(families.get_family, name="dcgan"),
    "benchmark_image": of(families.benchmark_image, preset="dcgan", dataset="mnist"),
    "preset_config": of(families.preset_config, name="dcgan"),
    "preset_settings": of(families.preset_settings, name="dcgan"),
    "preset_dataset": of(families.preset_dataset, name="dcgan"),
    "presets_for": of(families.presets_for, family=families.FAMILIES["dcgan"], dataset="faces"),
    "all_presets": of(families.all_presets),
    "all_failure_demos": of(families.all_failure_demos),
    "failure_demo_config": of(families.failure_demo_config, name="collapse"),
    "failure_demo_settings": of(families.failure_demo_settings, name="collapse"),
    "preset_family": of(families.preset_family, name="dcgan"),
    "form_fields": of(families.form_fields, model=families.RunConfig),
    "option": of(families.option, default=1, title="a", description="b", group="run"),
    "read_values": of(families.read_values, text="{}"),
    "load_benchmark": of(families.load_benchmark, preset="dcgan", dataset="mnist"),
    "quick_config": of(families.quick_config),
    # Figures
    "class_bars": of(figures.class_bars, names=["a"], kept=np.ones(1), everything=np.ones(1)),
    "effect_bars": of(figures.effect_bars, "effects"),
    "effect_history": of(figures.effect_history, steps=[0, 1], strengths=np.ones((1, 2)), names=["a"]),
    "loss_curves": lambda w: curves(w)[0],
    "run_curves": lambda w: figures.run_curves(get_family("vanilla"), StoredRun(w.store, w.run.id).metrics(100)),
    "score_curves": lambda w: curves(w)[1],
    "probability_bars": of(figures.probability_bars, names=["a"], probabilities=np.ones(1), asked=0),
    "reading_curves": lambda w: figures.reading_curves(
        [evaluation.QualitySample(0, 512, 9.0, 1.0, {"0": 1.0}, 0.5, None)]
    ),
    "score_histogram": of(figures.score_histogram, realism=np.arange(9.0), kept=2),
    "walk_lengths": of(figures.walk_lengths, lengths=dict.fromkeys(("spherical", "straight"), np.ones(3)), typical=1.0),
    # LatentSpec
    "Direction": direction,
    "activation_directions": of(latent.activation_directions, "vanilla", count=2, samples=32),
    "angles": of(latent.angles, "latent_spec", "vectors"),
    "draw_overview": of(latent.draw_overview, "vanilla", "vector"),
    "labelled_overview": lambda w: latent.labelled_overview(latent.draw_overview(w.vanilla, w.vector), [1.0] * 6),
    "base_vectors": of(latent.base_vectors, "latent_spec", n=2, seed=0),
    "mean_changes": of(latent.mean_changes, "sheet"),
    "class_direction": of(latent.class_direction, "classes", start=0, end="1"),
    "decode_vector": lambda w: latent.decode_vector(latent.encode_vector(w.vector), w.latent_spec),
    "encode_vector": of(latent.encode_vector, "vector"),
    "traverse_directions": of(
        latent.traverse_directions, "vanilla", "vectors", "vectors", strengths=[-1, 0], names=["a"] * 3
    ),
    "directions_from_json": lambda w: latent.directions_from_json(
        latent.directions_to_json("m", w.latent_spec, [direction(w)]), w.latent_spec
    ),
    "directions_to_json": lambda w: latent.directions_to_json("m", w.latent_spec, [direction(w)]),
    "draw_and_score": of(latent.draw_and_score, "vanilla", "vectors"),
    "cycle_classes": lambda w: latent.cycle_classes(w.classes, base_vectors(w.classes, 2, 0)),
    "effective_classes": of(latent.effective_classes, labels=torch.tensor([0, 1]), classes=2),
    "measure_disentanglement": of(
        latent.measure_disentanglement,
        "vanilla",
        "vectors",
        read=lambda images: images.flatten(1)[:, :2],
        names=["a", "b"],
    ),
    "measure_effects": lambda w: measure_effects(w.vanilla, w.vectors, classify=w.classifier.classify),
    "format_vector": of(latent.format_vector, "vector"),
    "draw_frames": of(latent.draw_frames, "vanilla", "vector", entry=0, values=[0, 1]),
    "group_direction": lambda w: latent.group_direction(w.latent_spec, w.vectors[:1], w.vectors[1:]),
    "invert": lambda w: next(latent.invert(w.vanilla, w.vanilla.draw(w.vectors)[0])),
    "jacobian": of(latent.jacobian, "vanilla", "vector"),
    "to_raw_output": of(latent.to_raw_output, d_output="energy", score=1.0),
    "labelled_traversal": of(latent.labelled_traversal, "sheet"),
    "leave_one_out_accuracy": of(latent.leave_one_out_accuracy, "latent_spec", "vectors", "vectors"),
    "local_effects": of(latent.local_effects, "vanilla", "vector"),
    "move_along": of(latent.move_along, "vectors", "vectors", strengths=[1.0]),
    "noise_norms": of(latent.noise_norms, "latent_spec", "vectors"),
    "parse_numbers": of(latent.parse_numbers, text="-3,0,3"),
    "parse_vector": lambda w: latent.parse_vector("0 0 0 0 0 0", w.latent_spec),
    "rank_samples": of(latent.rank_samples, "vanilla", n=4),
    "restore": of(latent.restore, "vector", "vector", entries=[0]),
    "norm_percentile": of(latent.norm_percentile, "latent_spec", norms=torch.ones(1)),
    "paired_vectors": lambda w: latent.paired_vectors([w.latent_spec, w.classes], 2, 0),
    "traversal_npz": of(latent.traversal_npz, "sheet"),
    "traverse": of(latent.traverse, "vanilla", "vectors", entries=[0], values=[0]),
    "set_entries": of(latent.set_entries, "vectors", entries=[0], values=[0]),
    "typical_norm": of(latent.typical_norm, "latent_spec"),
    "pixel_diversity": lambda w: latent.pixel_diversity(w.data.images[:4]),
    "perturb": of(latent.perturb, "latent_spec", "vector", amount=0.5, seed=0),
    "walk": of(latent.walk, "latent_spec", "vectors", steps=3),
    "weight_directions": of(latent.weight_directions, "vanilla", count=2),
    "with_class": lambda w: latent.with_class(w.infogan.latent_spec, base_vectors(w.infogan.latent_spec, 2, 0), 1),
    "zero_noise": of(latent.zero_noise, "latent_spec", "vector"),
    # Networks
    "ConvAutoencoder": on_meta(nets.ConvAutoencoder, code_size=4, features=[4, 8], kernels=[4, 4], start=7),
    "DCGANDiscriminator": on_meta(nets.DCGANDiscriminator, features=[4, 8], start=7),
    "DCGANGenerator": on_meta(nets.DCGANGenerator, latent_size=4, features=[8, 4], start=7),
    "AuxiliaryHeadDiscriminator": on_meta(nets.AuxiliaryHeadDiscriminator, aux_dim=2, features=[4, 8], start=7),
    "InfoDiscriminator": on_meta(nets.InfoDiscriminator, aux_dim=2, base_channels=4, **SHAPE),
    "InfoGenerator": on_meta(nets.InfoGenerator, latent_size=4, base_channels=4, **SHAPE),
    "LayeredGenerator": lambda w: exchange.import_generator(w.weights).draw(w.vectors),
    "MLPAutoencoder": on_meta(nets.MLPAutoencoder, hidden=4, code_size=2, **SHAPE),
    "MLPDiscriminator": on_meta(nets.MLPDiscriminator, hidden=[4], dropout=0.1, **SHAPE),
    "MLPGenerator": on_meta(nets.MLPGenerator, latent_size=4, hidden=[4], **SHAPE),
    "NearestGenerator": on_meta(nets.NearestGenerator, latent_size=4, base_channels=4, **SHAPE),
    "PooledDiscriminator": on_meta(nets.PooledDiscriminator, base_channels=4, **SHAPE),
    "PyramidDiscriminator": on_meta(nets.PyramidDiscriminator, base_channels=4, **SHAPE),
    "PyramidGenerator": on_meta(nets.PyramidGenerator, latent_size=4, level_noise_size=2, base_channels=4, **SHAPE),
    "build_net": on_meta(nets.build_net, spec={"net": "MLPGenerator", "latent_size": 4, "hidden": [4], **SHAPE}),
    # Runs
    "Checkpoint": lambda w: (w.vanilla.draw(w.vectors), w.vanilla.score(w.vectors)),
    "ActiveRun": CONSTANT,
    "QueuedRun": lambda w: runs.QueuedRun(w.store, w.run.id).close(),
    "Level": of(runs.Level, value="info"),
    "RunStore": lambda w: RunStore(w.folder / "elsewhere").list(),
    "Snapshot": lambda w: w.store.snapshot(w.run.id),
    "Status": of(runs.Status, value="paused"),
    "StoredRun": lambda w: StoredRun(w.store, w.run.id).metrics(100),
    "TrainingService": lambda w: runs.TrainingService(w.store).shutdown(),
    "checkpoint_file": lambda w: runs.checkpoint_file(w.run.id, store=w.store),
    "data_path_of": lambda w: runs.data_path_of(w.run.id, store=w.store),
    "delete_imported": deleted,
    "find_model": lambda w: models.find_model("nothing"),
    "get_service": of(runs.get_service),
    "imported": of(models.imported),
    "imported_folder": of(models.imported_folder),
    "load_checkpoint_file": of(models.load_checkpoint_file, "file"),
    "load_recording": lambda w: runs.load_recording(recorded(w)),
    "save_checkpoint": lambda w: save_checkpoint(w.vanilla, w.folder / "again.safetensors"),
    "save_recording": lambda w: recorded(w),
    "shipped": of(models.shipped),
    "shipped_recordings": of(models.shipped_recordings),
    "recorded_name": of(models.recorded_name, path="a.recording.npz"),
    "shutdown_service": of(runs.shutdown_service),
    # Training
    "Trainer": trainer,
    "resolve_device": of(training.resolve_device, name="auto"),
}


def recorded(w: World):
    runs.save_recording(StoredRun(w.store, w.run.id), w.folder / "run.npz")
    return w.folder / "run.npz"


def curves(w: World):
    series = w.store.metrics(w.run.id)
    return figures.loss_curves(series), figures.score_curves(series)


def states() -> list[object]:
    kind, keys, place, has_gauss, gauss = np.random.get_state()  # noqa: NPY002 (the very one that must not change)
    return [torch.get_rng_state().tolist(), random.getstate(), kind, keys.tolist(), place, has_gauss, gauss]


@pytest.fixture
def watched(monkeypatch):
    """Whoever sets torch's default generator without having borrowed it fails the test."""

    def only_when_lent(function):
        def called(*arguments):
            assert randomness._cpu_generator._is_owned(), "the default generator is not lent to this thread"
            return function(*arguments)

        return called

    for place in (torch, torch.random):
        for name in ("manual_seed", "seed", "set_rng_state"):
            monkeypatch.setattr(place, name, only_when_lent(getattr(torch.random, name)))


NAMES = public_names()


def test_every_public_name_has_an_entry_and_no_entry_is_left_over():
    assert {name.rpartition(".")[2] for name in NAMES} == CALLS.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted({name.rpartition(".")[2] for name in NAMES}))
def test_it_leaves_the_global_generators_alone(name, world, watched, monkeypatch):
    call = CALLS[name]
    if call is CONSTANT:
        return
    monkeypatch.setattr("gan_core.runs.active_run.load_dataset", lambda name, **options: world.data)
    monkeypatch.setattr("gan_core.evaluation.background.command", lambda *shape: [sys.executable, "-c", ""])
    before = states()
    call(world)
    assert states() == before


def test_the_watch_sees_what_is_put_back(watched):
    with pytest.raises(AssertionError, match="not lent"), torch.random.fork_rng():
        torch.rand(1)
