"""The models page without a browser."""

import io
import pickle
from pathlib import Path

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from gan_core.errors import Message
from gan_core.exchange.export import export_bytes
from gan_core.exchange.imports import add_imported, open_upload
from gan_core.families import new_config
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.models.library import imported, imported_folder, shipped
from gan_core.nets import MLPDiscriminator, MLPGenerator
from gan_core.runs import load_checkpoint
from gan_core.runs.run import Status
from gan_core.runs.store import RunStore
from pages.library.actions import model_facts
from pages.library.cards import summary
from pages.library.reading import taken_for_granted
from pages.ui.sources import sources

PAGES = Path(__file__).parents[2] / "pages"


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(**context) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.context = context
    app.run()
    app.switch_page(str(PAGES / "models.py")).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """All that the page writes in HTML and captions."""
    return "\n".join([*(html.proto.body for html in app.get("html")), *(caption.value for caption in app.caption)])


def make_checkpoint(**card) -> Checkpoint:
    torch.manual_seed(0)
    return Checkpoint(
        "mine",
        "vanilla",
        MLPGenerator(latent_size=5, hidden=[8], image_size=28),
        MLPDiscriminator(hidden=[4], image_size=28),
        LatentSpec.of(5, "normal"),
        {"title": "My digits", "dataset": "mnist", "steps": 12345, **card},
    )


def third_party_weights() -> bytes:
    torch.manual_seed(0)
    layers = [nn.Linear(5, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.2), nn.Linear(8, 784), nn.Tanh()]
    file = io.BytesIO()
    torch.save(nn.Sequential(*layers).state_dict(), file)
    return file.getvalue()


class Evil:
    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.fixture
def run() -> str:
    """A paused run with a checkpoint."""
    store = RunStore()
    run = store.create(new_config("vanilla", mlp_size="small", steps=40), name="My first run")
    store.update(run.id, status=Status.PAUSED, step=20, seconds=3.0)
    save_checkpoint(make_checkpoint(title="trained"), store.checkpoint_path(run.id))
    return run.id


def test_every_shipped_model_has_a_card_with_a_picture():
    app = open_page()
    assert len(app.image) == len(shipped())
    for name in shipped():
        assert app.button(key=f"card_{name}")


def test_an_empty_workshop_says_what_to_do_next():
    written = texts(open_page())
    assert "Nothing yet." in written
    assert "No runs yet." in written


def test_a_card_tells_family_dataset_steps_and_quality():
    add_imported(make_checkpoint(quality={"frechet": 12.345, "floor": 1.079}), "My digits")
    written = texts(open_page())
    assert "Vanilla GAN · MNIST" in written
    assert "12,345 steps · 28 px" in written
    assert "Fréchet distance 12.3; two sets of real images differ by 1.1." in written


def test_the_card_lists_what_is_known():
    facts = dict(model_facts("mnist-infogan", summary(sources()["mnist-infogan"])))
    assert facts["Latent vector"] == "62 entries of normal noise · 10 categories · 2 codes"
    assert facts["Dataset"] == "MNIST"


@pytest.mark.parametrize("quality", ["good", {"frechet": "low"}, {"frechet": float("nan"), "floor": 1}, []])
def test_a_card_with_nonsense_for_quality_is_shown_without_it(quality):
    add_imported(make_checkpoint(quality=quality, steps="many", dataset=["x"]), "Odd")
    written = texts(open_page())
    odd = next(line for line in written.splitlines() if "<h3>Odd</h3>" in line)
    assert "Fréchet" not in odd


def test_titles_are_never_taken_for_html():
    add_imported(make_checkpoint(), "<img src=x onerror=alert(1)>")
    written = texts(open_page())
    assert "<img" not in written
    assert "&lt;img src=x" in written


def test_a_damaged_model_does_not_take_the_page_with_it():
    name = add_imported(make_checkpoint(), "Broken")
    (imported_folder() / f"{name}.safetensors").write_bytes(b"gone wrong")
    app = open_page()
    assert "damaged or not a safetensors file" in texts(app)
    assert app.button(key=f"delete_{name}")


@pytest.mark.parametrize("name", ["mnist-vanilla", "preview", "dialog"])
def test_any_file_name_in_the_folder_of_imports_is_harmless(name):
    save_checkpoint(make_checkpoint(), imported_folder() / f"{name}.safetensors")
    app = open_page()
    app.file_uploader[0].upload("netG.pth", third_party_weights()).run()
    assert not app.exception


def test_good_weights_are_previewed_before_they_are_kept():
    app = open_page()
    pictures = len(app.image)
    app.file_uploader[0].upload("netG.pth", third_party_weights()).run()
    assert len(app.image) > pictures
    assert imported() == []

    app.text_input[0].set_value("Friend's digits").run()
    app.button(key="import_save_0").click().run()
    assert not app.exception
    assert imported() == ["friend-s-digits"]
    assert "Friend&#x27;s digits" in texts(app)


def answer_button(app, name: str, value: str):
    return next(
        button for button in app.button if button.key.startswith("answer_") and button.key.endswith(f"_{name}_{value}")
    )


