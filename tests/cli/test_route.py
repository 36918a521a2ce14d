import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.world import Run, applied
from tests.e2e.rig import SECRET, Rig, doubles, running
from waystation.demo.upstream import DemoUpstream


def manifest(ups: list[DemoUpstream]) -> str:
    """Three tiers, the first with two upstreams, and sessions that stay together."""
    names = ("east", "west", "north", "备用")
    priorities = (0, 0, 10, 20)
    rows = "\n".join(
        f'  - {{name: {name}, vendor: openai_compatible, base_url: "{up.base_url}", priority: {priority}, '
        f"keys: [sk-{at}-key-1, sk-{at}-key-2], breaker: {{attempts: 2}}}}"
        for at, (name, up, priority) in enumerate(zip(names, ups, priorities, strict=True))
    )
    routes = ", ".join(f"{{upstream: {name}, model: m-1}}" for name in names)
    return f"""
upstreams:
{rows}
models:
  - name: m
    routes: [{routes}]
    price: {{currency: USD, input: "1", output: "1"}}
    routing: {{strategy: sticky}}
organizations:
  - name: acme
    opening_credit: "100 USD"
    tokens: [{{name: ci, secret: "{SECRET}", models: [m]}}]
"""


async def explained(rig: Rig, run: Run, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setenv("WAYSTATION_PORT", str(rig.house.server.port))
    result = await asyncio.to_thread(run, "route", "explain", "--model", "m", "--token", "ci", *words)
    assert result.exit_code == 0
    return result.output


async def test_three_tiers_benched_keys_and_a_session(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with doubles(4) as ups, running(Rig(tmp_path, manifest(ups))) as rig, rig.client() as client:

        async def call(number: int) -> Any:
            messages: Any = [{"role": "user", "content": "Hello"}]
            return await client.chat.completions.create(model="m", messages=messages, prompt_cache_key=f"s{number}")

        session = ("--session", "s1")
        before = await explained(rig, run, monkeypatch, *session)
        assert before.splitlines()[0] == "m: sticky, a session of this name; catalogue revision 1"
        home = json.loads(await explained(rig, run, monkeypatch, "--json", *session))["routes"][0]["upstream"]
        assert f"1.  {home}/m-1: takes the call" in before
        await call(1)
        assert [record.upstream for record in await rig.calls(1)] == [home]
        ups[0].set_fault("429")
        ups[1].set_fault("429")
        ups[2].set_fault("500")
        for number in range(3):
            await call(number)
        told = await explained(rig, run, monkeypatch, *session)
        lines = [line.strip() for line in told.splitlines()]
        assert [line for line in lines if line.startswith("priority")] == ["priority 0", "priority 10", "priority 20"]
        assert any(line.startswith(f"1.  {home}/m-1: no key of its is ready for another") for line in lines)
        assert "3.  备用/m-1: takes the call" in lines
        assert "4.  north/m-1: its breaker is open, so it comes after all others" in lines
        assert sum("limited for another" in line and "429" in line for line in lines) == 4
        assert any(line.startswith("breaker open for another") for line in lines)
        assert "sk-" not in told
        unnamed = await explained(rig, run, monkeypatch)
        assert "no session is named, so by weight, drawn for this answer, and anew for each call" in unnamed


def test_without_a_gateway_it_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(run, tmp_path)
    monkeypatch.setenv("WAYSTATION_PORT", "9")
    result = run("route", "explain", "--model", "m")
    lines = result.output.splitlines()
    assert (
        lines[0]
        == "No gateway answers at http://127.0.0.1:9: this is the catalogue alone, without how keys and routes do."
    )
    assert lines[1:] == [
        "m: weighted; catalogue revision 1",
        "priority 0",
        "  1.  main/m-1: takes the call",
        "      weight 1",
        "      keys: 1 ready",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "nope"), "There is no model 'nope' in the catalogue."),
        (("--model", "m", "--token", "nope"), "there is no token 'nope'"),
        (("--model", "m", "--dialect", "klingon"), "there is no language 'klingon'; there are: openai.chat"),
    ],
)
def test_what_there_is_not_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    applied(run, tmp_path)
    monkeypatch.setenv("WAYSTATION_PORT", "9")
    result = run("route", "explain", *words)
    assert (result.exit_code, said in result.stderr) == (1, True)
