"""Where the project and the data beside it lie; what is not there is skipped and said so."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = bool(os.environ.get("CJM_LONG"))
"""Whether the long run asks: many more cases."""


def shared(path: str) -> Path:
    """A file of the folder beside the project."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"{found} is not there")
    return found


def program() -> str:
    """The `cjm` program, for tests that run both."""
    found = os.environ.get("CJM_BIN")
    if not found:
        pytest.skip("CJM_BIN does not name the cjm program")
    return found


def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(words, capture_output=True, text=True, timeout=120, **options)  # type: ignore[call-overload]
