import pytest

from waystation.dialects.draft import path_of
from waystation.routing.owned import header_objection, member_objection, passing_objection


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("authorization", "the upstream's key goes there"),
        ("x-api-key", "the upstream's key goes there"),
        ("host", "it belongs to the connection"),
        ("content-length", "it belongs to the connection"),
        ("proxy-authorization", "it belongs to the connection"),
        ("content-type", "the gateway says it itself"),
        ("accept", "the gateway says it itself"),
        ("idempotency-key", "the gateway says it itself"),
        ("x-waystation-losses", "the gateway says it itself"),
    ],
)
def test_the_gateway_s_own_headers_are_neither_changed_nor_passed(name: str, why: str) -> None:
    assert why in (header_objection(name) or "")
    assert why in (passing_objection(name) or "")


@pytest.mark.parametrize(
    "name", ["api-key", "x-team", "user-agent", "anthropic-beta", "x-auth-token", "cf-access-secret"]
)
def test_other_headers_may_be_set(name: str) -> None:
    assert header_objection(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "api-key",
        "x-apikey",
        "ocp-apim-subscription-key",
        "x-auth-token",
        "x-amz-security-token",
        "x-vault-token",
        "proxy-auth",
        "x-user-password",
        "x-client-secret",
        "x-credentials",
        "cookie2",
        "x-session-cookie",
        "x-signature",
        "x-forwarded-access-key",
        "x-jwt",
    ],
)
def test_a_caller_s_credentials_are_never_passed(name: str) -> None:
    assert passing_objection(name) == "callers' credentials stay here"


@pytest.mark.parametrize("name", ["content-md5", "content-digest", "digest", "range", "if-match"])
def test_what_is_about_the_caller_s_own_message_is_not_passed(name: str) -> None:
    assert "its own message" not in (passing_objection(name) or "")
    assert "the caller's own message" in (passing_objection(name) or "")


@pytest.mark.parametrize(
    "name", ["traceparent", "x-trace-id", "user-agent", "x-session-id", "anthropic-beta", "x-max-tokens", "x-author"]
)
def test_other_headers_may_be_passed(name: str) -> None:
    assert passing_objection(name) is None


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ("model", "a route says it"),
        ("model.x", "a route says it"),
        ("stream", "the caller says"),
        ("stream_options", "'stream_options.include_usage' is in it"),
        ("stream_options.include_usage", "the bill rests on it"),
        ("n", "as many answers"),
        ("best_of", "as many answers"),
        ("generationConfig.candidateCount", "as many answers"),
        ("generationConfig", "name the member in it"),
        ("messages", "its caller's"),
        ("messages.0.content", "its caller's"),
        ("contents", "its caller's"),
        ("input", "its caller's"),
        ("store", "keeps book"),
        ("previous_response_id", "keeps book"),
        ("max_tokens.x", "calls are held for that number"),
        ("generation_config", "name the member in it"),
    ],
)
def test_what_bills_and_answers_rest_on_is_not_changed(member: str, why: str) -> None:
    assert why in (member_objection(path_of(member)) or "")


@pytest.mark.parametrize(
    "member",
    [
        "temperature",
        "max_tokens",
        "generationConfig.maxOutputTokens",
        "generationConfig.thinkingConfig.thinkingBudget",
        "stream_options.include_obfuscation",
        "system",
        "tools",
        "service_tier",
        "nn",
        "/model.x",
    ],
)
def test_other_members_may_be_changed(member: str) -> None:
    assert member_objection(path_of(member)) is None
