from tests.relay.world import scene
from waystation.gateway.metrics import Metrics


def test_a_route_that_was_tried_has_its_means() -> None:
    at = scene(upstreams=2)
    now = at.clock.monotonic()
    first, second = (tier[0].statistics for tier in at.board.served["m"].tiers)
    first.hear(now, 0.25)
    first.succeed(now, 2.0, 100)
    second.fail(now)
    page = Metrics({}, served=lambda: at.board.served).page().decode()
    labels = 'gen_ai_request_model="m",upstream="up0",upstream_model="m-0"'
    for line in (
        f"waystation_route_time_to_first_chunk_seconds{{{labels}}} 0.25",
        f"waystation_route_output_tokens_per_second{{{labels}}} 50.0",
        f"waystation_route_failed_ratio{{{labels}}} 0.0",
        'waystation_route_failed_ratio{gen_ai_request_model="m",upstream="up1",upstream_model="m-1"} 1.0',
    ):
        assert line in page
    assert page.count("waystation_route_time_to_first_chunk_seconds{") == 1


def test_routes_that_were_never_tried_make_no_series() -> None:
    at = scene(upstreams=2)
    assert "waystation_route_failed_ratio{" not in Metrics({}, served=lambda: at.board.served).page().decode()


def test_whether_a_route_is_passed_over_is_told_of_all_that_may_be() -> None:
    at = scene(upstreams=2)
    first = at.board.served["m"].tiers[0][0].breaker
    assert first is not None
    for _ in range(10):
        first.failed(at.clock.monotonic(), "500")
    page = Metrics({}, served=lambda: at.board.served).page().decode()
    for number, is_open in ((0, 1.0), (1, 0.0)):
        labels = f'gen_ai_request_model="m",upstream="up{number}",upstream_model="m-{number}"'
        assert f"waystation_route_breaker_open{{{labels}}} {is_open}" in page
