"""The models page as a visitor sees it: cards on wide and narrow screens, a model in, out, and gone again."""

import io

import pytest
import torch
from safetensors.torch import load
from torch import nn

from gan_core.models import shipped
from tests.helpers.looks import LOOKS, PHONE

pytestmark = pytest.mark.browser


def third_party_weights() -> bytes:
    torch.manual_seed(0)
    layers = [nn.Linear(5, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.2), nn.Linear(8, 784), nn.Tanh()]
    file = io.BytesIO()
    torch.save(nn.Sequential(*layers).state_dict(), file)
    return file.getvalue()


def choose_file(page, name: str, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploaderDropzone").locator("button").click()
    chooser.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})


def card(page, ref: str):
    return page.locator(f".st-key-model_{ref}")


@pytest.mark.parametrize(("size", "color_scheme"), LOOKS)
def test_the_cards_of_the_shipped_models_fit_the_screen(server, open_page, size, color_scheme):
    columns = 1 if size == PHONE else 2
    page = open_page(f"{server}/models", size=size, color_scheme=color_scheme)
    first, second = (card(page, name).bounding_box() for name in shipped()[:2])
    assert (first["y"] == second["y"]) == (columns == 2)
    for box in (first, second):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
    for picture in card(page, "mnist-dcgan").locator("img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth") >= 720
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_model_card_opens(server, open_page):
    page = open_page(f"{server}/models", locale="zh-CN")
    card(page, "mnist-dcgan").get_by_role("button", name="模型卡").click()
    table = page.get_by_role("dialog").locator("table").first
    table.wait_for()
    assert "潜向量" in table.inner_text()


def test_explore_leads_to_the_latent_page_with_that_model(server, open_page, wait_idle):
    page = open_page(f"{server}/models")
    card(page, "mnist-vanilla").get_by_role("link", name="Explore").click()
    page.get_by_role("heading", name="Latent space").wait_for()
    wait_idle(page)
    assert "/latent?" in page.url
    assert "model=mnist-vanilla" in page.url


def test_a_model_comes_in_goes_out_and_is_deleted(server, open_page, wait_idle):
    page = open_page(f"{server}/models")
    choose_file(page, "netG.pth", third_party_weights())
    preview = page.locator(".st-key-model__preview img")
    preview.wait_for()
    before = preview.get_attribute("src")
    page.get_by_role("radio", name="Activation", exact=True).click()
    page.get_by_role("button", name="tanh", exact=True).click()
    page.wait_for_function("before => document.querySelector('.st-key-model__preview img').src !== before", arg=before)

    page.get_by_role("textbox", name="Name").fill("From a friend")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Keep this model").click()
    imported = card(page, "from-a-friend")
    imported.wait_for()
    wait_idle(page)
    assert page.locator(".st-key-model__preview").count() == 0

    imported.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Checkpoint (.safetensors)").click()
    assert download.value.suggested_filename == "from-a-friend.safetensors"
    tensors = load(download.value.path().read_bytes())
    assert torch.equal(
        tensors["generator.layers.0.weight"],
        torch.load(io.BytesIO(third_party_weights()), weights_only=True)["0.weight"],
    )

    page.keyboard.press("Escape")
    page.reload()
    wait_idle(page)
    imported.locator(".st-key-more_from-a-friend").get_by_role("button").click()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("From a friend").wait_for()
    dialog.get_by_role("button", name="Keep it").click()
    dialog.wait_for(state="hidden")
    assert imported.count() == 1
    imported.locator(".st-key-more_from-a-friend").get_by_role("button").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    imported.wait_for(state="detached")


def test_a_file_that_is_refused_says_so_in_one_line(server, open_page):
    page = open_page(f"{server}/models")
    choose_file(page, "**notes**.pth", b"dear diary")
    line = page.get_by_role("alert").filter(has_text="is not a weight file")
    line.wait_for()
    assert line.inner_text().startswith("**notes**.pth is not a weight file of PyTorch")
    assert page.get_by_role("button", name="Keep this model").count() == 0
