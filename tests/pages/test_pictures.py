"""Pictures keep every pixel as a sharp square."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest


def show(shape, scale, as_tensor):
    import numpy as np
    import torch

    from pages.ui.pictures import picture

    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    picture(torch.from_numpy(image) if as_tensor else image, alt="Noise", scale=scale, caption="A caption")


def shown(shape, scale, as_tensor=False):
    app = AppTest.from_function(show, args=(shape, scale, as_tensor), default_timeout=30).run()
    assert not app.exception
    return app.get("image")[0].proto.imgs[0]


def pixels(image) -> np.ndarray:
    kind, data = image.url.split(",", 1)
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(b64decode(data))))


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3)])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_each_pixel_becomes_a_square(shape, as_tensor):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert (pixels(shown(shape, 3, as_tensor)) == image.repeat(3, axis=0).repeat(3, axis=1)).all()


@pytest.mark.parametrize(("side", "expected"), [(28, 280), (64, 256), (100, 300), (256, 256), (600, 600)])
def test_without_a_scale_a_small_picture_becomes_legible(side, expected):
    assert pixels(shown((side, side), None)).shape == (expected, expected)


def test_text_alternative_and_caption():
    image = shown((4, 4), 1)
    assert image.alt == "Noise"
    assert image.caption == "A caption"
