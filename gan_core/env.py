"""Environment variables that libraries read when they are loaded. A program imports this module before torch."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle OpenMP threads sleep: another thread needs the core
