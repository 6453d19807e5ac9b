"""Compare, without a browser."""

import pytest

from tests.helpers.pages import component, lines, save_tiny, visit


@pytest.fixture(autouse=True)
def twin(models) -> None:
    """A third model, built like "big"."""
    save_tiny(models, "twin", 100)


def test_two_models_at_the_same_entry():
    app = visit(view="compare", model="big")
    assert app.selectbox(key="url_other").value == "classes"  # of another family
    sheets = [component(app, f"compare_{side}") for side in range(2)]
    assert [sheet["names"] for sheet in sheets] == [["entry 5"]] * 2
    assert sheets[0]["values"] == sheets[1]["values"] == ["−3", "−2", "−1", "0", "1", "2", "3"]
    assert sheets[1]["headings"] == ["cat", "dog", "owl"] * 2
    text = " ".join(element.value for element in app.markdown)
    assert text.count("Effect of entry 5") == 2
    assert text.count("Change of D's score") == 2


def test_the_differences_are_text():
    app = visit(view="compare", model="big", other="classes")
    text = lines(app)
    assert "One has 12 entries of noise, the other 100" in text
    assert "the same numbers by rank" in text
    assert "Only one knows classes" in text
    assert app.number_input(key="url_entry").max == 11
    assert "One has" not in lines(visit(view="compare", model="big", other="twin"))


def test_equal_models_draw_equal_sheets():
    app = visit(view="compare", model="big", other="twin", entry="33", seed="4")
    assert component(app, "compare_0")["sprite"] == component(app, "compare_1")["sprite"]
    assert component(app, "compare_0")["names"] == ["entry 33"]


def test_choices_go_into_the_url():
    app = visit(view="compare", model="big")
    app.number_input(key="url_entry").set_value(7).run()
    app.selectbox(key="url_other").set_value("twin").run()
    app.text_input(key="url_range").set_value("-1, 1").run()
    assert (app.query_params["entry"], app.query_params["other"], app.query_params["range"]) == ("7", "twin", "-1, 1")
    assert component(app, "compare_1")["values"] == ["−1", "1"]


@pytest.mark.parametrize(("text", "complaint"), [("many", "not a number"), ("0:1:100", "too many to compare")])
def test_bad_values_keep_the_last_good_ones(text, complaint):
    app = visit(view="compare", model="big", range="0, 2")
    app.text_input(key="url_range").set_value(text).run()
    assert complaint in lines(app)
    assert component(app, "compare_0")["values"] == ["0", "2"]


def test_a_model_that_is_gone_or_damaged_is_one_line(models):
    app = visit(view="compare", model="big", other="gone")
    assert "There is no model “gone”" in lines(app)
    (models / "damaged.safetensors").write_bytes(b"no")
    assert "damaged.safetensors is damaged" in lines(visit(view="compare", model="big", other="damaged"))


def test_the_only_model_is_compared_with_itself(models):
    for file in [*models.glob("classes*"), *models.glob("twin*")]:
        file.unlink()
    app = visit(view="compare", model="big")
    assert app.selectbox(key="url_other").value == "big"
    assert not app.exception


def test_the_first_model_has_the_vectors_of_the_sheet():
    sheet = visit(model="big", columns="6", entries="5", values="0", seed="3")
    compared = visit(view="compare", model="big", other="twin", range="0", seed="3")
    assert component(compared, "compare_0")["sprite"] == component(sheet, "sheet")["sprite"]
