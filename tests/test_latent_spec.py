import json

import pytest
import torch

from gan_core.errors import CheckpointError, LatentError
from gan_core.latent_spec import LatentSpec, Section

CODED = LatentSpec(
    (Section("noise", 4), Section("category", 3, "one_hot", ("0", "1", "2")), Section("code", 2, "uniform"))
)
LEVELS = LatentSpec(
    (Section("noise", 4, "uniform"), Section("noise", 2, "uniform", level=14), Section("noise", 3, level=28))
)
CLASSES = LatentSpec.of(2, "normal", ("cat", "dog"))
PLAIN = LatentSpec.of(100, "normal")
CONDITIONAL = LatentSpec.of(10, "normal", ("cat", "dog", "owl"))


def test_every_entry_has_one_place():
    for spec in (CODED, LEVELS, CLASSES):
        places = [spec.section_at(entry) for entry in range(spec.size)]
        expected = [(section, index) for section in spec.sections for index in range(section.size)]
        assert places == expected
        assert [place for _section, place in spec.layout] == [spec.slice_of(s.role, s.level) for s in spec.sections]


@pytest.mark.parametrize("entry", [-1, 9])
def test_an_entry_that_is_not_there_is_named(entry):
    with pytest.raises(LatentError, match=f"no entry {entry}; .* 0 to 8"):
        CODED.section_at(entry)


def test_roles_and_what_belongs_to_them():
    assert [section.role for section in CODED.sections] == ["noise", "category", "code"]
    assert [CODED.role_of(entry) for entry in (3, 4, 8)] == ["noise", "category", "code"]
    assert [section.is_choice for section in CODED.sections] == [False, True, False]
    assert CODED.entries("code") == [7, 8]
    assert CODED.entries("noise", "code") == [0, 1, 2, 3, 7, 8]
    assert LEVELS.entries("noise") == list(range(9))
    assert CLASSES.entries("code") == []


def test_names_say_what_an_entry_is():
    assert CODED.entry_names([3, 4, 7, 8]) == ["entry 3", "category 0", "code 1", "code 2"]
    assert LEVELS.entry_names([3, 4, 6]) == ["entry 3", "entry 4 (14 px)", "entry 6 (28 px)"]
    assert CLASSES.entry_names([1, 3]) == ["entry 1", "class dog"]
    assert CODED.entry_names([4, 7], text=lambda key: f"«{key}»") == ["«category 0»", "«code 1»"]


def test_values_stay_where_training_had_codes_and_weights():
    assert [CODED.values_of(entry) for entry in (0, 4, 7)] == [(-3, 0, 3), (0, 0.5, 1), (-1, 0, 1)]


def test_variances_are_those_of_training():
    vectors = LEVELS.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(vectors.var(dim=0), LEVELS.variances, atol=0.04)


def test_only_levels_have_a_side():
    assert [section.level for section in LEVELS.sections] == [None, 14, 28]
    assert [section.name for section in LEVELS.sections] == ["noise", "detail 14", "detail 28"]


def test_what_can_be_chosen():
    assert CODED.choice_labels == ("0", "1", "2")
    assert LEVELS.choice_labels == ()
    assert LatentSpec((Section("noise", 1), Section("category", 2, "one_hot"))).choice_labels == ("0", "1")
    vectors = torch.tensor([[0, 0, 0, 0, 0.2, 0.7, 0.1, 5, 5], [0, 0, 0, 0, 1, 0, 0, 5, 5]])
    assert CODED.chosen(vectors).tolist() == [1, 0]
    assert LEVELS.chosen(vectors) is None


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
    assert CONDITIONAL.entry_names([3, 11], text=lambda key: f"«{key}»") == ["«entry 3»", "«class «dog»»"]


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


