"""What the command line lets through to stderr."""

from __future__ import annotations

import subprocess
import sys

SPEAKERS = """
import logging
from corridors.console import hush
logging.getLogger("distributed").setLevel(logging.INFO)
hush()
hush()
logging.getLogger("distributed.nanny").info("Start Nanny")
logging.getLogger("distributed.nanny").warning("Worker exceeded a limit")
logging.getLogger("distributed.nanny").error("Worker was lost")
logging.getLogger("corridors.schemes.edits").warning("stands in the outputs")
logging.getLogger("corridors.batch.dask_runner").info("a detail")
logging.getLogger("corridors.batch.dask_runner").warning("another version")
"""


def test_errors_and_warnings_of_a_batch_are_heard_and_nothing_else():
    told = subprocess.run([sys.executable, "-c", SPEAKERS], capture_output=True, text=True, check=True)
    assert told.stderr.splitlines() == ["Worker was lost", "another version"]
