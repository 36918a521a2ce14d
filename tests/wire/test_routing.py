import msgspec

from waystation.wire.routing import BreakerSettings, Routing, ScoreWeights


def test_they_are_the_same_after_they_were_stored() -> None:
    routing = Routing(strategy="score", score=ScoreWeights(errors=0.5, price=3))
    assert msgspec.json.decode(msgspec.json.encode(routing), type=Routing) == routing
    settings = BreakerSettings(enabled=False, window_s=7.5)
    assert msgspec.json.decode(msgspec.json.encode(settings), type=BreakerSettings) == settings


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert msgspec.json.decode(b'{"strategy":"sticky","later":1}', type=Routing) == Routing(strategy="sticky")
