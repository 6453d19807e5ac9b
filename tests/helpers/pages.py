"""The latent page without a browser: small models for it, a visit, and what it showed."""

import json
from pathlib import Path

import torch
from streamlit.testing.v1 import AppTest

from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.nets import MLPDiscriminator, MLPGenerator

PAGE = Path(__file__).parents[2] / "pages" / "latent.py"
CLASSES = ("cat", "dog", "owl")


def save_tiny(
    folder: Path,
    name: str,
    noise: int,
    kind: str = "normal",
    classes: tuple[str, ...] = (),
    *,
    discriminator: bool = True,
) -> None:
    shape = {"image_size": 28, "num_classes": len(classes)}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = MLPGenerator(latent_size=noise, hidden=[16], **shape)
        judge = MLPDiscriminator(hidden=[8], **shape) if discriminator else None
    family = "cgan" if classes else "vanilla"
    spec = LatentSpec.of(noise, kind, classes)
    checkpoint = Checkpoint(name, family, generator, judge, spec, {"step": 7})
    save_checkpoint(checkpoint, folder / f"{name}.safetensors")


def visit(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def lines(app: AppTest) -> str:
    """The texts of `error_line` and `note_line`."""
    return " ".join(element.proto.body for element in app.get("html"))


def component(app: AppTest, key: str) -> dict:
    """What a component of the page was given."""
    (node,) = [node for node in app.get("bidi_component") if node.proto.id.endswith(f"-{key}")]
    return json.loads(node.proto.json)
