import io
import sys

import av
import numpy as np
import pytest
from PIL import Image

from gan_core.animation import gif_bytes, mp4_bytes
from gan_core.errors import WorkshopError

RED, BLUE = (255, 0, 0), (0, 0, 255)


def grey(frames: int = 6) -> np.ndarray:
    """Each frame brighter than the one before."""
    return np.stack([np.full((28, 28), 40 * index, np.uint8) for index in range(frames)])


def colours() -> np.ndarray:
    return np.stack([np.full((8, 8, 3), colour, np.uint8) for colour in (RED, BLUE)])


def read_mp4(file: bytes) -> tuple[list[np.ndarray], float]:
    with av.open(io.BytesIO(file)) as video:
        rate = float(video.streams.video[0].average_rate)
        return [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)], rate


def test_a_gif_has_every_frame_and_plays_for_ever():
    with Image.open(io.BytesIO(gif_bytes(grey(), rate=10, scale=3))) as gif:
        assert gif.n_frames == 6
        assert gif.size == (84, 84)
        assert gif.info["loop"] == 0
        assert gif.info["duration"] == 100
        levels = []
        for index in range(6):
            gif.seek(index)
            levels.append(np.asarray(gif.convert("L")).mean())
    assert levels == [0, 40, 80, 120, 160, 200]


def test_a_gif_in_colour():
    with Image.open(io.BytesIO(gif_bytes(colours(), rate=5))) as gif:
        assert gif.convert("RGB").getpixel((0, 0)) == RED
        gif.seek(1)
        assert gif.convert("RGB").getpixel((0, 0)) == BLUE


def test_an_mp4_has_every_frame():
    frames, rate = read_mp4(mp4_bytes(grey(), rate=12, scale=3))
    assert len(frames) == 6
    assert frames[0].shape == (84, 84, 3)
    assert rate == 12
    for index, frame in enumerate(frames):
        assert frame.mean() == pytest.approx(40 * index, abs=3)


def test_an_mp4_in_colour():
    frames, _rate = read_mp4(mp4_bytes(colours(), rate=5, scale=4))
    for frame, colour in zip(frames, (RED, BLUE), strict=True):
        assert np.abs(frame.mean((0, 1)) - colour).max() < 10


def test_an_odd_size_grows_by_one():
    frames, _rate = read_mp4(mp4_bytes(np.full((2, 27, 29), 200, np.uint8), rate=5))
    assert [frame.shape for frame in frames] == [(28, 30, 3)] * 2


def test_without_pyav_an_mp4_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)  # importing it fails now
    assert gif_bytes(grey(), rate=10).startswith(b"GIF89a")
    with pytest.raises(WorkshopError, match="MP4 needs one more package: pip install av"):
        mp4_bytes(grey(), rate=10)
