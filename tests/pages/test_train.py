"""The train page and the home page, without a browser."""

import io
import zipfile

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core.data import DATASETS
from gan_core.data.notes import Reason
from gan_core.errors import Message
from gan_core.families import FAMILIES, all_presets, new_config
from gan_core.models import recorded_name, shipped_recordings
from gan_core.runs import Level, active_run, get_service
from pages.training.form import GROUPS, fields_of
from pages.training.guide import paper_link
from pages.training.network_size import size_line
from pages.ui.routes import LATENT, PAGES, TRAIN
from tests.helpers.data import make_data

LONG = 60


@pytest.fixture(autouse=True)
def small_data(monkeypatch):
    """Every dataset but `folder` is a little noise."""
    real = active_run.load_dataset

    def load(name, **options):
        return real(name, **options) if name == "folder" else make_data(64)

    monkeypatch.setattr(active_run, "load_dataset", load)


def open_train(**query) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    return app.switch_page(TRAIN).run()


def press_train(app: AppTest) -> AppTest:
    app = app.button(key="form_train").click().run()
    assert not app.exception
    return app


def only_run():
    runs = get_service().store.list()
    assert len(runs) == 1
    return runs[0]


def badges(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def htmls(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def set_small(app: AppTest, family: str = "vanilla") -> None:
    app.selectbox(key="url_family").set_value(family).run()
    app.select_slider(key=f"form_{family}_strokes_steps").set_value(200).run()
    app.number_input(key=f"form_{family}_strokes_batch_size").set_value(8).run()


def test_before_the_first_run_a_recording_is_shown():
    app = open_train()
    assert "A recorded run" in app.subheader[0].value
    assert "finished" in badges(app)
    assert len(app.get("bidi_component")) == 3  # losses, scores, readings
    assert not [button for button in app.button if button.key and button.key.startswith("run_")]


def test_every_recording_can_be_chosen_beside_the_runs():
    names = [recorded_name(path) for path in shipped_recordings()]
    app = open_train(run=names[-1])
    (chooser,) = [box for box in app.selectbox if box.label == "Run"]
    assert chooser.value == names[-1]
    assert all(option.startswith("Recorded: ") for option in chooser.options)
    chooser.set_value(names[0]).run()
    assert app.query_params["run"] == names[0]
    assert not app.exception


def test_train_submits_what_the_form_says():
    app = open_train()
    set_small(app)
    app.number_input(key="form_vanilla_strokes_seed").set_value(7).run()
    app.selectbox(key="form_vanilla_strokes_generator_loss").set_value("minimax").run()
    app = press_train(app)
    run = only_run()
    assert (run.config.family, run.config.dataset, run.config.steps) == ("vanilla", "strokes", 200)
    assert (run.config.seed, run.config.options.generator_loss, run.config.batch_size) == (7, "minimax", 8)
    assert app.query_params["run"] == run.id
    assert get_service().wait(run.id, LONG).status == "finished"
    app.run()
    assert "Step 200 of 200" in app.get("progress")[0].proto.text


def test_only_the_options_of_the_family_are_offered():
    app = open_train()
    app.selectbox(key="url_family").set_value("vanilla").run()
    keys = {widget.key for widget in [*app.selectbox, *app.number_input]}
    assert "form_vanilla_strokes_mlp_size" in keys
    assert "form_vanilla_strokes_base_channels" not in keys


def test_a_setting_that_does_not_fit_gives_one_line_and_no_run():
    app = open_train()
    app.number_input(key="form_dcgan_strokes_label_smoothing").set_value(0.5).run()
    app = press_train(app)
    assert app.error[0].value.startswith("label_smoothing: ")
    assert get_service().store.list() == []


def test_a_second_visitor_finds_the_run_by_its_address():
    app = open_train()
    set_small(app)
    press_train(app)
    run = get_service().wait(only_run().id, LONG)
    other = open_train(run=run.id)
    assert f"Step {run.step} of" in other.get("progress")[0].proto.text


@pytest.mark.parametrize("run_id", ["dcgan-mnist-000000", "../../etc/passwd", ""])
def test_an_unknown_run_gives_one_line(run_id):
    app = open_train(run=run_id)
    assert not app.exception
    assert "not here any more" in app.info[0].value


def test_a_failed_run_shows_one_line_and_no_traceback(monkeypatch):
    def broken(name, **options):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(active_run, "load_dataset", broken)
    app = open_train()
    set_small(app)
    press_train(app)
    get_service().wait(only_run().id, LONG)
    app.run()
    assert "internal error: ZeroDivisionError" in app.error[0].value
    assert "secret detail" not in str(app)


def a_zip_of_images() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for index in range(12):
            picture = io.BytesIO()
            Image.new("RGB", (40, 40), (20 * index, 90, 200)).save(picture, "PNG")
            archive.writestr(f"{'cats' if index % 2 else 'dogs'}/{index}.png", picture.getvalue())
    return file.getvalue()


def test_own_images_from_a_zip():
    app = open_train()
    app.selectbox(key="url_family").set_value("vanilla").run()
    app.selectbox(key="url_dataset").set_value("folder").run()
    assert "data_path: " in press_train(app).error[0].value  # nothing uploaded yet

    app.get("file_uploader")[0].upload("../../evil.zip", a_zip_of_images()).run()
    app.select_slider(key="form_vanilla_folder_steps").set_value(200).run()
    app.number_input(key="form_vanilla_folder_batch_size").set_value(4).run()
    app.selectbox(key="form_vanilla_folder_mlp_size").set_value("small").run()
    press_train(app)
    run = get_service().wait(only_run().id, LONG)
    assert (run.status, run.error) == ("finished", None)
    assert "evil" not in run.config.data_path


def test_an_upload_is_still_chosen_after_a_look_at_another_page():
    app = open_train()
    app.selectbox(key="url_family").set_value("vanilla").run()
    app.selectbox(key="url_dataset").set_value("folder").run()
    app.get("file_uploader")[0].upload("my [cats].zip", a_zip_of_images()).run()
    app.switch_page(LATENT).run()
    app.switch_page(TRAIN).run()
    app.selectbox(key="url_dataset").set_value("folder").run()
    assert "Chosen: my [cats].zip" in htmls(app)
    app.select_slider(key="form_vanilla_folder_steps").set_value(200).run()
    app.selectbox(key="form_vanilla_folder_mlp_size").set_value("small").run()
    press_train(app)
    assert get_service().wait(only_run().id, LONG).name == "Vanilla GAN, my [cats].zip"

    app.button(key="form_upload_remove").click().run()
    assert "Chosen" not in htmls(app)
    assert "data_path: " in press_train(app).error[0].value


def test_a_file_that_is_refused_takes_the_place_of_the_one_before():
    app = open_train()
    app.selectbox(key="url_dataset").set_value("folder").run()
    app.get("file_uploader")[0].upload("cats.zip", a_zip_of_images()).run()
    app.get("file_uploader")[0].upload("bad.zip", b"not a zip").run()
    assert "not a zip" in app.error[0].value
    assert "data_path: " in press_train(app).error[-1].value


@pytest.mark.parametrize(
    ("lang", "title", "note"),
    [
        ("English", "Notes on this run: 1", "left out, files that are no images: 1 (&lt;b&gt;.txt)"),
        ("中文", "本次训练的说明：1", "未使用，不是图像的文件：1（&lt;b&gt;.txt）"),
    ],
)
def test_notes_are_shown_beside_the_run(lang, title, note):
    store = get_service().store
    run = store.create(new_config("vanilla"))
    store.add_event(run.id, Level.INFO, Message(Reason.NOT_AN_IMAGE, count="1", examples=["<b>.txt"]))
    store.add_event(run.id, Level.INFO, Message("paused"))
    app = open_train(run=run.id, lang=lang)
    assert [expander.label for expander in app.expander if "1" in expander.label] == [title]
    assert note in htmls(app)


def test_pictures_follow_a_run_until_the_reader_moves_the_slider():
    store = get_service().store
    run = store.create(new_config("vanilla"))
    slider = f"snapshot_{run.id}"

    def add(step: int) -> None:
        store.add_snapshot(run.id, step, torch.zeros(4, 1, 28, 28, dtype=torch.uint8), 2)

    add(0)
    add(100)
    app = open_train(run=run.id)
    assert app.select_slider(key=slider).value == 100
    add(200)
    assert app.run().select_slider(key=slider).value == 200
    # A refresh of the page that had not yet heard of 200 still tells 100.
    assert app.select_slider(key=slider).set_value(100).run().select_slider(key=slider).value == 200
    app.run()  # this one has
    for moved in (0, 200, 100):
        assert app.select_slider(key=slider).set_value(moved).run().select_slider(key=slider).value == moved
    add(300)
    assert app.run().select_slider(key=slider).value == 100
    assert app.select_slider(key=slider).set_value(300).run().select_slider(key=slider).value == 300
    add(400)
    assert app.run().select_slider(key=slider).value == 400


def test_a_file_that_is_no_zip_is_refused():
    app = open_train()
    app.selectbox(key="url_dataset").set_value("folder").run()
    app.get("file_uploader")[0].upload("images.zip", b"not a zip").run()
    assert "not a zip" in app.error[0].value


def test_home_starts_a_run_in_one_click():
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60).run()
    app.button(key="quick_start").click().run()
    assert not app.exception
    run = only_run()
    assert run.config.family == "dcgan"
    get_service().stop(run.id)
    get_service().wait(run.id, LONG)


def keys_of(app: AppTest) -> set[str]:
    return {widget.key for widget in [*app.selectbox, *app.number_input]}


def test_the_family_is_in_the_address_by_its_name():
    app = open_train(family="wgan_gp")
    assert app.selectbox(key="url_family").value == "wgan_gp"
    assert "arxiv.org/abs/1704.00028" in " ".join(caption.value for caption in app.caption)
    app.selectbox(key="url_family").set_value("ebgan").run()
    assert app.query_params["family"] == "ebgan"
    assert open_train(family="<b>none</b>").selectbox(key="url_family").value == "dcgan"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_option_of_a_family_has_a_widget(family):
    fields = fields_of(family)
    assert set(FAMILIES[family].options.model_fields) <= set(fields)
    assert {name for name, field in fields.items() if field.group == "variant"} == set(FAMILIES[family].variants)
    of_moves = {"players"}  # which the studio asks for, not the form
    assert {name for name, field in fields.items() if field.group not in GROUPS} == of_moves
    assert all(field.title and field.description for field in fields.values())
    assert FAMILIES[family].healthy_loss
    assert FAMILIES[family].tagline
    assert "](https://arxiv.org/abs/" in paper_link(family)


def test_a_variant_brings_its_own_good_settings():
    app = open_train()
    assert app.selectbox(key="form_dcgan_strokes_optimizer").value == "adam"
    app.selectbox(key="form_dcgan_strokes_upsample").set_value("nearest").run()
    assert app.selectbox(key="form_dcgan_strokes_nearest_optimizer").value == "sgd"
    assert app.selectbox(key="form_dcgan_strokes_nearest_noise").value == "uniform"
    assert app.number_input(key="form_dcgan_strokes_nearest_beta1").value == 0.9
    assert "form_dcgan_strokes_nearest_beta2" not in keys_of(app)  # SGD has none


def test_options_that_do_nothing_are_not_offered():
    app = open_train(family="wgan")
    assert {"form_wgan_strokes_base_channels", "form_wgan_strokes_beta2"} <= keys_of(app)
    assert "form_wgan_strokes_beta1" not in keys_of(app)  # RMSprop has none
    app.selectbox(key="form_wgan_strokes_backbone").set_value("mlp").run()
    assert "form_wgan_strokes_base_channels" not in keys_of(app)
    app.selectbox(key="form_wgan_strokes_optimizer").set_value("adam").run()
    assert {"form_wgan_strokes_beta1", "form_wgan_strokes_beta2"} <= keys_of(app)


def test_the_form_says_how_large_the_networks_are():
    class_names = DATASETS["strokes"].class_names
    gan = FAMILIES["vanilla"].build(new_config("vanilla"), make_data(10, classes=len(class_names)))
    weights = sum(weight.numel() for weight in gan.generator.parameters())
    assert f"{weights / 1e6:.1f} M in G" in size_line("vanilla", "strokes", {})
    assert size_line("acgan", "folder", {}) is None  # how many classes is not known yet
    assert size_line("vanilla", "strokes", {"label_smoothing": 0.5}) is None
    assert any("Weights: " in caption.value for caption in open_train().caption)


# Starting points


def captions_of(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_the_form_starts_from_the_quick_preset():
    app = open_train(family="dcgan")
    assert app.selectbox(key="url_start").value == "dcgan"
    assert app.select_slider(key="form_dcgan_strokes_steps").value == all_presets()["dcgan"].steps
    assert app.number_input(key="form_dcgan_strokes_base_channels").value == 32
    assert "Fréchet distance" in captions_of(app)


def test_the_papers_settings_are_the_families_defaults():
    app = open_train(family="wgan", start="paper")
    assert app.number_input(key="form_wgan_paper_strokes_n_critic").value == 5
    assert app.number_input(key="form_wgan_paper_strokes_base_channels").value == 64


def test_a_run_that_goes_wrong_says_what_there_will_be_to_see():
    app = open_train(family="vanilla", start="break-collapse")
    assert app.number_input(key="form_break-collapse_strokes_beta1").value == 0.9
    assert "Momentum of 0.9" in captions_of(app)


def test_another_family_begins_at_its_own_start():
    app = open_train(family="vanilla", start="break-collapse")
    app.selectbox(key="url_family").set_value("ebgan").run()
    assert app.selectbox(key="url_start").value == "ebgan"
    assert app.number_input(key="form_ebgan_strokes_pt_weight").value == 0.1


def test_what_was_not_measured_is_not_promised():
    app = open_train(family="dcgan", dataset="fashion_mnist")
    assert "Not measured on these images" in captions_of(app)
