from bench.samples import Sample
from bench.tables import LIMITED, LITELLM, NGINX, OURS, Outcome, last_line, limits_line, tables


def _plain(calls: int) -> Sample:
    return Sample(calls=calls, failed=0, elapsed_s=1.0, cpu_s=1.0)


def test_the_last_line_has_both_ratios() -> None:
    outcome = Outcome()
    for name, calls in ((NGINX, 40_000), (OURS, 10_000), (LITELLM, 100)):
        outcome.rounds.add("plain", name, _plain(calls))
    assert last_line(outcome.rounds) == "ratio to nginx: 0.25, to LiteLLM: 100"


def test_a_ratio_to_somebody_absent_is_not_measured() -> None:
    outcome = Outcome()
    outcome.rounds.add("plain", NGINX, _plain(50_000))
    outcome.rounds.add("plain", OURS, _plain(10_000))
    assert last_line(outcome.rounds) == "ratio to nginx: 0.2, to LiteLLM: not measured"


def test_what_limits_cost_is_taken_in_one_round() -> None:
    outcome = Outcome()
    outcome.rounds.add("plain", OURS, _plain(10_400))
    outcome.rounds.add("plain", LIMITED, _plain(10_000))
    line = limits_line(outcome.rounds)
    assert line.endswith(": a call 1.04, a stream not measured, a stream at 20 ms a chunk not measured")


def test_the_missing_are_named() -> None:
    outcome = Outcome(versions={NGINX: "1.22"}, missing={LITELLM: "it is not installed"})
    outcome.rounds.add("plain", NGINX, _plain(50_000))
    text = tables(outcome)
    assert "LiteLLM                   missing" in text
    assert "missing: LiteLLM: it is not installed" in text


def test_a_rate_that_was_computed_has_an_asterisk_and_its_footnote() -> None:
    outcome = Outcome(versions={NGINX: "1.22"})
    outcome.rounds.add("plain", NGINX, Sample(calls=100, failed=0, elapsed_s=1.0, cpu_s=0.5))
    text = tables(outcome)
    assert "200*" in text
    assert "* used less than 95% of its core" in text
