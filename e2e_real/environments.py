"""Throw-away Python environments outside the project, and the tiny models made inside them; both are kept."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
INSTALL_S: Final = 3_000  # compiling llama.cpp takes 11 minutes at the lowest priority of two busy cores
MAKE_S: Final = 300
_DIGITS: Final = 12
# Without the flags of this one processor, so that the folder may be carried to another machine.
_COMPILE: Final = {"CMAKE_ARGS": "-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF"}


class NotInstalled(Exception):
    """A server cannot be had on this machine; the message holds the end of the log."""


def cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "waystation-e2e"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(name: str) -> Path:
    """The interpreter of an environment with exactly what requirements/NAME.txt pins. Raises: NotInstalled."""
    pins = HERE / "requirements" / f"{name}.txt"
    folder = cache() / f"{name}-{_digest(pins.read_bytes(), sys.version.encode())}"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if done.exists():
        return python
    print(f"installing {name} into {folder}", flush=True)
    started = time.monotonic()
    for stale in cache().glob(f"{name}-{'?' * _DIGITS}"):  # of other pins or another Python, or half made
        shutil.rmtree(stale)
    log = cache() / f"{name}-install.log"
    _run([sys.executable, "-m", "venv", str(folder)], log)
    _run([str(python), "-m", "pip", "--disable-pip-version-check", "install", "--requirement", str(pins)], log)
    done.touch()
    print(f"installed {name} in {time.monotonic() - started:.0f} s", flush=True)
    return python


def model(python: Path, maker: str, file_name: str) -> Path:
    """The path of the model that the script inside/MAKER writes; made anew when the script changes."""
    script = HERE / "inside" / maker
    folder = cache() / f"model-{_digest(script.read_bytes())}"
    made = folder / file_name
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _run([str(python), str(script), str(made)], cache() / "make.log", MAKE_S)
        (folder / "made").touch()
    return made


def _run(argv: list[str], log: Path, limit_s: float = INSTALL_S) -> None:
    with log.open("wb") as out:
        try:
            subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | _COMPILE,
                timeout=limit_s,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            tail = log.read_text("utf-8", "replace")[-2_000:]
            raise NotInstalled(f"{error}\n{tail}") from error


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:_DIGITS]
