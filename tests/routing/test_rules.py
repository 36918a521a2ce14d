import pytest

from waystation.routing.pattern import glob
from waystation.routing.rules import Reckoned, Rules, passed_names, reckon, rules_of
from waystation.wire.catalogue import Upstream
from waystation.wire.headers import Headers
from waystation.wire.overrides import Action, BodyRule, HeaderRules, Overrides, Scalar, When

BODY = b'{"model":"m-1", "temperature": 0.5,"tools":[1],"thinking":{"type":"enabled"},"user":null}'


def upstream(overrides: Overrides | None) -> Upstream:
    return Upstream(id="up_1", name="up", vendor="openai", base_url="http://x.example", keys=(), overrides=overrides)


def rules(*body: BodyRule, model: str = "m-1", headers: HeaderRules | None = None) -> Rules | None:
    return rules_of(upstream(Overrides(body=body, headers=headers or HeaderRules())), model, 1000)


def rule(action: Action, member: str, value: str = "", *, to: str = "", when: When | None = None) -> BodyRule:
    return BodyRule(action=action, member=member, value=value, to=to, when=when or When())


def edited(*body: BodyRule, stream: bool = False) -> bytes:
    made = rules(*body)
    assert made is not None
    return made.body(BODY, stream=stream)


def test_an_upstream_without_overrides_has_no_rules() -> None:
    assert rules_of(upstream(None), "m-1", 1000) is None
    assert rules_of(upstream(Overrides()), "m-1", 1000) is None
    assert passed_names((upstream(None), upstream(Overrides()))) is None


def test_rules_for_other_models_are_not_there() -> None:
    only = When(models=("gpt-*", "o1"))
    assert rules(rule("drop", "tools", when=only)) is None
    for model in ("gpt-4", "gpt-", "o1"):
        assert rules(rule("drop", "tools", when=only), model=model) is not None


@pytest.mark.parametrize(
    ("pattern", "model", "fits"),
    [
        ("*", "a/b:c", True),
        ("a.c", "abc", False),
        ("a*c", "a/b/c", True),
        ("a*c", "a/b/cd", False),
        ("*a*", "bab", True),
        ("A", "a", False),
    ],
)
def test_a_star_is_any_characters(pattern: str, model: str, fits: bool) -> None:
    assert bool(glob(pattern).fullmatch(model)) is fits


def test_members_are_set_defaulted_dropped_and_renamed_and_the_rest_stays() -> None:
    assert edited(
        rule("set", "temperature", "1"),
        rule("default", "thinking.type", '"disabled"'),
        rule("default", "user", '"u"'),
        rule("default", "seed", "7"),
        rule("drop", "tools"),
        rule("drop", "nothing.here"),
        rule("rename", "thinking", to="chat_template_kwargs.thinking"),
        rule("rename", "nothing", to="nowhere"),
    ) == (
        b'{"model":"m-1", "temperature": 1,"user":"u","seed":7,"chat_template_kwargs":{"thinking":{"type":"enabled"}}}'
    )


def test_a_rule_that_finds_no_way_changes_nothing() -> None:
    assert edited(rule("set", "tools.x", "1"), rule("set", "model.x", "1"), rule("rename", "user", to="b")) == BODY


@pytest.mark.parametrize(
    ("when", "stream", "holds"),
    [
        (When(stream=True), True, True),
        (When(stream=True), False, False),
        (When(stream=False), False, True),
        (When(has=("tools", "thinking.type")), False, True),
        (When(has=("tools", "user")), False, False),
        (When(lacks=("user", "thinking.x", "tools.x")), False, True),
        (When(lacks=("user", "tools")), False, False),
        (When(equals=(("thinking.type", ("disabled", "enabled")),)), False, True),
        (When(equals=(("thinking.type", ("disabled",)),)), False, False),
        (When(equals=(("temperature", (0.5,)), ("model", ("m-1",)))), False, True),
        (When(equals=(("temperature", (0.5,)), ("model", ("m-2",)))), False, False),
        (When(equals=(("tools", (1,)),)), False, False),
        (When(equals=(("user", ("null",)),)), False, False),
    ],
)
def test_a_rule_with_conditions_waits_for_all_of_them(when: When, stream: bool, holds: bool) -> None:
    assert (edited(rule("set", "model", "7", when=when), stream=stream) != BODY) is holds


