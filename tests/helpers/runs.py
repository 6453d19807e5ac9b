"""Runs that are over at once."""

from gan_core.families import RunConfig, new_config


def tiny(family: str = "vanilla", **overrides) -> RunConfig:
    """A run whose steps take about a millisecond. One thread: sums are then the same at every run."""
    options = {
        "latent_size": 6,
        "batch_size": 16,
        "steps": 40,
        "threads": 1,
        "device": "cpu",
        "snapshot_every": 10,
        "checkpoint_every": 20,
    }
    if family == "vanilla":
        options["mlp_size"] = "small"
    return new_config(family, **options | overrides)
