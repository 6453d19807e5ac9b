import torch

from gan_core.nets.batch_norm import fresh_statistics, has_batch_norm


def test_statistics_of_a_norm_by_hand():
    """Inputs 2, 4 and 6, 12: means 3 and 9, variances 2 and 18, and the mean of both."""
    double = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(double.weight, 2.0)
    network = torch.nn.Sequential(double, torch.nn.BatchNorm1d(1, momentum=0.3), torch.nn.Dropout()).eval()
    network[1].running_mean.fill_(77.0)
    before = torch.get_rng_state()
    for _ in range(2):
        with torch.no_grad(), fresh_statistics(network):
            network(torch.tensor([[1.0], [2.0]]))
            network(torch.tensor([[3.0], [6.0]]))
        assert (network[1].running_mean.item(), network[1].running_var.item()) == (6.0, 10.0)
        assert network[1].num_batches_tracked == 1 + 1
    assert not any(module.training for module in network.modules())
    assert network[1].momentum == 0.3
    assert torch.equal(torch.get_rng_state(), before)


def test_which_networks_have_statistics():
    assert has_batch_norm(torch.nn.Sequential(torch.nn.Sequential(torch.nn.BatchNorm2d(3))))
    assert not has_batch_norm(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2)))
