import pytest

from tests.cli.world import Run


@pytest.mark.parametrize(
    "words",
    [
        ("--url", "nowhere"),
        ("--url", "http://127.0.0.1:9/v1", "--calls", "0"),
        ("--url", "http://x", "--rate", "0"),
        ("--url", "http://x", "--concurrency", "0"),
        ("--url", "http://x", "--seconds", "nan"),
    ],
)
def test_bad_options_are_told(run: Run, words: tuple[str, ...]) -> None:
    assert run("bench", *words, "--token", "t", "--model", "m").exit_code == 2


def test_a_gateway_that_is_not_there_fails_the_test(run: Run) -> None:
    result = run("bench", "--url", "http://127.0.0.1:9/v1", "--token", "t", "--model", "m", "--calls", "2", "--json")
    assert result.exit_code == 1
