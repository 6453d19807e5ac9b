import pytest

from bench.profile import OTHER, kind_of


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("aten::mm", "matrix product"),
        ("aten::addmm", "matrix product"),
        ("aten::mkldnn_convolution", "convolution"),
        ("aten::convolution_backward", "convolution"),
        ("aten::_fused_adam_", "optimiser, averaging"),
        ("Optimizer.step#Adam.step", "optimiser, averaging"),
        ("aten::_foreach_lerp_", "optimiser, averaging"),
        ("aten::native_batch_norm_backward", "normalisation, activation, loss"),
        ("aten::leaky_relu_backward", "normalisation, activation, loss"),
        ("aten::threshold_backward", "normalisation, activation, loss"),
        ("aten::normal_", "data and noise"),
        ("aten::index_select", "data and noise"),
        ("aten::copy_", "copies and casts"),
        ("aten::_to_copy", "copies and casts"),
        ("aten::sum", OTHER),
        ("autograd::engine::evaluate_function: ConvolutionBackward0", OTHER),
        ("AddmmBackward0", OTHER),
    ],
)
def test_kinds_of_operations(operation, kind):
    assert kind_of(operation) == kind
