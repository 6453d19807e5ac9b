"""`python -m gan_core.evaluation DATASET IMAGE_SIZE CHANNELS` trains the classifier of a dataset and stores it.

The process behind `background.ClassifierTraining`. Each line on stdout is JSON of the present activity and the fraction
of it that is done. An error is one line on stderr, its message as JSON on stdout, and status 2.
"""

import json
import sys

import torch

from gan_core.data import load_dataset
from gan_core.errors import WorkshopError
from gan_core.evaluation.background import TRAINING
from gan_core.evaluation.classifier import classifier_for


def main(dataset: str, image_size: str, channels: str) -> None:
    """Train the classifier of a dataset; arguments as on the command line."""
    torch.set_num_threads(1)
    data = load_dataset(dataset, image_size=int(image_size), channels=int(channels), progress=report)
    classifier_for(data, lambda fraction: report(TRAINING, fraction))


def report(what: str, fraction: float | None) -> None:
    """Print the present activity and the fraction done, None while unknown."""
    print(json.dumps([what, fraction]), flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except WorkshopError as error:
        print(json.dumps(error.message.to_dict()), flush=True)
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except BrokenPipeError:  # nobody waits for it any more
        sys.exit(1)