# What headers of checkpoints said before sections had roles, distributions and levels, written by that version.
OLD = {
    LatentSpec.of(5, "normal"): """{"sections": [{"name": "noise", "size": 5, "kind": "normal", "labels": []}]}""",
    LatentSpec.of(4, "uniform"): """{"sections": [{"name": "noise", "size": 4, "kind": "uniform", "labels": []}]}""",
    LatentSpec.of(3, "uniform", ("cat", "dog")): """{"sections": [
        {"name": "noise", "size": 3, "kind": "uniform", "labels": []},
        {"name": "class", "size": 2, "kind": "one_hot", "labels": ["cat", "dog"]}]}""",
    CODED: """{"sections": [
        {"name": "noise", "size": 4, "kind": "normal", "labels": []},
        {"name": "category", "size": 3, "kind": "one_hot", "labels": ["0", "1", "2"]},
        {"name": "code", "size": 2, "kind": "uniform", "labels": []}]}""",
    LEVELS: """{"sections": [
        {"name": "noise", "size": 4, "kind": "uniform", "labels": []},
        {"name": "detail 14", "size": 2, "kind": "uniform", "labels": []},
        {"name": "detail 28", "size": 3, "kind": "normal", "labels": []}]}""",
}


@pytest.mark.parametrize(("spec", "old"), OLD.items())
def test_what_was_written_before_is_read(spec, old):
    assert LatentSpec.from_dict(json.loads(old)) == spec


@pytest.mark.parametrize("spec", OLD)
def test_what_is_written_is_read(spec):
    written = json.loads(json.dumps(spec.to_dict()))
    assert LatentSpec.from_dict(written) == spec
    assert [set(section) for section in written["sections"]] == [
        {"role", "size", "distribution", "labels", "level"} for _section in spec.sections
    ]


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ([], "first section must be noise"),
        ([{"role": "class", "size": 2}], "first section must be noise"),
        ([{"role": "noise"}], "sections.0.size: Field required"),
        ([{"role": "noise", "size": 0}], "sections.0.size"),
        ([{"role": "noise", "size": "5"}], "sections.0.size"),
        ([{"role": "noise", "size": 5, "colour": 1}], "sections.0.colour"),
        ([{"role": "noise", "size": 5, "distribution": "cauchy"}], "sections.0.distribution"),
        ([{"role": "noise", "size": 5, "labels": ["a"]}], "1 names for 5 entries"),
        ([{"name": "rest", "size": 5, "kind": "normal"}], "sections.0.role"),
        ([{"name": "detail of it", "size": 5}], "of it"),
        ([{"name": 5, "size": 5}], "sections.0.role"),
        ([["name"]], "sections.0"),
        ([5], "sections.0"),
        (None, "not iterable"),
    ],
)
def test_another_description_is_refused_in_one_line(sections, reason):
    with pytest.raises(CheckpointError, match=f"latent vector does not fit: .*{reason}") as caught:
        LatentSpec.from_dict({"sections": sections})
    assert "\n" not in str(caught.value)


def test_a_section_is_found_by_role_and_level():
    assert LEVELS.slice_of("noise") == slice(0, 4)
    assert LEVELS.slice_of("noise", 28) == slice(6, 9)
    assert CODED.section("category").size == 3
    with pytest.raises(LatentError, match="no section 'class'"):
        CODED.slice_of("class")


def test_a_choice_is_asked_for_by_role():
    z = torch.tensor([[0, 0, 0, 0, 0.2, 0.7, 0.1, 5, 5]])
    assert CODED.chosen(z, "category").tolist() == [1]
    assert CODED.chosen(z, "class") is None
    spec = LatentSpec((Section("noise", 1), Section("category", 3, "one_hot"), Section("code", 1, "uniform")))
    vectors = torch.tensor([[0.5, 0, 1, 0, 0.9], [9.0, 0, 0, 1, -0.9]])
    assert spec.chosen(vectors, "category").tolist() == [1, 2]
    assert LatentSpec.of(2, "normal", ("a", "b", "c")).chosen(vectors, "category") is None


def test_a_name_may_have_an_underscore_where_others_have_a_space():
    assert LEVELS.parse_entries("detail_14, 0") == [4, 5, 0]
    with pytest.raises(LatentError, match="ranges such as 0-9, or noise, detail 14, detail 28 "):
        LEVELS.parse_entries("other")
