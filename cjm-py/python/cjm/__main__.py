"""``python -m cjm`` and the console script ``cjm``: the same command line as the Rust program.

Answers: how the command ended. Does not know: any command; the extension has them.
"""

from __future__ import annotations

import sys

from . import _cjm


def main() -> int:
    """Runs the command line of this process; gives its exit code."""
    sys.stdout.flush()
    try:
        return _cjm.main(["cjm", *sys.argv[1:]])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
