"""Where the command begins, as `statelint` and as `python -m statelint`, which imports nothing of the folder that it is started in.

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


def main() -> None:
    """Import the program and run it. An interrupt on the way ends the process quietly, as one does from then on."""
    import signal  # noqa: PLC0415 - the path is in order now

    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started the process has it ignored
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from statelint.cli import main as run  # noqa: PLC0415 - as above

    try:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:  # before or after what tells of it
        sys.exit(130)


if __name__ == "__main__":
    _leave_current_folder()
    main()
