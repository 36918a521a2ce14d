"""How many files and sockets the process may have open: each call under way takes two."""

import resource
from typing import Final

ENOUGH: Final = 1_048_576  # Linux grants no more (fs.nr_open), also where it says "unlimited"


def raise_limit() -> int:
    """Take all that the system grants, and say how much that is. Debian starts programs with 1,024 of 524,288."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
