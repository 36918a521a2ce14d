import pytest

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Blame, Fault, Refusal


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_callers_own_mistake_is_handed_back(status: int) -> None:
    assert blame_openai(Refusal(status)) == Blame(Fault.CALLER)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_the_keys_fault(status: int) -> None:
    assert blame_openai(Refusal(status)) == Blame(Fault.KEY, "refused")


def test_429_is_a_rate_limit_unless_its_code_says_arrears() -> None:
    assert blame_openai(Refusal(429)) == Blame(Fault.KEY, "limited")
    assert blame_openai(Refusal(429, code="insufficient_quota")) == Blame(Fault.KEY, "broke")
    assert blame_openai(Refusal(429, type="insufficient_quota")) == Blame(Fault.KEY, "broke")


@pytest.mark.parametrize("status", [302, 408, 409, 418, 500, 502, 503, 504, 529])
def test_what_is_nobodys_fault_goes_to_the_next_route(status: int) -> None:
    assert blame_openai(Refusal(status)) == Blame(Fault.BUSY)


def test_an_unknown_model_goes_to_the_next_route_without_harm_to_the_key() -> None:
    assert blame_openai(Refusal(404, code="model_not_found")) == Blame(Fault.MODEL)
    assert blame_openai(Refusal(404)) == Blame(Fault.MODEL)


def test_a_code_wins_over_the_status_also_in_a_200() -> None:
    assert blame_openai(Refusal(200, code="rate_limit_exceeded")) == Blame(Fault.KEY, "limited")
    assert blame_openai(Refusal(400, code="invalid_api_key")) == Blame(Fault.KEY, "refused")


def test_an_unknown_code_falls_back_to_the_status() -> None:
    assert blame_openai(Refusal(429, code="slow_down")) == Blame(Fault.KEY, "limited")
