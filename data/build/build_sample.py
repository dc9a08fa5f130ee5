"""Write the embedded West Midlands sample from a folder of published data.

    python data/build/build_sample.py --source DIR [--only bus]

``DIR`` holds the folders ``boundaries`` and ``transit``; the sample is written to the folder above
this one, or to ``--out``. Every part is a module beside this one with ``build(source, out)``.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = ("areas", "places", "services", "roads", "rail", "metro", "bus")
logger = logging.getLogger("build_sample")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line: where the published data is, which parts to build, where to write."""
    parser = argparse.ArgumentParser(description="Write the embedded West Midlands sample.")
    parser.add_argument("--source", type=Path, required=True, help="folder with boundaries/ and transit/")
    parser.add_argument("--only", choices=PARTS, action="append", help="build this part only (repeatable)")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent.parent, help="the data folder"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the parts asked for; 0 when done, 1 with one sentence when an input is not right."""
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if not options.source.is_dir():
        print(f"the source folder {options.source} does not exist", file=sys.stderr)
        return 1
    for name in options.only or PARTS:
        began = time.perf_counter()
        try:
            importlib.import_module(name).build(options.source, options.out)
        except (ValueError, FileNotFoundError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        logger.info("%s: done in %.1f s", name, time.perf_counter() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
