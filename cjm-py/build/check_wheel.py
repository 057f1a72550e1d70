"""Looks into a wheel.  usage: check_wheel.py WHEEL PATH [PATH ...]

Answers: how large it is, and whether any of the paths of the machine that built it stands in it. Does not know: how
it was built.
"""

import sys
import zipfile
from pathlib import Path


def main(wheel: str, *paths: str) -> int:
    found = []
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            found += [f"`{path}` in {name}" for path in paths if path.encode() in data]
        size = sum(item.file_size for item in archive.infolist())
    print(f"{Path(wheel).name}: {Path(wheel).stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB unpacked")
    for line in found:
        print(f"a path of this machine: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
