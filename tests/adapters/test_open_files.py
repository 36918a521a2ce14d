import resource
from collections.abc import Iterator

import pytest

from waystation.adapters.open_files import raise_limit


@pytest.fixture
def most() -> Iterator[int]:
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield most
    resource.setrlimit(resource.RLIMIT_NOFILE, (now, most))


def test_the_limit_is_raised_to_what_the_system_grants(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    assert raise_limit() == most
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