def test_candidates_are_shown_and_one_is_chosen():
    app = open_page()
    app.file_uploader[0].upload("netG.pth", third_party_weights()).run()
    written = texts(app)
    assert "Activation: LeakyReLU 0.2 (assumed)" in written or "Activation: ReLU (assumed)" in written
    question = next(control for control in app.segmented_control if control.key.startswith("question_"))
    question.set_value("activation").run()
    labels = [button.label for button in app.button if "_activation_" in (button.key or "")]
    assert len(labels) == 7
    assert sum("(assumed)" in label for label in labels) == 1
    answer_button(app, "activation", "tanh").click().run()
    assert "Activation: tanh (as given)" in texts(app)

    app.button(key="import_save_0").click().run()
    functions = [layer.get("function") for layer in load_checkpoint("netg").generator.spec["layers"]]
    assert functions.count("tanh") == 2


def test_a_stored_import_shows_its_candidates_again():
    name = add_imported(open_upload(third_party_weights(), "netG.pth"), "Friend")
    app = open_page()
    app.button(key=f"reread_{name}").click().run()
    assert not app.exception
    assert [button for button in app.button if button.key == "reread_keep"]
    assert [button for button in app.button if button.key.startswith(f"answer_again_{name}_")]


def test_trained_models_have_no_reading_to_change():
    name = add_imported(make_checkpoint(), "Mine")
    app = open_page()
    assert not [button for button in app.button if button.key == f"reread_{name}"]


def test_an_export_of_the_workshop_needs_no_options():
    app = open_page()
    app.file_uploader[0].upload("mine.safetensors", export_bytes(make_checkpoint(), "safetensors")).run()
    assert "A checkpoint of GAN Workshop." in texts(app)
    assert not [control for control in app.segmented_control if control.key.startswith("import")]
    app.button(key="import_save_0").click().run()
    assert imported() == ["my-digits"]


@pytest.mark.parametrize("kind", ["evil", "text"])
def test_a_refused_file_leaves_one_line_and_nothing_else(kind, tmp_path):
    target = tmp_path / "touched"
    content = {"evil": pickle.dumps(Evil(target)), "text": b"dear diary"}[kind]
    message = {"evil": "would run code when opened", "text": "is not a weight file of PyTorch"}[kind]
    app = open_page()
    app.file_uploader[0].upload("<b>x</b>.pth", content).run()
    assert not app.exception
    assert f"&lt;b&gt;x&lt;/b&gt;.pth {message}" in texts(app)
    assert not [button for button in app.button if button.key == "import_save_0"]
    assert not target.exists()
    assert imported() == []


def test_a_run_shows_its_state_and_can_be_opened(run):
    app = open_page()
    written = texts(app)
    assert "My first run" in written
    assert "Step 20 of 40 · 3 s" in written
    assert any(link.proto.label == "Open" for link in app.get("page_link"))
    assert len(app.image) == len(shipped()) + 1


def test_a_failed_run_without_checkpoint_says_why():
    store = RunStore()
    failed = store.create(new_config("vanilla", mlp_size="small"))
    store.update(failed.id, status=Status.FAILED, error=Message("the loss is not a number at step 3"))
    written = texts(open_page())
    assert "the loss is not a number at step 3" in written
    assert "No pictures yet" in written


def test_a_run_without_checkpoint_shows_its_last_snapshot():
    store = RunStore()
    young = store.create(new_config("vanilla", mlp_size="small"))
    store.add_snapshot(young.id, 0, torch.zeros(64, 1, 28, 28, dtype=torch.uint8), 8)
    app = open_page()
    assert len(app.image) == len(shipped()) + 1
    assert "No checkpoint yet; the first is saved at step 500" in texts(app)


def test_many_runs_are_shown_a_dozen_at_a_time():
    store = RunStore()
    for _number in range(14):
        store.create(new_config("vanilla", mlp_size="small"))
    app = open_page()
    assert sum(button.key.startswith("rename_") for button in app.button) == 12
    app.button(key="more_runs").click().run()
    assert sum(button.key.startswith("rename_") for button in app.button) == 14


def test_the_page_speaks_chinese():
    app = open_page(locale="zh-CN")
    assert [header.value for header in app.header] == ["随工坊提供", "已导入", "你的训练"]


def test_what_was_taken_for_granted_comes_from_the_answers_on_the_card():
    answers = {
        "end": {"value": "tanh", "grounds": "assumed", "words": "tanh"},
        "norm_eps": {"value": "1e-05/0.8", "grounds": "told", "words": ""},
        "plan": {"value": "Ts1p0", "grounds": "given", "words": "4-8 px (Ts1p0)"},
    }
    assert taken_for_granted({"answers": answers, "assumptions": ["in English"]}) == [
        "End: tanh (assumed)",
        "Epsilon of BatchNorm: 1e-05 in the first, 0.8 in the others (told by the file)",
        "Convolutions: 4-8 px (Ts1p0) (as given)",
    ]


@pytest.mark.parametrize("answers", [None, "text", {"end": 3}, {"none": {"grounds": "told"}}])
def test_a_card_whose_answers_are_none_says_what_it_says(answers):
    assert taken_for_granted({"answers": answers, "assumptions": ["Tanh at the end (assumed)."]}) == [
        "Tanh at the end (assumed)."
    ]
