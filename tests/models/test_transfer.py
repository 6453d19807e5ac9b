import pytest

from gan_core.families import new_config
from gan_core.models import Checkpoint, imported_folder, save_checkpoint
from gan_core.models.transfer import nearest_model
from tests.helpers.data import make_data
from tests.helpers.gans import build


def config(family="dcgan", **options):
    return new_config(family, "folder", data_path="-", **{"image_size": 28, "channels": 1, **options})


@pytest.mark.parametrize("family", ["dcgan", "lsgan", "r3gan"])
def test_the_shipped_model_of_a_family_fits_its_preset(family):
    width = 16 if family == "r3gan" else 32
    start = nearest_model(config(family, base_channels=width), make_data(4))
    assert (start.name, start.share) == (f"mnist-{family}", 1)


def test_another_number_of_classes_fits():
    start = nearest_model(config("cdcgan", base_channels=32), make_data(6, classes=3))
    assert start.name == "mnist-cdcgan"
    assert start.share == 1


def test_where_nothing_fits_a_run_begins_anew():
    assert nearest_model(config(base_channels=4), make_data(4)) is None


def test_of_models_that_fit_the_better_wins():
    """An imported one of this very shape, beside shipped ones of which no layer fits."""
    data = make_data(4)
    for name, base_channels in (("near", 8), ("nearest", 4)):
        gan = build("dcgan", data, base_channels=base_channels)
        imported_folder().mkdir(parents=True, exist_ok=True)
        save_checkpoint(
            Checkpoint(name, "dcgan", gan.generator, gan.discriminator, gan.latent_spec, {"title": name.title()}),
            imported_folder() / f"{name}.safetensors",
        )
    start = nearest_model(config(base_channels=4, latent_size=6), data)
    assert (start.name, start.title, start.share) == ("nearest", "Nearest", 1)
    (imported_folder() / "nearest.safetensors").write_bytes(b"damaged")
    assert nearest_model(config(base_channels=4, latent_size=6), data) is None
