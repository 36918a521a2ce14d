import pytest

from waystation.gateway.stored import forwarded, wish_of
from waystation.wire.errors import MethodNotAllowed, PathNotFound


@pytest.mark.parametrize(
    ("method", "path", "wish"),
    [
        ("GET", "/responses/resp_1", "show"),
        ("DELETE", "/responses/resp_1", "delete"),
        ("POST", "/responses/resp_1/cancel", "cancel"),
        ("GET", "/responses/resp_1/input_items", "list"),
    ],
)
def test_a_path_and_a_method_make_a_wish(method: str, path: str, wish: str) -> None:
    assert wish_of(path, method) == ("resp_1", wish)


def test_an_id_may_be_escaped() -> None:
    assert wish_of("/responses/resp%2F1", "GET") == ("resp/1", "show")


@pytest.mark.parametrize("path", ["/responses/", "/responses/resp_1/other", "/responses/resp_1/cancel/now"])
def test_other_paths_are_unknown(path: str) -> None:
    with pytest.raises(PathNotFound):
        wish_of(path, "GET")


def test_another_method_is_told_which_are_allowed() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        wish_of("/responses/resp_1", "POST")
    assert refused.value.allow == "GET, DELETE, OPTIONS"


def test_no_token_of_a_callers_is_handed_on() -> None:
    assert forwarded(b"key=sk-ws-secret&limit=5&include[]=a.b&order=asc") == "limit=5&include%5B%5D=a.b&order=asc"
    assert forwarded(b"") == ""
