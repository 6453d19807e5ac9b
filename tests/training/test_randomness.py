import threading

import torch

from gan_core.training.randomness import Randomness

CPU = torch.device("cpu")


def test_borrowing_goes_on_where_it_stopped():
    torch.manual_seed(3)
    expected = torch.rand(6)
    randomness = Randomness(CPU)
    with randomness.fork_with_seed(3):
        first = torch.rand(2)
    torch.rand(5)  # somebody else
    with randomness.swap_in():
        second = torch.rand(4)
    assert torch.equal(torch.cat([first, second]), expected)


def test_what_was_borrowed_is_given_back_even_after_an_error():
    torch.manual_seed(8)
    before = torch.get_rng_state()
    randomness = Randomness(CPU)
    try:
        with randomness.fork_with_seed(1):
            torch.rand(3)
            raise ValueError
    except ValueError:
        pass
    assert torch.equal(torch.get_rng_state(), before)


def test_two_threads_do_not_mix_their_numbers():
    drawn = {}

    def draw(seed: int) -> None:
        randomness, numbers = Randomness(CPU), []
        with randomness.fork_with_seed(seed):
            pass
        for _ in range(200):
            with randomness.swap_in():
                numbers.append(torch.rand(20))
        drawn[seed] = torch.cat(numbers)

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, numbers in drawn.items():
        generator = torch.Generator().manual_seed(seed)
        assert torch.equal(numbers, torch.cat([torch.rand(20, generator=generator) for _ in range(200)]))


def test_seeding_one_device_leaves_the_generators_of_the_others(monkeypatch):
    """`torch.manual_seed` would reseed a CUDA generator from which another thread trains."""
    seeded = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    monkeypatch.setattr(torch.cuda, "manual_seed", seeded.append)
    with Randomness(CPU).fork_with_seed(5):
        first = torch.rand(3)
    assert seeded == []
    assert torch.equal(first, torch.rand(3, generator=torch.Generator().manual_seed(5)))
