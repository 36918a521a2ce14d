"""The memory of calls is exact, and bounded."""

from waystation.demo.seen import Memory, SeenCall
from waystation.demo.usage import Usage


def _call(**headers: str) -> SeenCall:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return SeenCall("POST", "/v1/chat/completions", pairs, b"{}", "sk-1", at=0.0)


def test_calls_beyond_the_bound_are_only_counted() -> None:
    memory = Memory(kept_calls=2, kept_usages=10)
    calls = [_call() for _ in range(3)]
    for call in calls:
        memory.add(call)
    assert (list(memory.calls), memory.total) == (calls[1:], 3)


def test_usage_is_found_by_the_completion_and_by_both_ids_of_the_caller() -> None:
    memory, usage = Memory(10, 10), Usage(1, 2)
    call = _call(X_Request_Id="a", x_client_request_id="b")
    memory.book(call, "chatcmpl-1", usage)
    assert memory.by_completion_id == {"chatcmpl-1": usage}
    assert memory.by_request_id == {"a": usage, "b": usage}
    assert (call.completion_id, call.usage) == ("chatcmpl-1", usage)


def test_the_oldest_usage_is_forgotten() -> None:
    memory = Memory(10, kept_usages=2)
    for number in range(3):
        memory.book(_call(), f"chatcmpl-{number}", Usage(number, 0))
    assert list(memory.by_completion_id) == ["chatcmpl-1", "chatcmpl-2"]


def test_a_header_is_found_in_any_case() -> None:
    call = _call(X_One="1")
    assert (call.header("x-ONE"), call.header("x-two")) == ("1", None)
