"""A report for people, and for programs."""

import msgspec

from waystation.bench.report import Quantiles, Report


def as_json(report: Report) -> str:
    """One line of JSON, times in seconds."""
    return msgspec.json.encode(report).decode()


def as_table(report: Report) -> str:
    """A few lines of text, times in milliseconds."""
    lines = [_headline(report), ""]
    rows = [
        ("latency", report.latency),
        ("time to first chunk", report.first_chunk),
        ("gap between chunks", report.gap),
        ("client late", report.late),
    ]
    lines.append(f"{'milliseconds':<22}{'p50':>10}{'p95':>10}{'p99':>10}{'max':>10}")
    lines += [_row(name, quantiles) for name, quantiles in rows if quantiles]
    if report.own_time:
        own = report.own_time
        cells = "".join(f"{_edge(edge):>10}" for edge in (own.p50_s, own.p95_s, own.p99_s))
        lines.append(f"{'own time (/metrics)':<22}{cells}{'':>10}")
    lines += [f"failed: {count} x {reason}" for reason, count in report.errors.items()]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    kind = "streams" if report.stream else "plain calls"
    closed = f"closed loop of {report.concurrency}"
    loop = closed if report.rate is None else f"open loop at {report.rate:g}/s"
    return (
        f"{report.calls} {kind} of {report.model} in {report.elapsed_s:.1f} s, {loop}: "
        f"{report.calls_per_s:.1f} calls/s, {report.failed} failed"
    )


def _row(name: str, times: Quantiles) -> str:
    cells = (times.p50_s, times.p95_s, times.p99_s, times.max_s)
    return f"{name:<22}" + "".join(f"{cell * 1e3:>10.2f}" for cell in cells)


def _edge(seconds: float) -> str:
    return "beyond" if seconds == float("inf") else f"<={seconds * 1e3:g}"
