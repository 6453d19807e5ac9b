import hashlib

import torch

from gan_core.data.faces import draw_faces, load_faces, paint_faces
from gan_core.data.faces.painter import box, colors, ellipse, ramp, stroke, wave
from gan_core.data.faces.people import AFRO, ATTRIBUTES, BALD, CREW_CUT, HAIR_COLORS, HATS, INDEX, LONG, YES_NO, invent
from gan_core.data.specs import HAIR_CUTS

MIDDLE = torch.tensor([[0.0 if name in YES_NO else 0.5 for name in ATTRIBUTES]])
MIDDLE[0, INDEX["brown hair"]] = 1


def portrait(cut: int = CREW_CUT, size: int = 64, **changes: float) -> torch.Tensor:
    """Somebody in the middle of everything, but for the changes; float (3, size, size) in 0 .. 255."""
    values = MIDDLE.clone()
    for name, value in changes.items():
        values[0, INDEX[name.replace("_", " ")]] = value
    return paint_faces(torch.tensor([cut]), values, size)[0].float()


def change(**changes: float) -> torch.Tensor:
    """How much every pixel changes, (64, 64)."""
    return (portrait(**changes) - portrait()).abs().amax(0)


def test_same_seed_same_bytes_other_seed_other_people():
    first, cuts, values = draw_faces(20, 28, seed=3)
    assert all(map(torch.equal, (first, cuts, values), draw_faces(20, 28, seed=3)))
    assert not torch.equal(first, draw_faces(20, 28, seed=4)[0])


def test_the_pictures_are_the_same_on_every_processor():
    """Only exact operations make them, so that these bytes hold wherever the test runs."""
    images, cuts, values = draw_faces(40, 32, seed=5)
    everything = b"".join(part.numpy().tobytes() for part in (images, cuts, values))
    assert hashlib.sha256(everything).hexdigest()[:16] == "ed40192db9fad846"


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    draw_faces(10, 28)
    assert torch.equal(before, torch.get_rng_state())


def test_the_dataset():
    seen = []
    data = load_faces(28, 3, lambda what, fraction: seen.append((what, fraction)), count=50)
    assert data.images.shape == (50, 3, 28, 28)
    assert data.class_names == HAIR_CUTS
    assert torch.bincount(data.labels).tolist() == [5] * 10
    assert data.attributes.names == ATTRIBUTES
    assert data.attributes.values.shape == (50, len(ATTRIBUTES))
    assert seen[-1] == ("painting portraits", 1.0)
    assert load_faces(28, 1, lambda what, fraction: None, count=10).images.shape == (10, 1, 28, 28)


def test_the_same_people_at_every_size():
    small, *people = draw_faces(30, 32, seed=1)
    large, *same = draw_faces(30, 64, seed=1)
    assert all(map(torch.equal, people, same))
    shrunk = torch.nn.functional.interpolate(large.float(), (32, 32), mode="bilinear", antialias=True)
    assert (shrunk - small.float()).abs().mean() < 5


def test_attributes_are_numbers_from_0_to_1_and_everybody_has_one_color_of_hair():
    cuts = torch.arange(2000) % 10
    values = invent(cuts, torch.Generator().manual_seed(0))
    assert values.dtype == torch.float32
    assert 0 <= values.min() <= values.max() <= 1
    assert len(set(ATTRIBUTES)) == values.shape[1] == 59
    yes_no = values[:, [INDEX[name] for name in YES_NO]]
    assert set(yes_no.unique().tolist()) == {0.0, 1.0}
    assert ((yes_no.mean(0) > 0.01) & (yes_no.mean(0) < 0.5)).all()
    of_hair = values[:, [INDEX[name] for name in (*HAIR_COLORS, "grey hair")]]
    assert (of_hair.sum(1) == 1).all()
    on_heads = values[:, [INDEX[name] for name in (*HATS, "bow", "headphones")]]
    assert on_heads.sum(1).max() == 1
    assert on_heads[cuts == AFRO, :4].sum() == 0  # no hat fits


# What somebody needs so that an attribute shows at all.
NEEDED = {
    "sunglasses": {"glasses": 1.0},
    "round glasses": {"glasses": 1.0},
    **{name: {"brown hair": 0.0} for name in (*HAIR_COLORS, "grey hair")},
}


def test_every_attribute_changes_the_picture():
    without, having = MIDDLE.repeat(len(ATTRIBUTES), 1), MIDDLE.repeat(len(ATTRIBUTES), 1)
    for row, name in enumerate(ATTRIBUTES):
        for values in (without, having):
            for needed, value in NEEDED.get(name, {}).items():
                values[row, INDEX[needed]] = value
        without[row, row], having[row, row] = 0, 1
    long_haired = torch.full((len(ATTRIBUTES),), LONG)
    pictures = [paint_faces(long_haired, values, 64).float() for values in (without, having)]
    pixels = ((pictures[0] - pictures[1]).abs().amax(1) > 16).sum((1, 2))
    assert {name: count for name, count in zip(ATTRIBUTES, pixels.tolist(), strict=True) if count < 4} == {}


def test_attributes_act_where_they_should():
    glasses = change(glasses=1.0)
    assert glasses[20:44].sum() == glasses.sum()  # the rows of the eyes
    smile = change(smile=1.0)
    assert smile[40:60, 16:48].sum() == smile.sum() > 0
    assert change(sun_behind=1.0)[32, 32] == 0  # behind the head
    assert change(scarf=1.0)[:48].sum() == 0
    assert change(warm_background=1.0)[0, 0] > 30


def test_hair_cuts_differ_from_each_other():
    faces = torch.stack([portrait(cut) for cut in range(len(HAIR_CUTS))])
    assert torch.pdist(faces.flatten(1)).min() > 1000
    assert (portrait(BALD, light_hair=1.0) - portrait(BALD))[:, :20].abs().max() == 0


def test_shapes_measure_the_distance_to_their_edge():
    x, y = torch.tensor([0.0, 3.0, 0.0, 5.0]), torch.tensor([0.0, 0.0, 4.0, 0.0])
    torch.testing.assert_close(ellipse(x, y, 3.0, 3.0), torch.tensor([-3.0, 0.0, 1.0, 2.0]))
    torch.testing.assert_close(ellipse(x, y, 3.0, 2.0), torch.tensor([-2.0, 0.0, 2.0, 4 / 3]))
    torch.testing.assert_close(box(x, y, 2.0, 1.0, 0.5), torch.tensor([-1.0, 1.0, 3.0, 3.0]))
    # A stroke 2 high in the middle, at (0, -2): straight below its middle by 2 and 6, and 1 beyond its end.
    x, y = torch.tensor([0.0, 0.0, 0.0, 5.0]), torch.tensor([-2.0, 0.0, 4.0, 0.0])
    torch.testing.assert_close(stroke(x, y, 4.0, 2.0, 0.5), torch.tensor([-0.5, 1.5, 5.5, 1.0]))


def test_waves_and_colors():
    torch.testing.assert_close(wave(torch.tensor([0.0, 0.25, 0.5, 0.75, 7.25])), torch.tensor([0.0, -1, 0, 1, -1]))
    stops = colors("000000", "ff0000", "ffffff")
    expected = torch.tensor([[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1, 0.5, 0.5], [1, 1, 1]])
    torch.testing.assert_close(ramp(stops, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])), expected)
