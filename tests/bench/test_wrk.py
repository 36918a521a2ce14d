from pathlib import Path

import pytest

from bench.gateways.gateway import Lane
from bench.processes import NotStarted
from bench.wrk import Burst, parse, script


def test_the_result_is_found_among_what_wrk_prints() -> None:
    out = 'Running 4s test\n  10 requests in 4s\nbench-result {"calls":10,"elapsed_us":2000000,"failed":1}\n'
    assert parse(out, "") == Burst(calls=10, elapsed_s=2.0, failed=1)


def test_no_result_is_an_error_with_the_reason() -> None:
    with pytest.raises(NotStarted, match="unable to connect"):
        parse("", "unable to connect to 127.0.0.1:1 Connection refused")


def test_the_script_makes_the_load_clients_own_call(tmp_path: Path) -> None:
    lane = Lane("http://127.0.0.1:1", "gpt-4o", "sk-x", (("x-extra", 'a "quoted" one'),))
    text = script(lane, tmp_path / "body")
    assert 'wrk.headers["Authorization"] = "Bearer sk-x"' in text
    assert 'wrk.headers["x-extra"] = "a \\"quoted\\" one"' in text
    assert "Content-Length" not in text
    assert len((tmp_path / "body").read_bytes()) == 1_024
