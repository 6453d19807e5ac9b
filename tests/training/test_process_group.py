import socket
import sys
from types import ModuleType

import pytest
import torch

from gan_core.families import FAMILIES
from gan_core.runs import RunStore, Status, active_run, resume
from gan_core.training import ProcessGroup
from gan_core.training.synced_norm import SyncedBatchNorm, synchronize_batch_norm
from tests.helpers import two_processes


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What two processes found, by rank, and the folder of their runs."""
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        # A new process runs the main module again, which page tests may have left a page.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        torch.multiprocessing.spawn(two_processes.work, (port, folder), nprocs=two_processes.PROCESSES)
    return [torch.load(folder / f"{rank}.pt") for rank in range(two_processes.PROCESSES)], folder


def recorded(folder, status: Status):
    """The store of rank 0, and its run of that status."""
    store = RunStore(folder / "runs of 0")
    (run,) = store.list(status)
    return store, run


def test_only_the_first_process_keeps_a_record(together):
    assert not (together[1] / "runs of 1").exists()


def test_both_know_each_other(together):
    assert [found["size"] for found in together[0]] == [2, 2]


@pytest.mark.parametrize("family", two_processes.FAMILIES)
def test_half_the_batch_each_gives_the_gradients_of_the_whole(together, family):
    """With BatchNorm too: its statistics are those of the whole batch."""
    for found in together[0]:
        whole, shared = found["gradients"][family].values()
        assert whole.keys() == shared.keys()
        for player in ("discriminator", "generator", "buffer"):
            expected = {name: tensor for name, tensor in whole.items() if name.startswith(player)}
            largest = max((float(tensor.abs().max()) for tensor in expected.values()), default=0.0)
            for name, tensor in expected.items():
                assert torch.allclose(tensor, shared[name], rtol=1e-4, atol=1e-7 + 1e-5 * largest), name


def test_both_have_equal_gradients_to_the_last_bit(together):
    one, other = (found["gradients"] for found in together[0])
    for family, found in one.items():
        for name, tensor in found["shared"].items():
            assert torch.equal(tensor, other[family]["shared"][name]), (family, name)


def test_each_draws_its_own_noise(together):
    one, other = (found["noise"] for found in together[0])
    assert not torch.equal(one, other)


def test_a_batch_that_cannot_be_divided_is_refused(together):
    for found in together[0]:
        assert found["refused"] == "batch_size: 7 cannot be divided among 2 processes"


def test_too_few_gpus_are_an_error_for_those_who_want_them(together):
    for found in together[0]:
        assert found["on GPUs"] == "device: 1 GPUs are fewer than the processes started; start fewer, or use cpu"
        assert found["on the CPU"] == ""


def test_after_five_steps_both_have_equal_weights_and_the_first_has_kept_them(together):
    (_leader, other), folder = together
    store, run = recorded(folder, Status.FINISHED)
    assert (run.status, run.step) == (Status.FINISHED, 5)
    assert store.metrics(run.id)["d_loss"].steps.tolist() == [1, 2, 3, 4, 5]
    state = torch.load(store.resume_path(run.id), weights_only=True)
    assert len(state["random"]) == 2
    assert state["gan"].keys() == other["whole run"]["weights"].keys()
    for name, tensor in other["whole run"]["weights"].items():
        assert torch.equal(tensor, state["gan"][name]), name


def test_the_first_takes_readings_while_the_other_waits(together):
    store, run = recorded(together[1], Status.FINISHED)
    assert [reading.step for reading in store.readings(run.id)] == [0, 5]


def test_a_signal_to_the_second_process_saves_the_run_and_ends_both(together):
    found, folder = together
    store, run = recorded(folder, Status.INTERRUPTED)
    assert [one["stopped run"]["ended"] for one in found] == ["interrupted", "interrupted"]
    assert 7 <= run.step <= 9
    state = torch.load(store.resume_path(run.id), weights_only=True)
    assert state["step"] == run.step
    for name, tensor in found[1]["stopped run"]["weights"].items():
        assert torch.equal(tensor, state["gan"][name]), name


def test_within_a_slice_only_gradients_are_exchanged(together):
    """Two updates in each of four steps, and the mean of the metrics at the end."""
    for found in together[0]:
        counts = {"all_reduce": 4 * 2 + 1, "broadcast": 0, "all_gather_object": 0, "broadcast_object_list": 0}
        assert found["collectives"] == counts


ENDED = "PeerError: another process of this run has ended; resume the run to go on from its last checkpoint"


@pytest.mark.parametrize(
    ("what", "errors"),
    [
        ("no data for the first", ["DataError: there are no images", ENDED]),
        ("no data for the second", [ENDED, "DataError: there are no images"]),
        ("not finite", ["RunError: the loss is no longer a finite number at step 3; try a lower lr_g and lr_d"] * 2),
    ],
)
def test_an_error_in_one_process_ends_both(together, what, errors):
    assert [found[what] for found in together[0]] == errors


def test_a_process_that_dies_ends_the_others_and_the_run_can_be_resumed(together):
    folder = together[1]
    assert torch.load(folder / "last of 0.pt") == ENDED
    died, not_finite, second, first = RunStore(folder / "failures of 0").list()
    assert (died.status, died.error, died.can_resume) == (Status.INTERRUPTED, None, True)
    assert [run.status for run in (not_finite, second, first)] == [Status.FAILED, Status.INTERRUPTED, Status.FAILED]
    assert first.error == "there are no images"


def test_one_process_goes_on_with_what_two_began(together, monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", lambda *args, **kwargs: two_processes.images())
    store, run = recorded(together[1], Status.FINISHED)
    run = resume(run.id, steps=8, store=store)
    assert (run.status, run.step) == (Status.FINISHED, 8)
    assert store.metrics(run.id)["d_loss"].steps.tolist() == list(range(1, 9))
    assert ["other random numbers" in event.message for event in store.events(run.id)].count(True) == 1


# A group of one


def test_without_torchrun_there_is_one_process(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with ProcessGroup.from_environment() as group:
        assert (group.rank, group.size, group.is_leader) == (0, 1, True)
        assert group.gather("a") == ["a"]
        assert group.local_batch_size(7) == 7
        assert torch.equal(group.mean(torch.ones(2)), torch.ones(2))
        assert (group.on_leader(lambda: 3), group.leader_first(lambda: 4)) == (3, 4)


def test_synced_norm_takes_the_place_of_batch_norm_with_its_names_and_values():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Sequential(torch.nn.BatchNorm2d(4, eps=0.8)))
    net(torch.randn(5, 1, 6, 6))
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    images = torch.randn(3, 1, 6, 6)
    expected = net.eval()(images)
    synchronize_batch_norm(net)
    assert isinstance(net[1][0], SyncedBatchNorm)
    assert list(net.state_dict()) == list(before)
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert torch.equal(net.eval()(images), expected)


def test_the_families_left_out_are_those_with_random_losses():
    assert set(FAMILIES) - set(two_processes.FAMILIES) == {"cgan", "wgan_gp"}  # dropout, a random point
