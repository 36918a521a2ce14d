import pytest

from waystation.manifest.limits import QUEUE_S, limits_of
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.schema import LimitedEntry
from waystation.wire.limit import Limit


def read(**fields: object) -> tuple[tuple[Limit, ...], list[str]]:
    report = Report("file")
    limits = limits_of(("organizations", 0), LimitedEntry.model_validate(fields), report)
    try:
        report.raise_if_any()
    except Rejected as error:
        return limits, [str(mistake) for mistake in error.mistakes]
    return limits, []


def test_one_for_all_models_and_one_for_each() -> None:
    limits, wrong = read(
        limit={"rpm": 60, "tpm": 1000, "concurrency": 5, "queue": 3, "queue_s": 7},
        limits=[{"model": "m", "rpm": 6}, {"model": "other", "concurrency": 1, "queue": 2}],
    )
    assert wrong == []
    assert limits == (
        Limit(60, 1000, 5, 3, 7),
        Limit(rpm=6, model="m"),
        Limit(concurrency=1, queue=2, queue_s=QUEUE_S, model="other"),
    )


def test_without_any_there_are_none() -> None:
    assert read() == ((), [])


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ({"limit": {"rpm": 1}, "limits": [{"tpm": 1}]}, "limits[0]", "a second limit for all models: keep one"),
        (
            {"limits": [{"rpm": 1, "model": "m"}, {"tpm": 1, "model": "m"}]},
            "limits[1]",
            "a second limit for model 'm': keep one",
        ),
        ({"limit": {"model": "m"}}, "limit", "limits nothing: give rpm, tpm or concurrency"),
        ({"limit": {"rpm": 1, "queue": 5}}, "limit.queue", "only who limits concurrency has one"),
        ({"limit": {"concurrency": 1, "queue_s": 5}}, "limit.queue_s", "given without a queue"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(fields: dict[str, object], place: str, said: str) -> None:
    _, (wrong,) = read(**fields)
    assert f"organizations[0].{place.removesuffix('[0]').removesuffix('[1]')}" in wrong
    assert said in wrong
