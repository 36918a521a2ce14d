import pytest

from tests.manifest.conftest import ENVIRON, FILE, Desk
from waystation.manifest.overrides import overrides_fields, overrides_text
from waystation.wire.overrides import BodyRule, HeaderRules, Overrides, When

SECRET = "hunter2-hunter2"
OVERRIDES = """
    overrides:
      headers:
        pass: [X-Trace-Id, traceparent]
        drop: user-agent
        rename: {x-client-request-id: x-request-id}
        set: {X-Team: "${TEAM}", x-plain: "a$${b}"}
      body:
        - {set: temperature, to: 0.6, when: {model: "gpt-*", stream: true}}
        - {default: thinking.type, to: disabled, when: {has: tools, lacks: thinking}}
        - {drop: logit_bias, when: {equals: {seed: [1, true, "x"]}}}
        - {rename: max_tokens, to: max_completion_tokens}
        - {set: /a.b, to: ["${NOT_ME:-d}", 1]}
      path:
        prefix: /team-a
        replace: {openai.chat: "/v2/{model}/chat?api-version=1"}
"""


def with_overrides(text: str = OVERRIDES) -> str:
    return FILE.replace("models:\n", text.lstrip("\n") + "models:\n", 1)


def apply(desk: Desk, text: str = OVERRIDES, **environ: str) -> Overrides | None:
    desk.apply(with_overrides(text), environ={**ENVIRON, "TEAM": SECRET, **environ})
    return desk.snapshot().catalogue.upstreams[0].overrides


def test_a_file_s_overrides_are_kept(desk: Desk) -> None:
    assert apply(desk) == Overrides(
        headers=HeaderRules(
            passed=("x-trace-id", "traceparent"),
            drop=("user-agent",),
            rename=(("x-client-request-id", "x-request-id"),),
            set=(("x-team", SECRET), ("x-plain", "a${b}")),
        ),
        body=(
            BodyRule(action="set", member="temperature", value="0.6", when=When(models=("gpt-*",), stream=True)),
            BodyRule(
                action="default",
                member="thinking.type",
                value='"disabled"',
                when=When(has=("tools",), lacks=("thinking",)),
            ),
            BodyRule(action="drop", member="logit_bias", when=When(equals=(("seed", (1, True, "x")),))),
            BodyRule(action="rename", member="max_tokens", to="max_completion_tokens"),
            BodyRule(action="set", member="/a.b", value='["d",1]'),
        ),
        prefix="/team-a",
        paths=(("openai.chat", "/v2/{model}/chat?api-version=1"),),
    )


def test_they_are_not_readable_where_they_are_kept(desk: Desk) -> None:
    apply(desk)
    assert not [line for line in desk.dump() if SECRET in line or "logit_bias" in line]


def test_overrides_that_say_nothing_are_none(desk: Desk) -> None:
    assert apply(desk, "    overrides: {headers: {}, body: []}\n") is None


def test_leaving_them_out_takes_them_away(desk: Desk) -> None:
    apply(desk)
    desk.apply(FILE)
    assert desk.snapshot().catalogue.upstreams[0].overrides is None


def test_an_export_applies_again_and_holds_no_header_s_value(desk: Desk) -> None:
    apply(desk)
    text = desk.operations.export()
    assert SECRET not in text
    assert "#   HEADER_MAIN_X_TEAM  the header x-team of main" in text
    keys = {"KEY_MAIN_1": ENVIRON["KEY_A"], "KEY_MAIN_2": ENVIRON["KEY_B"]}
    headers = {"HEADER_MAIN_X_TEAM": SECRET, "HEADER_MAIN_X_PLAIN": "a${b}"}
    assert desk.apply(text, environ=keys | headers).text() == "nothing to change"
    assert desk.apply(desk.operations.export(with_secrets=True), environ={}).text() == "nothing to change"


def test_a_plan_tells_what_changes_and_no_header_s_value(desk: Desk) -> None:
    desk.apply(FILE)
    plan = desk.apply(with_overrides(), dry_run=True, environ={**ENVIRON, "TEAM": SECRET}).text()
    assert SECRET not in plan
    assert plan.splitlines() == [
        "~ update upstream main",
        "    overrides.headers.pass: x-trace-id, traceparent",
        "    overrides.headers.drop: user-agent",
        "    overrides.headers.rename: x-client-request-id to x-request-id",
        "    overrides.headers.set: x-team (sha256 84ca4458), x-plain (sha256 9c7be29b)",
        "    overrides.path.prefix: /team-a",
        "    overrides.path.replace.openai.chat: /v2/{model}/chat?api-version=1",
        (
            "    overrides.body: set temperature to 0.6 when the model is gpt-* and it streams; "
            'default thinking.type to "disabled" when it has tools and it lacks thinking; '
            'drop logit_bias when seed is 1 or true or "x"; rename max_tokens to max_completion_tokens; '
            'set /a.b to ["d",1]'
        ),
        "1 to update, 3 to keep",
    ]
    apply(desk)
    assert (
        "overrides.headers.set"
        in desk.apply(with_overrides(), dry_run=True, environ={**ENVIRON, "TEAM": "other"}).text()
    )


