"""Training a classifier beside a server, in a process of its own.

It takes a minute of a core: in the server's own process it would slow down the pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from gan_core.errors import Message

PACKAGE_ROOT = Path(__file__).resolve().parents[2]

# What a training does, besides what the loading of data reports.
STARTING, TRAINING = "starting", "training the classifier"


class ClassifierTraining:
    """The training of a dataset's classifier; begins at once, and `kept_classifier` finds the result.

    Args:
        dataset: Name of the dataset.
        image_size: Side of the images in pixels.
        channels: Of the images.

    Attributes:
        what: The present activity, in words.
        fraction: The part of it that is done, 0 .. 1; None while unknown.
        error: Once it has failed.
    """

    def __init__(self, dataset: str, image_size: int, channels: int):
        self.what = STARTING
        self.fraction: float | None = None
        self.error: Message | None = None
        self._thread = threading.Thread(
            target=self._follow, args=(command(dataset, image_size, channels),), name="classifier", daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        """Until it has ended, well or not."""
        return self._thread.is_alive()

    def _follow(self, arguments: list[str]) -> None:
        path = os.pathsep.join(filter(None, [str(PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
        environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        pipe = subprocess.PIPE
        try:
            with subprocess.Popen(arguments, env=environment, stdout=pipe, stderr=pipe, encoding="utf-8") as process:
                assert process.stdout is not None
                assert process.stderr is not None
                for line in process.stdout:
                    report = json.loads(line)
                    if isinstance(report, dict):
                        self.error = Message.from_dict(report)
                    else:
                        self.what, self.fraction = report
                complaints = process.stderr.read().strip().splitlines()
        except OSError as error:
            self.error = Message("the process could not be started: {error}", error=error)
            return
        if process.returncode != 0 and self.error is None:
            if complaints:
                self.error = Message("{line}", line=complaints[-1])
            else:
                self.error = Message("the process ended with status {status}", status=process.returncode)


def command(dataset: str, image_size: int, channels: int) -> list[str]:
    """The command line of the process."""
    return [sys.executable, "-m", "gan_core.evaluation", dataset, str(image_size), str(channels)]
