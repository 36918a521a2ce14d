"""Usage in payloads, found and changed."""

from waystation.demo.meters import change, is_told, remove
from waystation.demo.replies import Wire

AT = (("message", "usage"), ("usage",))


def test_usage_is_changed_wherever_it_stands() -> None:
    assert change({"usage": 1, "x": 2}, AT, lambda _: 3) == {"usage": 3, "x": 2}
    assert change({"message": {"usage": 1}}, AT, lambda _: None) == {"message": {"usage": None}}


def test_what_tells_no_usage_stays() -> None:
    payloads: list[Wire] = [{"x": 1}, {"message": "usage"}, {"message": {}}]
    for payload in payloads:
        assert change(payload, AT, lambda _: 3) == payload


def test_usage_is_removed_with_its_name() -> None:
    assert remove({"usage": 1, "message": {"usage": 1, "id": "a"}}, AT) == {"message": {"id": "a"}}


def test_usage_that_is_null_is_not_told() -> None:
    assert is_told({"usage": {"a": 1}}, AT)
    assert is_told({"message": {"usage": {"a": 1}}}, AT)
    assert not is_told({"usage": None}, AT)
    assert not is_told({"x": 1}, AT)
