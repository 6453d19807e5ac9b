import copy
import gc
import weakref

import numpy as np
import pytest
import torch

from gan_core.families import FAMILIES, new_config
from gan_core.training import Trainer
from gan_core.training.engine import WARM_UP_STEPS, EagerEngine, choose_engine
from tests.helpers.data import make_data, small
from tests.helpers.tape import TapeCapture

REPLAYED = "graph"


@pytest.fixture(autouse=True)
def one_hot_of_a_gpu(monkeypatch):
    """On the CPU torch's `one_hot` reads the smallest and the largest class; on CUDA it does not."""

    def one_hot(classes: torch.Tensor, n: int) -> torch.Tensor:
        return torch.zeros(len(classes), n, dtype=torch.int64).scatter(1, classes[:, None], 1)

    monkeypatch.setattr("gan_core.latent_spec.one_hot", one_hot)


def trainer(family="vanilla", capture=None, **overrides) -> Trainer:
    options = {**small(family), "latent_size": 6, "batch_size": 8, "steps": 60, "device": "cpu", **overrides}
    return Trainer(new_config(family, **options), make_data(100), capture=capture)


def values(t: Trainer) -> np.ndarray:
    return t.flush().values


def assert_same_weights(one: Trainer, other: Trainer) -> None:
    for name, tensor in one.gan.state_dict().items():
        assert torch.equal(tensor, other.gan.state_dict()[name]), name
    for name, tensor in one.ema.model.state_dict().items():
        assert torch.equal(tensor, other.ema.model.state_dict()[name]), name


@pytest.mark.parametrize("family", FAMILIES)
def test_replay_equals_eager_for_20_iterations_and_a_second_recording(family):
    capture = TapeCapture()
    eager, graph = trainer(family), trainer(family, capture)
    start = copy.deepcopy(graph.gan.state_dict())
    eager.train_steps(20)
    graph.train_steps(8)
    at_eight = copy.deepcopy(graph.gan.state_dict())
    graph.engine.reset()
    graph.train_steps(12)
    assert np.array_equal(values(eager), values(graph))
    assert_same_weights(eager, graph)
    assert (graph.engine.name, graph.engine.fallback_reason, graph.pop_warnings()) == (REPLAYED, None, [])
    assert capture.recorded == 2
    assert capture.replayed == 20 - 2 * WARM_UP_STEPS
    for before in (start, at_eight):
        moved = [name for name, p in graph.gan.named_parameters() if not torch.equal(p, before[name])]
        # A constant that is added to every score cancels in a critic's loss.
        assert len(moved) >= len(list(graph.gan.parameters())) - (FAMILIES[family].d_output == "critic")


@pytest.mark.parametrize(
    "options",
    [
        {"family": "dcgan", "lr_schedule": "cosine"},
        {"family": "dcgan", "upsample": "nearest", "lr_schedule": "cosine"},  # SGD
        {"family": "vanilla", "ema_decay": 0.3},
        {"family": "vanilla", "n_critic": 3},
    ],
    ids=str,
)
def test_what_changes_from_step_to_step_reaches_the_replays(options):
    options = {"steps": 14, **options}
    eager, graph = trainer(**options), trainer(capture=TapeCapture(), **options)
    eager.train_steps(14), graph.train_steps(14)
    assert graph.engine.name == REPLAYED
    assert np.array_equal(values(eager), values(graph))
    assert_same_weights(eager, graph)


@pytest.mark.parametrize("family", ["infogan", "wgan_gp"])
def test_a_step_is_recorded_anew_when_an_option_that_is_in_it_changes(family):
    capture = TapeCapture()
    eager, graph = trainer(family), trainer(family, capture)
    weight = {"infogan": "info_weight", "wgan_gp": "gradient_penalty"}[family]
    for t in (eager, graph):
        for change in ({}, {"lr_d": 1e-3}, {weight: 0.5}, {"players": "d"}, {"players": "g"}):
            t.change(**change)
            t.train_steps(5)
    assert (graph.engine.name, graph.engine.fallback_reason) == (REPLAYED, None)
    assert capture.recorded == 4  # at first, and for all but the learning rate, which lies in a tensor
    assert np.array_equal(values(eager), values(graph))
    assert_same_weights(eager, graph)


def test_readers_in_between_and_a_full_buffer_lose_no_row(monkeypatch):
    monkeypatch.setattr("gan_core.training.statistics.CAPACITY", 7)
    eager, graph = trainer(), trainer(capture=TapeCapture())
    seen = []
    for steps in (WARM_UP_STEPS, 1, 20, 5):  # the first reader comes just before the recording
        eager.train_steps(steps), graph.train_steps(steps)
        rows = graph.flush()
        assert np.array_equal(eager.flush().values, rows.values)
        seen += rows.steps.tolist()
    assert seen == list(range(1, WARM_UP_STEPS + 27))


