"""`python -m statelint`."""

from __future__ import annotations

from statelint.cli import main

if __name__ == "__main__":
    main()
