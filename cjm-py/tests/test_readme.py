"""What the READMEs show in Python runs as it stands, over the blueprint that they show."""

import gzip
import re
import sys
from pathlib import Path

import pytest
from places import ROOT, run

EVENTS = """user_id,event,timestamp
m-1,app_open,2026-03-01 08:00:00
m-1,order_placed,2026-03-01 08:02:00
m-1,ready,2026-03-01 08:20:00
m-1,picked_up,2026-03-01 08:25:00
"""


def blocks(file: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / file).read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("file", ["README.md", "README.zh-CN.md", "cjm-py/README.md"])
def test_what_is_shown_runs(file: str, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    (shop,) = blocks("README.md", "yaml shop.yaml")
    program = "\n".join(blocks(file, "python"))
    assert program
    (tmp_path / "shop.yaml").write_text(shop, encoding="utf-8")
    (tmp_path / "events.csv.gz").write_bytes(gzip.compress(EVENTS.encode()))
    (tmp_path / "shown.py").write_text(program, encoding="utf-8")
    done = run(sys.executable, "-W", "error", "shown.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").exists()
