"""What a long-lived server does once, before its first visitor. Importing this module loads the heavy libraries."""

from __future__ import annotations

import gc

import plotly.graph_objects  # noqa: F401  (loaded here so that no visitor waits for it)
import torch
import torchvision  # noqa: F401


def warm_up() -> None:
    """Finish loading, and take everything loaded out of the garbage collector's sight.

    Streamlit collects garbage after every script and fragment run. With torch and plotly loaded one collection holds
    the interpreter for about a quarter of a second; after `gc.freeze()` it takes no time that matters.
    """
    torch.set_num_threads(1)  # page threads draw small pictures; they must not compete with training for the cores
    _step_an_optimizer()
    gc.collect()
    gc.freeze()


def _step_an_optimizer() -> None:
    """The first optimizer of a process loads torch._dynamo, two seconds that no visitor should wait for."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    parameter.grad = torch.zeros(1)
    torch.optim.Adam([parameter], fused=True).step()
