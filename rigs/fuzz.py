"""`make fuzz`: bytes that no vendor and no caller would send, for a bounded time; a codec raises its own errors only.

    python -m rigs.fuzz [--seconds N]

Each target is a process of its own, guided by coverage. The seeds are the fixtures of the golden matrix.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

FIXTURES: Final = Path(__file__).parents[1] / "tests" / "golden" / "fixtures"
TARGETS: Final = ("request", "reply", "stream")


def main() -> int:
    options = _options()
    failed = 0
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            count = _seed(Path(folder), target)
            print(f"fuzz: {target}, {count} seeds, {options.seconds} s", flush=True)
            argv = [
                sys.executable,
                "-m",
                "rigs.fuzz_target",
                target,
                folder,
                f"-max_total_time={options.seconds}",
                f"-artifact_prefix={folder}/",
            ]
            done = subprocess.run([*argv, "-max_len=20000", "-verbosity=0", "-print_final_stats=1"], check=False)
            failed += done.returncode != 0
    print(f"{len(TARGETS)} targets, {failed} failed")
    return bool(failed)


def _seed(folder: Path, target: str) -> int:
    seeds = list(_seeds(target))
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    return len(seeds)


def _seeds(target: str) -> Iterator[bytes]:
    for path in sorted(FIXTURES.rglob("*.json")):
        fixture = msgspec.json.decode(path.read_bytes())
        match target:
            case "request" if "request" in fixture:
                yield msgspec.json.encode(fixture["request"])
            case "reply" if "reply" in fixture:
                yield msgspec.json.encode(fixture["reply"])
            case "stream" if "stream" in fixture:
                yield b"".join(_event(event) for event in fixture["stream"])


def _event(event: dict[str, object]) -> bytes:
    name = f"event: {event['event']}\n".encode() if event.get("event") else b""
    data = event["data"]
    return name + b"data: " + (data.encode() if isinstance(data, str) else msgspec.json.encode(data)) + b"\n\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
