import json

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import (
    base_vectors,
    each_class_in_turn,
    format_vector,
    parse_numbers,
    parse_vector,
    with_class,
)
from gan_core.latent_spec import LatentSpec, Section

PLAIN = LatentSpec.of(100, "normal")
CONDITIONAL = LatentSpec.of(10, "normal", ("cat", "dog", "owl"))


def test_base_vectors_depend_on_the_seed_alone():
    vectors = base_vectors(PLAIN, 5, seed=3)
    assert vectors.shape == (5, 100)
    assert vectors.dtype == torch.float32
    torch.manual_seed(99)
    assert torch.equal(vectors, base_vectors(PLAIN, 5, seed=3))
    assert not torch.equal(vectors, base_vectors(PLAIN, 5, seed=4))


def test_base_vectors_leave_the_global_generator_alone():
    before = torch.random.get_rng_state()
    base_vectors(CONDITIONAL, 3, seed=1)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("size", [1, 7, 100])
def test_more_base_vectors_keep_the_first_ones(size):
    spec = LatentSpec.of(size, "normal", ("a", "b"))
    assert torch.equal(base_vectors(spec, 9, seed=0)[:2], base_vectors(spec, 2, seed=0))


def test_base_vectors_follow_the_distribution_of_the_layout():
    normal = base_vectors(PLAIN, 200, seed=0)
    assert abs(normal.mean()) < 0.05
    assert abs(normal.std() - 1) < 0.05
    uniform = base_vectors(LatentSpec.of(100, "uniform"), 200, seed=0)
    assert uniform.abs().max() <= 1
    assert abs(uniform.std() - 3**-0.5) < 0.02


def test_a_label_fixes_the_class_and_keeps_the_noise():
    cats, owls = (base_vectors(CONDITIONAL, 4, seed=0, label=label) for label in (0, 2))
    assert torch.equal(cats[:, :10], owls[:, :10])
    assert cats[:, 10:].tolist() == [[1, 0, 0]] * 4
    assert owls[:, 10:].tolist() == [[0, 0, 1]] * 4


def test_without_a_label_each_vector_has_one_class_and_all_classes_come_up():
    weights = base_vectors(CONDITIONAL, 60, seed=0)[:, 10:]
    assert torch.equal(weights.sum(1), torch.ones(60))
    assert set(weights.argmax(1).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0, "seed": 0}, "0 base vectors"),
        ({"n": 5000, "seed": 0}, "1 to 4096"),
        ({"n": 1, "seed": -1}, "seed is -1"),
        ({"n": 1, "seed": 2**64}, "seed is"),
        ({"n": 1, "seed": 0, "label": 3}, "no class 3; choose 0 to 2"),
        ({"n": 1, "seed": 0, "label": -1}, "no class -1"),
    ],
)
def test_base_vectors_refuse(arguments, message):
    with pytest.raises(LatentError, match=message):
        base_vectors(CONDITIONAL, **arguments)


def test_with_class_copies():
    vectors = base_vectors(CONDITIONAL, 2, seed=0, label=1)
    changed = with_class(CONDITIONAL, vectors, 2)
    assert vectors[:, 10:].tolist() == [[0, 1, 0]] * 2
    assert changed[:, 10:].tolist() == [[0, 0, 1]] * 2
    assert torch.equal(changed[:, :10], vectors[:, :10])
    assert with_class(CONDITIONAL, vectors[0], 0)[10:].tolist() == [1, 0, 0]


def test_with_class_needs_classes():
    with pytest.raises(LatentError, match="no classes"):
        with_class(PLAIN, torch.zeros(1, 100), 0)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-3,0,3", [-3, 0, 3]),
        (" -3, 0 ,3\n", [-3, 0, 3]),
        ("-3:3:7", [-3, -2, -1, 0, 1, 2, 3]),
        ("3:-3:3", [3, 0, -3]),
        ("1.5, -1:1:3; 9", [1.5, -1, 0, 1, 9]),
        ("1e-3", [0.001]),
        ("−3，0、3", [-3, 0, 3]),
        ("2,2", [2, 2]),
    ],
)
def test_parse_numbers(text, values):
    assert parse_numbers(text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no value is given"),
        (" , ", "no value is given"),
        ("1,two", "'two', which is not a number"),
        ("nan", "'nan'; numbers must lie between"),
        ("-inf", "numbers must lie between -10000 and 10000"),
        ("1e39", "'1e39'"),
        ("-3:3", "start:stop:count"),
        ("-3:3:2.5", "start:stop:count"),
        ("-3:3:-7", "start:stop:count"),
        ("-3:3:1", "choose 2 to 1000"),
        ("0:1:999999999", "choose 2 to 1000"),
        ("0:1:9999999999", "start:stop:count"),
        ("a:1:3", "the start is 'a'"),
        ("0:1:600,0:1:600", "more than 1000 values"),
        ("1," * 60_000, "at most 100000"),
    ],
)
def test_parse_numbers_refuses_in_one_line(text, message):
    with pytest.raises(LatentError, match=message) as caught:
        parse_numbers(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("5,25,45", [5, 25, 45]),
        ("7-9", [7, 8, 9]),
        ("3-3", [3]),
        ("9, 0-2, 1, 9", [9, 0, 1, 2]),
        ("noise", list(range(100))),
        ("99 0", [99, 0]),
    ],
)
def test_parse_entries(text, entries):
    assert PLAIN.parse_entries(text) == entries


