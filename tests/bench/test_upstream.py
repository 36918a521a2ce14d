import json
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlsplit

from bench.upstream import Script, plain_body
from waystation.bench import Options, measure


def test_a_plain_answer_is_a_small_completion_with_usage() -> None:
    reply = json.loads(plain_body())
    assert reply["usage"] == {"prompt_tokens": 230, "completion_tokens": 8, "total_tokens": 238}
    assert 350 < len(plain_body()) < 500


def test_a_script_has_as_many_writes_as_chunks() -> None:
    script = Script.of(100)
    assert (len(script.with_usage), len(script.without_usage)) == (100, 100)


def test_usage_is_sent_only_to_those_who_asked() -> None:
    script = Script.of(5)
    assert b'"completion_tokens":3' in script.with_usage[-1]
    assert b'"usage"' not in b"".join(script.without_usage)


async def test_the_pace_can_be_set_while_it_runs(upstream_url: str) -> None:
    setting = Thread(target=_get, args=(upstream_url, "/pace/5"))
    setting.start()
    while setting.is_alive():
        await _one_stream(upstream_url)
    assert await _one_stream(upstream_url) >= 0.045


async def _one_stream(url: str) -> float:
    report = await measure(Options(url=url, token="sk-x", model="m", stream=True, calls=1, warm_up=0))
    assert (report.calls, report.latency is not None) == (1, True)
    return report.latency.max_s if report.latency else 0.0


def _get(url: str, path: str) -> None:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()
