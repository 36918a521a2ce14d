"""Names, wishes and fallback models, from the file to the bytes that a vendor gets, over real connections."""

import json
from pathlib import Path

from tests.e2e.raw import ask, calling, post
from tests.e2e.rig import SECRET, Rig, doubles, running
from waystation.demo.upstream import DemoUpstream


def manifest(*upstreams: DemoUpstream) -> str:
    rows = "\n".join(
        f'  - {{name: up{number}, vendor: openai_compatible, base_url: "{upstream.base_url}", keys: [sk-{number}],'
        f" priority: {number}, tags: [t{number}]}}"
        for number, upstream in enumerate(upstreams)
    )
    return f"""\
upstreams:
{rows}
models:
  - name: m
    aliases: [best]
    routes: [{{upstream: up0, model: m-0}}, {{upstream: up1, model: m-1}}]
    price: {{currency: USD, input: "2.50", output: "10.00"}}
    max_output_tokens: 1000
  - name: any
    matches: ["gpt-*"]
    routes: [{{upstream: up1, model: "openai/{{name}}"}}]
    price: {{currency: USD, input: "1", output: "1"}}
    max_output_tokens: 1000
organizations:
  - name: acme
    opening_credit: 100 USD
    tokens: [{{name: ci, secret: "{SECRET}"}}]
"""


def models(upstream: DemoUpstream) -> list[str]:
    """Those that it was asked for."""
    return [json.loads(call.body)["model"] for call in upstream.calls]


async def test_names_lead_to_the_model_and_wishes_to_the_upstream(tmp_path: Path) -> None:
    async with doubles(2) as (first, second), running(Rig(tmp_path, manifest(first, second))) as rig:
        async with calling(rig) as caller:
            plain = ask("你好")
            for body in (
                plain.replace(b'"m"', b'"best"'),
                plain.replace(b'"m"', b'"gpt-9:floor"'),
                plain[:-1] + b',"provider":{"order":["T1"],"allow_fallbacks":false}}',
            ):
                assert (await caller.ask(post(body))).status == 200
            refused = await caller.ask(post(plain[:-1] + b',"provider":{"only":["nobody"]}}'))
        records = await rig.calls(4)
    assert (models(first), models(second)) == (["m-0"], ["openai/gpt-9", "m-1"])
    assert second.calls[1].body == plain.replace(b'"m"', b'"m-1"')
    assert (refused.status, refused.error["code"]) == (404, "no_endpoints")
    names = [(record.request_model, record.model) for record in reversed(records)]
    assert names == [("best", "m"), ("gpt-9:floor", "any"), ("m", None), ("m", None)]


async def test_a_fallback_is_held_and_billed_at_its_own_price(tmp_path: Path) -> None:
    async with doubles(2) as (first, second), running(Rig(tmp_path, manifest(first, second))) as rig:
        first.set_fault("500")
        second.set_fault("500", model="m-1")
        async with calling(rig) as caller:
            for stream in (False, True):
                body = ask(models=["gpt-9"], stream=stream)
                answer = await caller.ask(post(body, "idempotency-key: once" if stream else "x-a: b"))
                assert answer.status == 200
            again = await caller.ask(post(body, "idempotency-key: once"))
            assert again.body == answer.body
        records = await rig.calls(2)
    assert len(records) == 2
    for record in records:
        assert (record.request_model, record.model, record.outcome) == ("m", "any", "ok")
        assert [attempt.model for attempt in record.attempts] == ["m-0", "m-1", "openai/gpt-9"]
        assert record.usage is not None
        tokens = (record.usage.input_tokens or 0) + (record.usage.output_tokens or 0)
        assert record.amount_nanos == tokens * 1000


async def test_anthropic_s_fallbacks(tmp_path: Path) -> None:
    async with doubles(2) as (first, second), running(Rig(tmp_path, manifest(first, second))) as rig:
        first.set_fault("500")
        second.set_fault("500", model="m-1")
        request = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
        async with calling(rig) as caller:
            body = json.dumps(request | {"fallbacks": [{"model": "gpt-9"}]}).encode()
            answer = await caller.ask(post(body, path="/v1/messages"))
            assert answer.status == 200, answer
            assert json.loads(answer.body)["type"] == "message"
    assert b"fallbacks" not in second.calls[-1].body