def test_parse_entries_knows_the_sections():
    assert CONDITIONAL.parse_entries("class, 2") == [10, 11, 12, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no entry is given; choose from 0 to 99"),
        ("5,100", "no entry 100; this generator has entries 0 to 99"),
        ("90-100", "no entry 90-100; .* 0 to 99"),
        ("0-999999999", "no entry 0-999999999"),
        ("-1", "'-1' is not an entry"),
        ("1.5", "'1.5' is not an entry; .* noise"),
        ("class", "'class' is not an entry"),
        ("9-3", "write 3-9"),
        ("1-2-3", "'1-2-3' is not an entry"),
        ("９", "is not an entry"),
        ("x" * 500, "'xxxxxxx.*…' is not an entry"),
    ],
)
def test_parse_entries_refuses(text, message):
    with pytest.raises(LatentError, match=message):
        PLAIN.parse_entries(text)


def test_entry_names():
    assert CONDITIONAL.entry_names([0, 9, 10, 12]) == ["entry 0", "entry 9", "class cat", "class owl"]
    assert PLAIN.entry_names([99]) == ["entry 99"]
    assert CONDITIONAL.entry_names([3, 11], text=lambda key: f"«{key}»") == ["«entry 3»", "«class dog»"]


def test_parse_vector_takes_what_people_paste():
    wanted = torch.tensor([0.5, -1.0, 2.0])
    spec = LatentSpec.of(3, "normal")
    for text in (
        "0.5,-1,2",
        "0.5 -1 2",
        "[0.5, -1.0, 2.0]",
        "[[0.5 -1.\n 2. ]]",
        "0.5\n-1\n2\n",
        json.dumps([0.5, -1, 2]),
    ):
        assert torch.equal(parse_vector(text, spec), wanted)


def test_parse_vector_adds_the_class_to_noise_alone():
    noise = ",".join(map(str, range(10)))
    assert parse_vector(noise, CONDITIONAL).tolist() == [*range(10), 1, 0, 0]
    assert parse_vector(noise, CONDITIONAL, label=2).tolist() == [*range(10), 0, 0, 1]
    assert parse_vector(noise + ",0.5,0.5,0", CONDITIONAL, label=2).tolist() == [*range(10), 0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"found 0 numbers; this generator needs 10 \(noise alone\) or 13 \(every entry\)"),
        ("1,2,3", "found 3 numbers"),
        ("0," * 9 + "nan", "entry 9 is 'nan'"),
        ("0,0,inf" + ",0" * 7, "entry 2 is 'inf'"),
        ("0,zero" + ",0" * 8, "entry 1 is 'zero', which is not a number"),
        ("0,null" + ",0" * 8, "entry 1 is 'null'"),
        ("1e20" + ",0" * 9, "entry 0 is '1e20'"),
        ("0," * 100_000, "at most 100000"),
    ],
)
def test_parse_vector_refuses_in_one_line(text, message):
    with pytest.raises(LatentError, match=message) as caught:
        parse_vector(text, CONDITIONAL)
    assert "\n" not in str(caught.value)


def test_parse_vector_of_an_unconditional_generator_needs_one_length():
    with pytest.raises(LatentError, match=r"found 99 numbers; this generator needs 100$"):
        parse_vector("0 " * 99, PLAIN)


def test_format_vector_keeps_every_bit():
    generator = torch.Generator().manual_seed(0)
    spec = LatentSpec.of(1000, "normal")
    vector = torch.randn(1000, generator=generator) * 10 ** torch.randint(-8, 4, (1000,), generator=generator)
    vector[:4] = torch.tensor([0.0, -0.0, 1e-42, 10_000.0])
    vector.clamp_(-10_000, 10_000)
    assert torch.equal(parse_vector(format_vector(vector), spec), vector)
    assert format_vector(torch.tensor([0.1, -3.0])) == "0.1, -3.0"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("code 2, 3, code 1", [16, 3, 15]),
        ("category 11; category 1", [14, 4]),
        ("code", [15, 16]),
        ("code 2 0", [16, 0]),
    ],
)
def test_parse_entries_knows_codes_and_categories_by_name(text, entries):
    names = tuple(map(str, range(12)))
    spec = LatentSpec((Section("noise", 3), Section("category", 12, "one_hot", names), Section("code", 2, "uniform")))
    assert spec.parse_entries(text) == entries


def test_parse_entries_knows_names_of_more_than_one_word():
    levels = LatentSpec((Section("noise", 5), Section("noise", 2, level=14), Section("noise", 1, level=28)))
    assert levels.parse_entries("detail 28, 0, detail 14") == [7, 0, 5, 6]
    boots = LatentSpec.of(2, "normal", ("T-shirt/top", "Boot", "Ankle boot"))
    assert boots.parse_entries("class Ankle boot, class T-shirt/top") == [4, 2]


def test_with_class_chooses_a_category_where_there_are_no_classes():
    spec = LatentSpec((Section("noise", 2), Section("category", 3, "one_hot"), Section("code", 1, "uniform")))
    assert with_class(spec, torch.full((1, 6), 0.5), 1).tolist() == [[0.5, 0.5, 0, 1, 0, 0.5]]
    turned = each_class_in_turn(spec, torch.full((4, 6), 0.5))
    assert turned[:, 2:5].argmax(1).tolist() == [0, 1, 2, 0]
    assert parse_vector("1 2", spec, label=2).tolist() == [1, 2, 0, 0, 1, 0]
