"""`python -m statelint`: the same program, which imports nothing of the folder that it is started in.

Python puts the current folder first on its path for `-m`. It is taken away before anything else is imported, `__future__` too.
"""

import sys


def _leave_current_folder() -> None:
    """Take away what `-m` has put there; with `-P` or PYTHONSAFEPATH it has put nothing there."""
    if not sys.flags.safe_path and sys.path:
        import os  # noqa: PLC0415 - it is imported by Python itself, before

        try:
            here = os.getcwd()  # noqa: PTH109 - no further import yet
        except FileNotFoundError:
            here = ""
        if sys.path[0] in ("", here):
            del sys.path[0]


if __name__ == "__main__":
    _leave_current_folder()
    from statelint.cli import main

    main()