@pytest.mark.parametrize(
    ("text", "value", "equal"),
    [("1", 1, True), ("1.0", 1, True), ("true", 1, False), ("1", True, False), ("true", True, True), ('"1"', 1, False)],
)
def test_true_is_not_one(text: str, value: Scalar, equal: bool) -> None:
    made = rules(rule("drop", "a", when=When(equals=(("a", (value,)),))))
    assert made is not None
    assert (made.body(b'{"a":%b}' % text.encode(), stream=False) == b"{}") is equal


def test_later_rules_see_what_earlier_ones_did() -> None:
    assert edited(
        rule("drop", "tools"),
        rule("set", "seed", "1", when=When(lacks=("tools",))),
        rule("drop", "thinking", when=When(equals=(("seed", (1,)),))),
    ) == (b'{"model":"m-1", "temperature": 0.5,"user":null,"seed":1}')


def test_a_body_that_no_rule_is_for_is_not_read() -> None:
    made = rules(rule("drop", "a", when=When(stream=True)))
    assert made is not None
    assert made.body(b"not JSON", stream=False) == b"not JSON"


def test_headers_are_passed_dropped_renamed_and_set() -> None:
    ours: Headers = ((b"user-agent", b"w/1"), (b"x-client-request-id", b"call_1"), (b"authorization", b"Bearer k"))
    caller_s: Headers = ((b"x-trace", b"t"), (b"x-other", b"o"), (b"user-agent", b"theirs"))
    made = rules(
        headers=HeaderRules(
            passed=("x-trace", "user-agent"),
            drop=("user-agent", "not-there"),
            rename=(("x-client-request-id", "x-request-id"), ("x-trace", "authorization"), ("gone", "x")),
            set=(("x-team", "a"), ("x-request-id", "fixed")),
        )
    )
    assert made is not None
    assert made.headers(ours, caller_s) == (
        (b"authorization", b"Bearer k"),
        (b"x-request-id", b"fixed"),
        (b"x-team", b"a"),
    )
    assert made.secrets == ("a", "fixed")
    assert made.headers(()) == ((b"x-team", b"a"), (b"x-request-id", b"fixed"))


def test_a_passed_header_takes_the_place_of_ours() -> None:
    made = rules(headers=HeaderRules(passed=("user-agent",)))
    assert made is not None
    assert made.headers(((b"user-agent", b"w/1"),), ((b"user-agent", b"theirs"),)) == ((b"user-agent", b"theirs"),)
    assert made.headers(((b"user-agent", b"w/1"),)) == ((b"user-agent", b"w/1"),)


def test_the_names_to_be_passed_are_gathered() -> None:
    one, two = HeaderRules(passed=("b", "a")), HeaderRules(passed=("c", "a"))
    assert passed_names((upstream(Overrides(headers=one)), upstream(Overrides(headers=two)))) == (b"a", b"b", b"c")


def test_a_path_is_replaced_by_language_and_put_behind_a_prefix() -> None:
    overrides = Overrides(prefix="/gw", paths=(("openai.chat", "/d/{model}/chat?api-version=1"),))
    made = rules_of(upstream(overrides), "a/b c", 1000)
    assert made is not None
    assert made.path(made.template("openai.chat", "/chat/completions")) == "/gw/d/a%2Fb%20c/chat?api-version=1"
    assert made.path(made.template("openai.embeddings", "/embeddings")) == "/gw/embeddings"
    assert made.headers(((b"a", b"b"),)) == ((b"a", b"b"),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((rule("drop", "tools"), rule("rename", "a", to="b")), None),
        ((rule("set", "system", '"Be brief."'), rule("default", "a", "{}")), Reckoned(0, 13)),
        ((rule("set", "max_tokens", "50"), rule("default", "max_output_tokens", "70")), Reckoned(70, 4)),
        ((rule("rename", "max_tokens", to="max_completion_tokens"),), None),
        ((rule("drop", "max_tokens"),), Reckoned(1000, 0)),
        ((rule("rename", "generationConfig.maxOutputTokens", to="generationConfig.x"),), Reckoned(1000, 0)),
    ],
)
def test_what_rules_may_add_is_reckoned(body: tuple[BodyRule, ...], expected: Reckoned | None) -> None:
    made = rules(*body)
    assert made is not None
    assert made.reckoned == expected


def test_the_dearest_of_a_model_s_routes_counts() -> None:
    assert reckon([None, rules(rule("drop", "a"))]) is None
    routes = [None, rules(rule("set", "max_tokens", "50")), rules(rule("set", "system", '"1234567890"'))]
    assert reckon(routes) == Reckoned(50, 12)
