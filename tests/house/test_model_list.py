import asyncio
import json
from pathlib import Path

import pytest

from tests.adapters.upstream_http.raw import Peer, sized, upstream
from tests.e2e.rig import doubles
from tests.house.world import applied
from waystation.house.model_list import compare_models, models_request
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.wire.catalogue import Upstream, UpstreamKey
from waystation.wire.errors import Misconfigured
from waystation.wire.overrides import HeaderRules, Overrides

KEY = UpstreamKey("key_1", "sk-secret", "abcdabcd")


def manifest(base_url: str, vendor: str = "openai_compatible", keys: str = "sk-wrong-key, sk-good-key") -> str:
    return (
        f'upstreams: [{{name: u, vendor: {vendor}, base_url: "{base_url}", keys: [{keys}]}}]\n'
        "models:\n"
        '- {name: m, routes: [{upstream: u, model: b}], price: {currency: USD, input: "1", output: "1"}}\n'
    )


async def found(settings: Settings) -> list[tuple[str, bool, tuple[str, ...]]]:
    compared = (await asyncio.to_thread(compare_models, settings, "u")).compared
    return [(line.model, line.offered, line.public) for line in compared.models]


async def test_the_first_key_that_is_answered_tells_what_is_offered(tmp_path: Path) -> None:
    async with doubles(keys=("sk-good-key",), models=("a", "b")) as (double,):
        settings = applied(tmp_path, manifest(double.base_url))
        assert await found(settings) == [("a", True, ()), ("b", True, ("m",))]
        assert [call.key for call in double.calls] == ["sk-wrong-key", "sk-good-key"]


async def test_a_list_in_pages_is_read_to_its_end(tmp_path: Path) -> None:
    targets: list[bytes] = []

    async def script(peer: Peer) -> None:
        for page in (
            {"data": [{"id": "a"}], "has_more": True, "last_id": "a"},
            {"data": [{"id": "b"}], "has_more": False, "last_id": "b"},
        ):
            targets.append((await peer.request()).split(b" ")[1])
            await peer.say(sized(json.dumps(page).encode()))

    async with upstream(script) as served:
        url = f"http://127.0.0.1:{served.endpoint.port}"
        assert [name for name, *_ in await found(applied(tmp_path, manifest(url, "anthropic", "sk-1")))] == ["a", "b"]
    assert targets == [b"/v1/models?limit=1000", b"/v1/models?limit=1000&after_id=a"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sized(b"<html>"), "it is no list of models in a known form"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "it answered 404"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://x\r\ncontent-length: 0\r\n\r\n", "it answered 302"),
        (sized(b'{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}'), "it has more than 20 pages"),
        (b"nonsense\r\n\r\n", "127.0.0.1"),
    ],
)
async def test_an_upstream_without_a_list_says_why(tmp_path: Path, answer: bytes, why: str) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(answer)

    async with upstream(script) as served:
        settings = applied(tmp_path, manifest(f"http://127.0.0.1:{served.endpoint.port}", keys="sk-secret-1"))
        with pytest.raises(Misconfigured) as caught:
            await found(settings)
    assert "gives no list of models" in caught.value.message
    assert why in caught.value.message
    assert "sk-secret-1" not in caught.value.message


def test_an_upstream_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest("http://127.0.0.1:9"))
    with pytest.raises(Misconfigured, match="there is no upstream 'x'; there are: u"):
        compare_models(settings, "x")


@pytest.mark.parametrize("vendor", vendors())
def test_an_upstream_s_overrides_count_for_its_list_too(vendor: str) -> None:
    rules = HeaderRules(passed=("x-trace",), set=(("x-team", "a"),))
    overrides = Overrides(headers=rules, prefix="/p")
    up = Upstream(id="u", name="u", vendor=vendor, base_url="http://x.example/b", keys=(KEY,), overrides=overrides)
    asked = models_request(up, KEY, "page=2")
    assert asked.path == f"/p{vendors()[vendor].models}{'&' if '?' in vendors()[vendor].models else '?'}page=2"
    assert dict(asked.headers)[b"x-team"] == b"a"
    assert b"sk-secret" in b" ".join(dict(asked.headers).values())
