import pytest

from tests.gateway.world import front
from tests.relay.world import plain, scene
from waystation.gateway.deadline import timeout_of
from waystation.wire.errors import BadRequest


@pytest.mark.parametrize(("value", "seconds"), [(b"30", 30.0), (b"2.5", 2.5), (b"1e-3", 0.001), (b"9999", 600.0)])
def test_seconds_up_to_what_the_gateway_allows(value: bytes, seconds: float) -> None:
    assert timeout_of(value, 600.0) == seconds


@pytest.mark.parametrize("value", [b"", b"0", b"-1", b"nan", b"inf", b"30s", "三".encode(), b"0x1"])
def test_what_is_no_time_is_told(value: bytes) -> None:
    with pytest.raises(BadRequest, match="x-waystation-timeout is a number of seconds above 0"):
        timeout_of(value, 600.0)


async def test_a_caller_gives_its_call_less_time() -> None:
    at = front(scene(plain(), plain()))
    assert (await at.ask(headers=((b"x-waystation-timeout", b"7"),))).status == 200
    assert (await at.ask()).status == 200
    assert [request.timeouts.total_s for request in at.scene.transport.asked] == [7.0, 600.0]
    line = await at.ask(headers=((b"x-waystation-timeout", b"soon"),))
    assert (line.status, line.error["type"]) == (400, "invalid_request_error")
