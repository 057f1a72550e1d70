"""The exceptions are those of the one error table."""

import cjm
import pytest
from cjm import _cjm, _errors


def test_every_error_has_its_class() -> None:
    table = {code: number for code, number, _ in _cjm.error_codes()}
    classes = {code: kind.number for code, kind in _errors.BY_CODE.items()}
    assert classes == table
    for code, kind in _errors.BY_CODE.items():
        assert kind.code == code and issubclass(kind, cjm.CjmError) and kind.__doc__
        assert getattr(cjm, kind.__name__) is kind


def test_an_error_says_where_and_what_to_do() -> None:
    with pytest.raises(cjm.BlueprintError) as raised:
        cjm.Blueprint.parse("cjm: 1\nid: shop\ncurency: EUR\nzone: Nowhere/Land\n")
    error = raised.value
    assert (error.code, error.line, error.column, error.path) == ("blueprint", 3, 1, "curency")
    assert error.help and "currency" in error.help
    assert [finding.line for finding in error.findings] == [3, 4]
    with pytest.raises(cjm.FileError) as missing:
        cjm.Blueprint.load("no/such/file.yaml")
    assert missing.value.code == "io" and "no/such/file.yaml" in str(missing.value)


def test_findings_in_both_languages() -> None:
    blueprint = cjm.Blueprint.parse("cjm: 1\nid: shop\nidentities: [{ id: member }]\nchannels: [{ id: a }, { id: a }]\n")
    english, chinese = blueprint.check(), blueprint.check(language="zh")
    assert english
    for one, other in zip(english, chinese, strict=True):
        assert (one.code, one.line, one.severity) == (other.code, other.line, other.severity)
        assert one.message != other.message
    with pytest.raises(cjm.ArgumentError):
        blueprint.check(language="fr")
