from pathlib import Path

from gan_core.paths import data_home, gan_home


def test_defaults_lie_in_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAN_HOME")
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    assert gan_home() == tmp_path / ".gan"
    assert data_home() == tmp_path / ".gan" / "data"


def test_environment(monkeypatch):
    monkeypatch.setenv("GAN_HOME", "~/somewhere")
    monkeypatch.setenv("GAN_DATA_DIR", "")
    assert gan_home() == Path.home() / "somewhere"
    assert data_home() == Path.home() / "somewhere" / "data"
    monkeypatch.setenv("GAN_DATA_DIR", "/shared/images")
    assert data_home() == Path("/shared/images")
