"""Training a classifier beside a server, in a process of its own.

It takes a minute and fills a core: in the server's own process the pages would lose their quickness.
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

    what:     what is being done, in words
    fraction: the part of that which is done, 0 .. 1; None while unknown
    error:    once it has failed
    running:  until it has ended, well or not
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
        return self._thread.is_alive()

    def _follow(self, arguments: list[str]) -> None:
        path = os.pathsep.join(filter(None, [str(PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
        environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        try:
            with subprocess.Popen(arguments, env=environment, **pipes) as process:
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
    return [sys.executable, "-m", "gan_core.evaluation", dataset, str(image_size), str(channels)]
