"""What all of OpenAI's endpoints have in common."""

from tests.demo.scenes import request_at
from waystation.demo.openai import OpenAI
from waystation.demo.refusals import BROKEN, NO_KEY

OPENAI = OpenAI()


def test_the_key_is_a_bearer() -> None:
    request = request_at("/v1/responses", {}, "Authorization: Bearer sk-1", "x-api-key: sk-2")
    assert OPENAI.key(request) == "sk-1"


def test_a_limit_shows_in_the_headers() -> None:
    usual, reached = (dict(OPENAI.headers("req_1", 7, exhausted=exhausted)) for exhausted in (False, True))
    assert (usual["x-request-id"], usual["openai-processing-ms"]) == ("req_1", "7")
    assert (usual["x-ratelimit-remaining-requests"], reached["x-ratelimit-remaining-requests"]) == ("9999", "0")


def test_an_error_is_the_same_in_a_stream() -> None:
    assert OPENAI.error(BROKEN, "req_1") == BROKEN.body()
    assert OPENAI.error_event(BROKEN, "req_1", 3) == {"error": BROKEN.shape()}


def test_a_missing_key_is_not_a_wrong_one() -> None:
    assert OPENAI.wrong_key("") == NO_KEY
    assert OPENAI.wrong_key("sk-wrong-wrong-1234").code == "invalid_api_key"