def test_long_values_are_cut_and_told_apart() -> None:
    texts = [
        overrides_text(Overrides(body=(BodyRule(action="set", member="a", value=f'"{"b " * 50}{end}"'),)))
        for end in ("x", "y")
    ]
    assert len(texts[0]["overrides.body"]) < 120
    assert texts[0] != texts[1]
    assert overrides_text(None) == {}


def test_variables_are_not_filled_in_again() -> None:
    rule = BodyRule(action="set", member="a", value='{"b":["${C}"],"d":1}', when=When(equals=(("e", ("${F}", 2)),)))
    assert overrides_fields(Overrides(body=(rule,)), {}) == {
        "body": [{"set": "a", "to": {"b": ["$${C}"], "d": 1}, "when": {"equals": {"e": ["$${F}", 2]}}}]
    }


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ("headers: {set: {Host: x.example}}", "headers.set.Host: the header 'Host' can't be overridden: it belongs to"),
        ("headers: {set: {authorization: abc}}", "headers.set.authorization: the header 'authorization' can't be"),
        ("headers: {set: {content-length: '5'}}", "the header 'content-length' can't be overridden"),
        ("headers: {set: {'x y': a}}", "headers.set.x y: 'x y' can't be a header's name"),
        ("headers: {set: {x-a: a, X-A: b}}", "headers.set: a header is named twice"),
        ('headers: {set: {x-a: "b\\nc"}}', "expected a header's value, as a string, got a string of 3 characters"),
        ("headers: {drop: connection}", "the header 'connection' can't be overridden"),
        ("headers: {rename: {x-a: x-api-key}}", "headers.rename.x-a: the header 'x-api-key' can't be overridden"),
        ("headers: {rename: {authorization: x-a}}", "the header 'authorization' can't be overridden"),
        ("headers: {pass: [x-auth-token]}", "headers.pass[0]: the header 'x-auth-token' can't be overridden: callers'"),
        ("headers: {add: {x-a: b}}", "there is no field 'add'; expected set, drop, rename, pass"),
        ("body: [{to: 1}]", "body[0]: expected one of set, default, drop, rename, got none"),
        ("body: [{set: a, drop: b, to: 1}]", "body[0]: expected one of set, default, drop, rename, got set and drop"),
        ("body: [{set: a}]", "body[0]: expected `to` to say what it becomes"),
        ("body: [{rename: a}]", "body[0]: expected `to` to say what it becomes"),
        ("body: [{drop: a, to: 1}]", "body[0].to: expected `to` to say nothing: it is dropped"),
        ("body: [{rename: a, to: 1}]", "body[0].to: expected a member of the body: its new name"),
        ("body: [{rename: a, to: b..c}]", "body[0].to: expected a member of the body: its new name"),
        ("body: [{rename: a, to: a.b}]", "body[0].to: one is inside of the other"),
        ("body: [{rename: a.b, to: a}]", "body[0].to: one is inside of the other"),
        ("body: [{rename: a, to: max_tokens}]", "body[0].to: calls are held for 'max_tokens': only another bound"),
        ("body: [{rename: a, to: model}]", "body[0].to: the member 'model' can't be overridden"),
        ("body: [{rename: messages, to: a}]", "body[0].rename: the member 'messages' can't be overridden"),
        ("body: [{set: n, to: 5}]", "body[0].set: the member 'n' can't be overridden: the call is held and read for"),
        ("body: [{set: stream_options.include_usage, to: false}]", "can't be overridden: the bill rests on it"),
        ("body: [{drop: stream_options}]", "body[0].drop: the member 'stream_options' can't be overridden"),
        ("body: [{default: max_tokens, to: '5'}]", "body[0].to: expected a whole number from 1 to 2147483647"),
        ("body: [{set: max_tokens, to: 0}]", "body[0].to: expected a whole number"),
        ("body: [{set: generationConfig, to: {}}]", "name the member in it"),
        ("body: [{set: a..b, to: 1}]", "expected a member of the body"),
        ("body: [{drop: a, when: {equals: {b..c: 1}}}]", "when.equals.b..c: no member of a body: a name is empty"),
        ("body: [{drop: a, when: {modle: x}}]", "there is no field 'modle'; did you mean 'model'?"),
        ("path: {replace: {anthropic.messages: /m}}", "expected a language of this vendor: openai.chat"),
        ("path: {replace: {openai.chat: '/{models}/c'}}", "expected no braces but those of {model} and {verb}"),
        ("path: {replace: {openai.chat: '/c:{verb}'}}", "{verb} is known in Gemini's language only"),
        ("path: {prefix: '/p/'}", "expected the beginning of a path"),
    ],
)
def test_mistakes_are_told_where_they_are(desk: Desk, said: str, mistake: str) -> None:
    mistakes = desk.mistakes(with_overrides(f"    overrides: {{{said}}}\n"))
    assert any("waystation.yaml:6: upstreams[0].overrides." in one and mistake in one for one in mistakes), mistakes


def test_too_many_rules_are_one_mistake(desk: Desk) -> None:
    rules = ", ".join(["{drop: a}"] * 101)
    assert desk.mistakes(with_overrides(f"    overrides: {{body: [{rules}]}}\n")) == [
        "waystation.yaml:6: upstreams[0].overrides.body: expected at most 100, got 101"
    ]
