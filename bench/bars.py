"""The bars that Waystation holds itself to, and how a comparison's figures stand against them."""

from dataclasses import dataclass

from bench.tables import DIRECT, LIMITED, LITELLM, NGINX, ON_POSTGRES, OURS, Outcome, cpu, gap, one_core, p50, p99


@dataclass(frozen=True, slots=True)
class Bar:
    """`got` None: not measured in this run."""

    text: str
    limit: float
    got: float | None
    at_least: bool = False

    @property
    def held(self) -> bool | None:
        if self.got is None:
            return None
        return self.got >= self.limit if self.at_least else self.got <= self.limit

    def __str__(self) -> str:
        got = "not measured" if self.got is None else f"{self.got:.3g}"
        verdict = {None: "      ", True: "held  ", False: "MISSED"}[self.held]
        return f"{verdict}  {self.text:<58}{'>=' if self.at_least else '<='} {self.limit:<6g} got {got}"


def bars(outcome: Outcome) -> list[Bar]:
    rounds = outcome.rounds
    idle = outcome.idle.get(OURS)
    rate = rounds.ratio("plain", OURS, NGINX, one_core)
    return [
        Bar("plain calls/s on one core, over nginx's", 0.15, rate, at_least=True),
        Bar(
            "plain calls/s on one core on PostgreSQL, over SQLite's",
            0.6,
            rounds.ratio("plain", ON_POSTGRES, OURS, one_core),
            at_least=True,
        ),
        Bar("LiteLLM's CPU per call, over ours", 60, rounds.ratio("plain", LITELLM, OURS, cpu), at_least=True),
        Bar("latency added at 50 calls/s, p50 in ms", 1.5, _ms(rounds.added("beat 50", OURS, DIRECT, p50))),
        Bar("latency added at 50 calls/s, p99 in ms", 5, _ms(rounds.added("beat 50", OURS, DIRECT, p99))),
        Bar("CPU per stream without a pause, over nginx's", 3, rounds.ratio("streams", OURS, NGINX, cpu)),
        Bar("CPU per stream at 20 ms per chunk, over nginx's", 3, rounds.ratio("crowd", OURS, NGINX, cpu)),
        Bar("CPU per bridged stream, over a tapped one", 3, rounds.across("bridged", "streams", OURS, cpu)),
        Bar("largest gap of 256 streams at 20 ms per chunk, in ms", 200, _ms(rounds.median("crowd", OURS, gap))),
        Bar("CPU per call with 500 keys and all limits, over none", 1.05, _limited("plain", outcome)),
        Bar("CPU per stream with 500 keys and all limits, over none", 1.05, _limited("streams", outcome)),
        Bar("memory of an idle server in MB", 120, idle.now_mb if idle else None),
    ]


def _limited(measure: str, outcome: Outcome) -> float | None:
    return outcome.rounds.ratio(measure, LIMITED, OURS, cpu)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3
