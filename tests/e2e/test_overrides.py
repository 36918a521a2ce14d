"""An operator's overrides, from the file to the bytes that a vendor gets; and the SOCKS proxy on the way."""

import json
from pathlib import Path
from typing import Any

import pytest
from anthropic import AsyncAnthropic

from tests.adapters.upstream_http.socks_server import socks_server
from tests.e2e.raw import Answer, ask, calling, post
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.demo.upstream import DemoUpstream

HEADERS = {
    "pass": ["X-Trace-Id", "user-agent"],
    "drop": "x-client-request-id",
    "rename": {"x-trace-id": "x-span"},
    "set": {"x-team": "a"},
}
BODY = [
    {"set": "temperature", "to": 0.5, "when": {"model": "m-*", "lacks": "top_p"}},
    {"default": "seed", "to": 7},
    {"drop": "logit_bias"},
    {"rename": "enable_thinking", "to": "chat_template_kwargs.enable_thinking"},
    {"set": "stream_options.extra", "to": 1, "when": {"stream": True}},
    {"set": "never", "to": 1, "when": {"model": "other"}},
]


def overridden(upstream: DemoUpstream, overrides: dict[str, Any], **more: Any) -> str:
    """A model on an upstream with these; what the double has behind /v1 comes from their prefix."""
    rows = manifest(upstream, **more).replace(upstream.base_url, upstream.base_url.removesuffix("/team-a"))
    vendor = "vendor: openai_compatible"
    return rows.replace(vendor, f"{vendor}, overrides: {json.dumps(overrides)}")


async def asked(rig: Rig, body: bytes, *headers: str) -> Answer:
    async with calling(rig) as caller:
        answer = await caller.ask(post(body, *headers))
    assert answer.status == 200, answer
    return answer


async def test_what_a_caller_says_is_edited_where_the_rules_say_and_nowhere_else(tmp_path: Path) -> None:
    overrides = {"headers": HEADERS, "body": BODY, "path": {"prefix": "/team-a"}}
    async with (
        doubles(prefix="/v1/team-a") as (upstream,),
        running(Rig(tmp_path, overridden(upstream, overrides))) as rig,
    ):
        head = b'{ "model": "m" , "messages":[{"role":"user","content":"\\u00e9 1.0"}],'
        body = head + b'"logit_bias":{}, "enable_thinking" : true,"temperature":1e0}'
        await asked(rig, body, "x-trace-id: t-1", "user-agent: theirs/1", "x-other: no", "cookie: no")
        await asked(rig, head + b'"top_p":1,"stream":true}')
        plain, streamed = upstream.calls
        assert [record.error_code for record in await rig.calls(2)] == [None, None]
    same = head.replace(b'"m"', b'"m-0"')
    assert plain.body == same + b'"temperature":0.5,"seed":7,"chat_template_kwargs":{"enable_thinking":true}}'
    assert streamed.body == same.replace(b"{ ", b'{"stream_options":{"include_usage":true,"extra":1}, ', 1) + (
        b'"top_p":1,"stream":true,"seed":7}'
    )
    assert plain.path == "/v1/team-a/chat/completions"
    names = ("x-span", "user-agent", "x-team", "x-trace-id", "x-client-request-id", "x-other", "cookie")
    assert [plain.header(name) for name in names] == ["t-1", "theirs/1", "a", None, None, None, None]
    assert plain.header("authorization") == "Bearer sk-key-a"
    assert (streamed.header("x-span"), streamed.header("x-team")) == (None, "a")
    assert (streamed.header("user-agent") or "").startswith("waystation/")


async def test_a_body_from_another_language_is_edited_as_the_upstream_gets_it(tmp_path: Path) -> None:
    body = [{"rename": "max_tokens", "to": "max_completion_tokens"}, {"set": "reasoning_effort", "to": "low"}]
    async with (
        doubles() as (upstream,),
        running(Rig(tmp_path, overridden(upstream, {"body": body}))) as rig,
        AsyncAnthropic(base_url=rig.address, api_key=SECRET, max_retries=0) as client,
    ):
        hello: Any = [{"role": "user", "content": "one two three four"}]
        await client.messages.create(model="m", max_tokens=3, messages=hello)
        async with client.messages.stream(model="m", max_tokens=3, messages=hello) as stream:
            assert (await stream.get_final_message()).usage.output_tokens == 3
        bodies = [json.loads(call.body) for call in upstream.calls]
    for one in bodies:
        assert (one["max_completion_tokens"], one["reasoning_effort"], "max_tokens" in one) == (3, "low", False)


@pytest.mark.parametrize(
    ("rule", "held_for"),
    [
        ({"set": "max_tokens", "to": 400}, 400),
        ({"default": "max_tokens", "to": 400}, 400),
        ({"drop": "max_tokens"}, 1000),
        ({"rename": "max_tokens", "to": "max_completion_tokens"}, 3),
        ({"set": "temperature", "to": 0}, 3),
    ],
)
async def test_a_call_is_held_for_what_an_override_lets_it_become(
    tmp_path: Path, rule: dict[str, Any], held_for: int
) -> None:
    """The budget covers so many tokens of output and those of the input, and not many more."""
    for spare, status in ((held_for - 3, 200), (held_for - 300, 429)) if held_for > 3 else ((0, 200),):
        folder = tmp_path / str(spare)
        folder.mkdir()
        budget = f"{(max(spare, 0) + 10) * 10 / 1e6 + 0.0003:.6f} USD"
        async with (
            doubles() as (upstream,),
            running(Rig(folder, overridden(upstream, {"body": [rule]}, budget=budget))) as rig,
            calling(rig) as caller,
        ):
            answer = await caller.ask(post(ask(max_tokens=3)))
            assert answer.status == status, (answer, budget)
            assert len(upstream.calls) == (status == 200)


async def test_a_rule_that_finds_no_way_leaves_the_body_to_the_vendor(tmp_path: Path) -> None:
    rule = {"set": "thinking.type", "to": "disabled"}
    async with doubles() as (upstream,), running(Rig(tmp_path, overridden(upstream, {"body": [rule]}))) as rig:
        await asked(rig, ask(thinking="yes"))
        await asked(rig, ask(thinking=None))
        first, second = (json.loads(call.body) for call in upstream.calls)
    assert (first["thinking"], second["thinking"]) == ("yes", {"type": "disabled"})


async def test_changed_overrides_count_for_the_next_call(tmp_path: Path) -> None:
    async with doubles() as (upstream,), running(Rig(tmp_path, manifest(upstream))) as rig:
        await asked(rig, ask())
        rig.apply(overridden(upstream, {"headers": {"set": {"x-team": "b"}}}))
        for _ in range(200):
            await asked(rig, ask())
            if upstream.calls[-1].header("x-team") == "b":
                break
        assert [upstream.calls[0].header("x-team"), upstream.calls[-1].header("x-team")] == [None, "b"]


async def test_calls_go_through_a_socks_proxy_that_looks_the_name_up(tmp_path: Path) -> None:
    async with doubles() as (upstream,), socks_server({"up.internal": upstream.port}, ("me", "pw")) as proxy:
        proxied = f'proxy: "socks5://me:pw@127.0.0.1:{proxy.port}", vendor: openai_compatible'
        rows = manifest(upstream).replace("vendor: openai_compatible", proxied)
        async with running(Rig(tmp_path, rows.replace(f"127.0.0.1:{upstream.port}/v1", "up.internal:80/v1"))) as rig:
            await asked(rig, ask())
            await asked(rig, ask(stream=True))
        assert (proxy.asked, len(upstream.calls)) == ([("up.internal", 80)], 2)
