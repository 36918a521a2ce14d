"""The tables that a comparison prints. A figure that was not measured is a dash, never a guess."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.processes import Memory
from bench.samples import BUSY, Rounds, Sample

DIRECT, NGINX, OURS, LITELLM = "direct", "nginx", "waystation", "LiteLLM"
ON_POSTGRES = "waystation on PostgreSQL"
LIMITED = "waystation, all limits"


@dataclass(slots=True)
class Outcome:
    """All that a comparison found. `missing` says why a gateway is not there."""

    rounds: Rounds = field(default_factory=Rounds)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    idle: dict[str, Memory] = field(default_factory=dict)
    after: dict[str, Memory] = field(default_factory=dict)


def tables(outcome: Outcome) -> str:
    parts = [_plain(outcome), _beats(outcome), _streams(outcome), _memory(outcome), _notes(outcome)]
    return "\n\n".join(part for part in parts if part)


def last_line(rounds: Rounds) -> str:
    """X is our throughput on one core over nginx's, Y is LiteLLM's processor time per call over ours."""
    to_nginx = rounds.ratio("plain", OURS, NGINX, one_core)
    to_litellm = rounds.ratio("plain", LITELLM, OURS, cpu)
    return f"ratio to nginx: {_ratio(to_nginx)}, to LiteLLM: {_ratio(to_litellm)}"


def limits_line(rounds: Rounds) -> str:
    """Processor time with twenty upstreams, 500 keys and all limits over that of the plain setup."""
    of = {"a call": "plain", "a stream": "streams", "a stream at 20 ms a chunk": "crowd"}
    ratios = [f"{what} {_ratio(rounds.ratio(measure, LIMITED, OURS, cpu))}" for what, measure in of.items()]
    return f"CPU with 20 upstreams, 500 keys and all limits, over the plain setup: {', '.join(ratios)}"


def one_core(sample: Sample) -> float | None:
    return sample.one_core_per_s


def cpu(sample: Sample) -> float | None:
    return sample.cpu_per_call_s


def p50(sample: Sample) -> float | None:
    return sample.p50_s


def p99(sample: Sample) -> float | None:
    return sample.p99_s


def gap(sample: Sample) -> float | None:
    return sample.gap_max_s


def _plain(outcome: Outcome) -> str:
    rounds = outcome.rounds

    def row(name: str) -> list[str]:
        inexact = any(sample and not sample.saturated for sample in rounds.of("plain", name))
        return [
            _cell(rounds.median("plain", name, one_core), "{:,.0f}") + ("*" if inexact and name != DIRECT else " "),
            _cell(rounds.median("plain", name, lambda s: s.calls_per_s), "{:,.0f}"),
            _cell(rounds.median("plain", name, lambda s: s.busy if s.cpu_s else None), "{:.0%}"),
            _cell(rounds.median("plain", name, cpu), "{:,.1f}", 1e6),
            _cell(rounds.ratio("plain", name, NGINX, one_core), "{:.3f}"),
            _cell(rounds.ratio("plain", name, NGINX, cpu), "{:,.1f}"),
        ]

    heads = ["calls/s on one core ", "calls/s seen", "core busy", "CPU us/call", "rate / nginx", "CPU / nginx"]
    return _table("Plain calls of 1 KB, saturated", outcome, heads, row)


def _beats(outcome: Outcome) -> str:
    rounds = outcome.rounds

    def row(name: str) -> list[str]:
        if name == DIRECT:
            figures = [rounds.median(beat, name, figure) for beat in ("beat 50", "beat 200") for figure in (p50, p99)]
        else:
            figures = [
                rounds.added(beat, name, DIRECT, figure) for beat in ("beat 50", "beat 200") for figure in (p50, p99)
            ]
        return [_cell(figure, "{:+.2f}" if name != DIRECT else "{:.2f}", 1e3) for figure in figures]

    heads = ["p50 at 50/s", "p99 at 50/s", "p50 at 200/s", "p99 at 200/s"]
    return _table("Latency in ms: direct as it is, gateways as what they add to it", outcome, heads, row)


def _streams(outcome: Outcome) -> str:
    rounds = outcome.rounds

    def row(name: str) -> list[str]:
        return [
            _cell(rounds.median("streams", name, cpu), "{:.2f}", 1e3),
            _cell(rounds.ratio("streams", name, NGINX, cpu), "{:.2f}"),
            _cell(rounds.median("streams", name, lambda s: s.arrivals_per_call), "{:.0f}"),
            _cell(rounds.median("bridged", name, cpu), "{:.2f}", 1e3),
            _cell(rounds.median("crowd", name, cpu), "{:.2f}", 1e3),
            _cell(rounds.ratio("crowd", name, NGINX, cpu), "{:.2f}"),
            _cell(rounds.median("crowd", name, gap), "{:,.0f}", 1e3),
        ]

    heads = [
        "gap 0: CPU ms",
        "/ nginx",
        "arrivals",
        "bridged: ms",
        "256 x 20 ms: CPU ms",
        "/ nginx",
        "largest gap ms",
    ]
    return _table("Streams of 100 chunks", outcome, heads, row)


def _memory(outcome: Outcome) -> str:
    def row(name: str) -> list[str]:
        idle, after = outcome.idle.get(name), outcome.after.get(name)
        return [
            _cell(idle.now_mb if idle else None, "{:.0f}"),
            _cell(after.now_mb if after else None, "{:.0f}"),
            _cell(after.peak_mb if after else None, "{:.0f}"),
            str(outcome.rounds.failed(name)),
        ]

    heads = ["idle MB", "after MB", "peak MB", "failed calls"]
    return _table("Memory (resident), and calls that failed in the whole run", outcome, heads, row)


def _notes(outcome: Outcome) -> str:
    notes = [f"missing: {name}: {reason}" for name, reason in outcome.missing.items()]
    if any(
        sample and not sample.saturated
        for name in outcome.versions
        for sample in outcome.rounds.of("plain", name)
        if name != DIRECT
    ):
        notes.append(
            f"* used less than {BUSY:.0%} of its core, so something else was the bottleneck (the load, or another "
            "program on that core): the rate is computed as 1 / CPU per call"
        )
    return "\n".join(notes)


def _table(title: str, outcome: Outcome, heads: list[str], row: Callable[[str], list[str]]) -> str:
    """Every gateway has its line: a missing one's says so."""
    lines = [title, f"{'':<24}" + "".join(f"{head:>{_width(head)}}" for head in heads)]
    for name, version in outcome.versions.items():
        cells = "".join(f"{cell:>{_width(head)}}" for head, cell in zip(heads, row(name), strict=True))
        lines.append(f"{name + ' ' + version:<24}" + cells)
    lines += [f"{name:<24}  missing" for name in outcome.missing]
    return "\n".join(lines)


def _width(head: str) -> int:
    return max(len(head), 8) + 2


def _cell(value: float | None, form: str, scale: float = 1.0) -> str:
    return "-" if value is None else form.format(value * scale)


def _ratio(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}"
