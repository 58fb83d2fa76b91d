"""The command `inkling`, the same as `python -m assistant`: the window, or a task without one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from assistant import cli


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if cli.wants_window(words):
        from assistant import app

        return app.main(words)
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
