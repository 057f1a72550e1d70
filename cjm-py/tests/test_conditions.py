"""The published conformance tests of CEL through ``cjm.evaluate``, as far as the language has what they use.

Which cases are of the subset is the core's to say: its list of the others is read.
"""

import gzip
import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import cjm
import pytest
from places import ROOT, shared

FILES = (
    "basic comparisons conversions fields fp_math integer_math lists logic macros parse string timestamps"
).split()
EXCLUDED = ROOT / "cjm-core/tests/cel_conformance_excluded.txt"


def value(given: dict[str, Any]) -> Any:
    ((kind, inner),) = given.items() if len(given) == 1 else (("object_value", given["object_value"]),)
    match kind:
        case "null_value":
            return None
        case "bool_value" | "string_value":
            return inner
        case "int64_value":
            return int(inner)
        case "double_value":
            return float(str(inner).replace("Infinity", "inf"))
        case "list_value":
            return [value(item) for item in inner.get("values", [])]
        case "map_value":
            return {entry["key"]["string_value"]: value(entry["value"]) for entry in inner.get("entries", [])}
        case "object_value" if inner["@type"].endswith("Duration"):
            return timedelta(microseconds=math.floor(float(inner["value"].rstrip("s")) * 1e6))
        case "object_value" if inner["@type"].endswith("Timestamp"):
            return datetime.fromisoformat(inner["value"]).astimezone(timezone.utc)
    raise AssertionError(f"no value of kind {kind}")


def bound(bindings: dict[str, Any]) -> dict[str, Any]:
    """Facts of names with dots in them: the longer name counts."""
    facts: dict[str, Any] = {}
    for name in sorted(bindings, key=len):
        *outer, last = name.split(".")
        inner = facts
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value(bindings[name]["value"])
    return facts


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(found, float):
        return found == expected or math.isclose(found, expected, rel_tol=1e-15) or (found != found and expected != expected)
    return type(found) is type(expected) and found == expected


def test_every_case_of_the_subset_gives_what_the_core_gives() -> None:
    text = gzip.decompress(shared("data/cel-conformance/tests.jsonl.gz").read_bytes()).decode()
    listed = {line for line in EXCLUDED.read_text().splitlines() if line and line[0] not in "#["}
    wrong, passed = [], 0
    for case in map(json.loads, text.splitlines()):
        name = f"{case['file']}/{case['section']}/{case['name']}"
        if case["file"] not in FILES or name in listed:
            continue
        facts = bound(case.get("bindings", {}))
        try:
            found = cjm.evaluate(case["expr"], facts)
        except cjm.CjmError:
            # what is not checked there is checked here
            if "eval_error" not in case and not case.get("disable_check"):
                wrong.append(name)
                continue
        else:
            if "eval_error" in case or not same(found, value(case["value"])):
                wrong.append(f"{name}: {found!r}")
                continue
        passed += 1
    assert wrong == []
    assert passed > 400


@pytest.mark.parametrize(
    ("expression", "facts", "expected"),
    [
        ("visits * 2", {"visits": 3}, 6),
        ("tier == 'gold' && amount > 100.0", {"tier": "gold", "amount": 120.5}, True),
        ("size(tags)", {"tags": ["a", "b"]}, 2),
        ("order.amount", {"order": {"amount": 5}}, 5),
    ],
)
def test_what_expressions_give(expression: str, facts: dict[str, Any], expected: Any) -> None:
    assert cjm.evaluate(expression, facts) == expected
