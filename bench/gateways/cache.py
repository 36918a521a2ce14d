"""Where the neighbours' throw-away environments live: outside the project, kept between runs."""

import os
from pathlib import Path


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "waystation-bench"
