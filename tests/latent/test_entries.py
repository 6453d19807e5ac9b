import pytest
import torch

from gan_core.errors import LatentError
from gan_core.families import Latent, Section
from gan_core.latent import choice_labels, chosen, entries_of, entry_names, kind_of, level_of, place_of, sections
from gan_core.latent.entries import values_of, variances

CODED = Latent((Section("noise", 4), Section("category", 3, "one_hot", ("0", "1", "2")), Section("code", 2, "uniform")))
LEVELS = Latent((Section("noise", 4, "uniform"), Section("detail 14", 2, "uniform"), Section("detail 28", 3)))
CLASSES = Latent.of(2, "normal", ("cat", "dog"))


def test_every_entry_has_one_place():
    for latent in (CODED, LEVELS, CLASSES):
        places = [place_of(latent, entry) for entry in range(latent.size)]
        expected = [(section, index) for section in latent.sections for index in range(section.size)]
        assert places == expected
        assert [place for _section, place in sections(latent)] == [latent.slice(s.name) for s in latent.sections]


@pytest.mark.parametrize("entry", [-1, 9])
def test_an_entry_that_is_not_there_is_named(entry):
    with pytest.raises(LatentError, match=f"no entry {entry}; .* 0 to 8"):
        place_of(CODED, entry)


def test_kinds_and_what_belongs_to_them():
    assert [kind_of(section) for section in CODED.sections] == ["noise", "weight", "code"]
    assert entries_of(CODED, "code") == [7, 8]
    assert entries_of(CODED, "noise", "code") == [0, 1, 2, 3, 7, 8]
    assert entries_of(LEVELS, "noise") == list(range(9))
    assert entries_of(CLASSES, "code") == []


def test_names_say_what_an_entry_is():
    assert entry_names(CODED, [3, 4, 7, 8]) == ["entry 3", "category 0", "code 1", "code 2"]
    assert entry_names(LEVELS, [3, 4, 6]) == ["entry 3", "entry 4 (14 px)", "entry 6 (28 px)"]
    assert entry_names(CLASSES, [1, 3]) == ["entry 1", "class dog"]
    assert entry_names(CODED, [4, 7], text=lambda key: f"«{key}»") == ["«category 0»", "«code 1»"]


def test_values_stay_where_training_had_codes_and_weights():
    assert [values_of(CODED, entry) for entry in (0, 4, 7)] == [(-3, 0, 3), (0, 0.5, 1), (-1, 0, 1)]


def test_variances_are_those_of_training():
    vectors = LEVELS.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(vectors.var(dim=0), variances(LEVELS), atol=0.04)


def test_only_levels_have_a_side():
    assert [level_of(section) for section in LEVELS.sections] == [None, 14, 28]
    assert level_of(Section("detail of it", 2)) is None


def test_what_can_be_chosen():
    assert choice_labels(CODED) == ("0", "1", "2")
    assert choice_labels(LEVELS) == ()
    assert choice_labels(Latent((Section("noise", 1), Section("category", 2, "one_hot")))) == ("0", "1")
    vectors = torch.tensor([[0, 0, 0, 0, 0.2, 0.7, 0.1, 5, 5], [0, 0, 0, 0, 1, 0, 0, 5, 5]])
    assert chosen(CODED, vectors).tolist() == [1, 0]
    assert chosen(LEVELS, vectors) is None
