import pytest

from waystation.limits.refusal import refusal
from waystation.wire.limit import Bound, Limit, Limited, LimitKind, Rates

LIMIT = Limit(rpm=60, tpm=1000, concurrency=5, queue=3, queue_s=10)
RATES = Rates(60, 0, 60_000, 1000, 0, 60_000)


def limited(
    kind: LimitKind, retry_after_s: int | None = 7, *, limit: Limit = LIMIT, waited: bool = False, left: int = 12
) -> Limited:
    return Limited(Bound("dep_1", "department", "department 'R&D'", limit), kind, left, retry_after_s, RATES, waited)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            limited("requests"),
            "The limit of department 'R&D' is reached: 60 requests a minute. Please try again in 7 seconds.",
        ),
        (
            limited("requests", 1, limit=Limit(rpm=1, model="m")),
            "The limit of department 'R&D' for model 'm' is reached: 1 request a minute. Please try again in 1 second.",
        ),
        (
            limited("tokens"),
            (
                "The limit of department 'R&D' is reached: 12 left of 1000 tokens a minute, this call may take up to "
                "90. Please try again in 7 seconds."
            ),
        ),
        (
            limited("tokens", None),
            (
                "The limit of department 'R&D' is too small for this call: 1000 tokens a minute, this call may take "
                "up to 90. Ask for less, as with max_tokens. Ask whoever runs this gateway to raise it."
            ),
        ),
        (
            limited("concurrency", 1, limit=Limit(concurrency=5)),
            "The limit of department 'R&D' is reached: 5 calls at once. Please try again when one of them is over.",
        ),
        (
            limited("concurrency", 1),
            (
                "The limit of department 'R&D' is reached: 5 calls at once, and 3 more wait already. "
                "Please try again when one of them is over."
            ),
        ),
        (
            limited("concurrency", 1, waited=True),
            (
                "The limit of department 'R&D' is reached: 5 calls at once, and none was over within 10 seconds. "
                "Please try again when one of them is over."
            ),
        ),
    ],
)
def test_the_words_name_the_owner_and_what_helps(given: Limited, words: str) -> None:
    assert refusal(given, 90).message == words


def test_openai_has_a_type_for_each_kind() -> None:
    error = refusal(limited("tokens"), 90)
    assert (error.public_status, error.public_type, error.public_code) == (429, "tokens", "rate_limit_exceeded")
    assert refusal(limited("requests"), 90).public_type == "requests"
    assert refusal(limited("concurrency", 1), 90).public_type == "requests"


def test_what_never_fits_is_not_worth_another_try() -> None:
    assert (refusal(limited("tokens", None), 90).retry, refusal(limited("tokens"), 90).retry) == (False, True)
    assert refusal(limited("tokens"), 90).retry_after_s == 7
