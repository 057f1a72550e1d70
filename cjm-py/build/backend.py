"""How the package is built: maturin, with no path of the machine that builds it in the library.

Answers: the hooks of a build. Does not know: what is built.
"""

import os
import subprocess
from pathlib import Path

from maturin import *  # noqa: F403

_PROJECT = Path(__file__).resolve().parents[2]


def _sysroot() -> str:
    try:
        told = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


def _flags() -> str:
    cargo = os.environ.get("CARGO_HOME") or str(Path.home() / ".cargo")
    places = {str(_PROJECT): "cjm", cargo: "cargo", _sysroot(): "rust"}
    remaps = [f"--remap-path-prefix={path}={name}" for path, name in places.items() if path]
    before = os.environ.get("CARGO_ENCODED_RUSTFLAGS")
    given = before.split("\x1f") if before else os.environ.get("RUSTFLAGS", "").split()
    return "\x1f".join([*given, *remaps])


os.environ["CARGO_ENCODED_RUSTFLAGS"] = _flags()