@pytest.mark.parametrize("family", ["cgan", "wgan_gp"])
def test_a_run_resumes_from_eager_to_graph_and_back(family):
    whole = trainer(family)
    whole.train_steps(20)
    expected = values(whole)
    first, second, third = trainer(family, TapeCapture()), trainer(family), trainer(family, TapeCapture())
    first.train_steps(7)
    rows = [values(first)]
    for before, after, steps in ((first, second, 4), (second, third, 9)):
        after.load_state_dict(copy.deepcopy(before.state_dict()))
        after.train_steps(steps)
        rows.append(values(after))
    assert np.array_equal(np.concatenate(rows), expected)
    assert_same_weights(whole, third)


def test_loading_a_state_records_again():
    capture = TapeCapture()
    t = trainer(capture=capture)
    t.train_steps(6)
    state = copy.deepcopy(t.state_dict())
    t.train_steps(6)
    expected = values(t)[6:]
    t.load_state_dict(state)
    t.train_steps(6)
    assert np.array_equal(values(t), expected)
    assert capture.recorded == 2


def test_two_graphs_taking_turns_do_not_disturb_each_other():
    alone = trainer("cgan")
    alone.train_steps(15)
    one, two = trainer("cgan", TapeCapture()), trainer("dcgan", TapeCapture(), seed=5)
    for _ in range(5):
        one.train_steps(3)
        two.train_steps(2)
    assert np.array_equal(values(alone), values(one))


# A fast path that cannot show that it is right is off


def assert_goes_on_eagerly(t: Trainer, why: str) -> None:
    eager = trainer()
    eager.train_steps(12), t.train_steps(12)
    assert t.engine.name == "eager"
    assert why in t.engine.fallback_reason
    assert [why in note for note in t.pop_warnings()] == [True]
    assert np.array_equal(values(eager), values(t))
    assert_same_weights(eager, t)


def test_an_iteration_that_cannot_be_recorded_goes_on_eagerly(monkeypatch):
    t = trainer(capture=TapeCapture())
    original = t.gan.generator_loss

    def asks_the_device(*args):
        loss = original(*args)
        loss.total.item()
        return loss

    monkeypatch.setattr(t.gan, "generator_loss", asks_the_device)
    assert_goes_on_eagerly(t, "could not be recorded: operation not permitted when stream is capturing")


class Idle(TapeCapture):
    def replay(self):
        pass


class Forgetful(TapeCapture):
    """Loses the last operations: the averaged generator stands still, the losses are right."""

    def record(self, work):
        super().record(work)
        lerp = torch.ops.aten._foreach_lerp_.List
        self._tape = [entry for entry in self._tape if entry[0] is not lerp]


class Repetitive(TapeCapture):
    """Gives back the random numbers that it has drawn."""

    def replay(self):
        state = torch.get_rng_state()
        super().replay()
        torch.set_rng_state(state)


class Wrong(TapeCapture):
    """Draws other random numbers."""

    def replay(self):
        torch.manual_seed(1)
        super().replay()


@pytest.mark.parametrize(
    ("capture", "why"),
    [
        (Idle, "its losses are"),
        (Wrong, "its losses are"),
        (Forgetful, "tensors, not"),
        (Repetitive, "other random numbers"),
    ],
)
def test_a_replay_that_does_something_else_is_not_used(capture, why):
    assert_goes_on_eagerly(trainer(capture=capture()), why)


def test_running_out_of_memory_while_recording_goes_on_eagerly():
    class Hungry(TapeCapture):
        def record(self, work):
            raise torch.OutOfMemoryError("CUDA out of memory\nTried to allocate")

    assert_goes_on_eagerly(trainer(capture=Hungry()), "could not be recorded: CUDA out of memory")


# Choosing


@pytest.mark.parametrize(
    ("wanted", "kind", "processes", "why"),
    [
        ("eager", "cuda", 1, "the config asks for eager"),
        ("auto", "cpu", 1, "the device is cpu"),
        ("graph", "mps", 1, "the device is mps"),
        ("graph", "cuda", 2, "several processes train together"),
    ],
)
def test_where_no_graph_can_be_had_the_engine_is_eager_with_a_reason(wanted, kind, processes, why):
    told = []
    engine = choose_engine(wanted, torch.device(kind), processes=processes, on_warning=told.append)
    assert isinstance(engine, EagerEngine)
    assert (engine.name, engine.fallback_reason) == ("eager", why)
    assert told == ([f"training without a CUDA graph: {why}"] if wanted == "graph" else [])


def test_a_graph_is_chosen_where_there_is_a_capture():
    assert choose_engine("auto", torch.device("cuda"), capture=TapeCapture()).name == REPLAYED


def test_a_trainer_goes_as_soon_as_nobody_wants_it():
    t = trainer(capture=TapeCapture())
    t.train_steps(6)
    gone = weakref.ref(t)
    gc.disable()
    try:
        del t
        assert gone() is None
    finally:
        gc.enable()


def test_asking_for_a_graph_on_the_cpu_is_noted():
    t = trainer(engine="graph")
    assert t.engine.name == "eager"
    assert t.pop_warnings() == ["training without a CUDA graph: the device is cpu"]
    assert t.pop_warnings() == []
