"""`python -m corridors`."""

from __future__ import annotations

from corridors.cli import main

if __name__ == "__main__":
    main()
