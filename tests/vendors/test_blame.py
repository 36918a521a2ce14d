import pytest

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Blame, Fault, Refusal
from waystation.wire.key_state import Verdict


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_callers_own_mistake_is_handed_back(status: int) -> None:
    assert blame_openai(Refusal(status)) == Blame(Fault.CALLER)


@pytest.mark.parametrize(("status", "key"), [(401, "suspect"), (403, "barred")])
def test_a_refusal_without_a_known_code_is_perhaps_only_the_models(status: int, key: Verdict) -> None:
    assert blame_openai(Refusal(status)) == Blame(Fault.KEY, key)


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(400, code="Arrearage"),
        Refusal(429, code="1113"),
        Refusal(429, code="1309"),
        Refusal(200, code="1008"),
        Refusal(200, code="2056"),
        Refusal(429, code="SetLimitExceeded"),
        Refusal(429, type="exceeded_current_quota_error"),
        Refusal(403, code="AccountOverdueError"),
        Refusal(402),
        Refusal(403, code="30001"),
    ],
)
def test_arrears_are_told_from_rate_limits_and_refusals_whatever_their_status(refusal: Refusal) -> None:
    assert blame_openai(refusal) == Blame(Fault.KEY, "broke")


def test_an_overloaded_vendor_is_no_rate_limit_of_the_key() -> None:
    assert blame_openai(Refusal(429, type="engine_overloaded_error")) == Blame(Fault.BUSY)


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
