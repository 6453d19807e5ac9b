"""Where the pages are, for links between them; absolute, since Streamlit starts from the entry script."""

from pathlib import Path

PAGES = Path(__file__).parents[1]

HOME = str(PAGES / "home.py")
TRAIN = str(PAGES / "train.py")
LATENT = str(PAGES / "latent.py")
MODELS = str(PAGES / "models.py")
