import pytest

from gan_core.models.checkpoint import Checkpoint
from tests.helpers.checkpoints import CLASSES, tiny_checkpoint


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    return tiny_checkpoint()


@pytest.fixture(scope="session")
def conditional() -> Checkpoint:
    return tiny_checkpoint(CLASSES)


@pytest.fixture(scope="session")
def without_discriminator() -> Checkpoint:
    return tiny_checkpoint(discriminator=False)
