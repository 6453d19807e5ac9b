from gan_core.families import FAMILIES
from pages.training.starting_points import PAPER, starting_points


def test_the_papers_settings_say_what_they_do_otherwise_than_the_paper():
    note = starting_points("wgan_gp", "mnist")[PAPER].note
    assert note.endswith(FAMILIES["wgan_gp"].unlike_paper)
