"""Optimizers and learning rates as a config describes them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from gan_core.families import RunConfig
from gan_core.formulas import in_sum, number
from gan_core.training.sub_steps import Equation

# Keys of a parameter group that depend on the machine which loads a state, not on the one which saved it.
DEVICE_LOCAL_KEYS = ("lr", "fused", "foreach", "capturable")

RAMP = 0.4  # of the steps of a run, the part in which `ramp` lets the learning rates fall
NOT_EXTENDED = (0, 1.0)  # see `lr_factor`


def make_optimizer(config: RunConfig, module: nn.Module, lr: float, device: torch.device) -> torch.optim.Optimizer:
    """The config's optimizer over a network's weights, in one fused kernel where torch has one for the device.

    Wherever it can, it keeps its learning rate in a tensor: a captured step finds changes there.
    """
    weights = module.parameters()
    on_gpu = device.type == "cuda"
    fused = device.type in ("cpu", "cuda")
    rate = torch.tensor(lr, device=device) if on_gpu or (fused and config.optimizer != "rmsprop") else lr
    if config.optimizer == "adam":
        betas = (config.beta1, config.beta2)
        return torch.optim.Adam(weights, lr=rate, betas=betas, fused=fused, capturable=on_gpu)
    if config.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=rate, momentum=config.beta1, nesterov=config.beta1 > 0, fused=fused)
    return torch.optim.RMSprop(weights, lr=rate, alpha=config.beta2, foreach=fused, capturable=on_gpu)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all parameter groups, in place where it is a tensor."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a `state_dict()` that may have been saved on another kind of device."""
    groups = [
        saved | {name: own[name] for name in DEVICE_LOCAL_KEYS if name in own}
        for own, saved in zip(optimizer.param_groups, state["param_groups"], strict=True)
    ]
    optimizer.load_state_dict({**state, "param_groups": groups})


def lr_factor(config: RunConfig, step: int, extended: tuple[int, float] = NOT_EXTENDED) -> float:
    """The factor of the learning rates at a step of 0 .. steps - 1.

    It is 1 with a constant schedule, half a cosine from 1 to 0, or with a ramp 1 until the last `RAMP` of the steps, in
    which it falls evenly to 0: a short run learns at the high rate nearly all it can, and then settles.

    A run that is given more steps does not jump back to a high rate, which would undo what the low one had settled: it
    climbs evenly from the factor that it had reached until it meets the longer schedule.

    Args:
        config: Of the run.
        step: The steps done.
        extended: The step at which the number of steps was last changed, and the factor until then.
    """
    if config.lr_schedule == "constant":
        return 1.0
    began, reached = extended
    done = min(1, step / config.steps)
    scheduled = (1 + math.cos(math.pi * done)) / 2 if config.lr_schedule == "cosine" else min(1, (1 - done) / RAMP)
    climb = reached + (1 - reached) * max(0, step - began) / max(1, config.steps - began)
    return min(scheduled, climb)


def update_equation(optimizer: torch.optim.Optimizer, weights: nn.Parameter, place: int, before: float) -> Equation:
    """The optimizer's rule for one weight with its numbers, for use after a step and before gradients are cleared.

    Args:
        optimizer: As `make_optimizer` returns it.
        weights: One of its tensors.
        place: Of the weight in the flat tensor.
        before: The weight before the step.
    """
    group, state = optimizer.param_groups[0], optimizer.state[weights]
    lr = float(group["lr"])
    assert weights.grad is not None
    gradient = float(weights.grad.flatten()[place])

    def kept(name: str) -> float:
        return float(state[name].flatten()[place])

    if isinstance(optimizer, torch.optim.Adam):
        (beta1, beta2), t = group["betas"], float(state["step"])
        mean, square = kept("exp_avg") / (1 - beta1**t), kept("exp_avg_sq") / (1 - beta2**t)
        step, numbers = _ratio(mean, math.sqrt(square), group["eps"])
        symbols, where = r"\frac{\hat m}{\sqrt{\hat v} + \epsilon}", _where(beta1=beta1, beta2=beta2)
    elif isinstance(optimizer, torch.optim.RMSprop):
        step, numbers = _ratio(gradient, math.sqrt(kept("square_avg")), group["eps"])
        symbols, where = r"\frac{g}{\sqrt v + \epsilon}", _where(alpha=group["alpha"])
    elif group["momentum"]:
        momentum = float(group["momentum"])
        step = gradient + momentum * kept("momentum_buffer")
        numbers = rf"({number(gradient)} + {number(momentum)} \cdot {in_sum(kept('momentum_buffer'))})"
        symbols, where = r"(g + \mu \cdot b)", _where(mu=momentum)
    else:
        step, numbers, symbols, where = gradient, in_sum(gradient), "g", ""
    after = before - lr * step
    lines = (rf"w - \eta \cdot {symbols}", rf"{number(before)} - {number(lr)} \cdot {numbers}", number(after))
    return Equation("w'", lines, after, where)


def _ratio(above: float, root: float, epsilon: float) -> tuple[float, str]:
    return above / (root + epsilon), rf"\frac{{{number(above)}}}{{{number(root)} + {number(epsilon)}}}"


def _where(**constants: float) -> str:
    letters = {"beta1": r"\beta_1", "beta2": r"\beta_2", "alpha": r"\alpha", "mu": r"\mu"}
    return r",\; ".join(f"{letters[name]} = {number(value)}" for name, value in constants.items())
