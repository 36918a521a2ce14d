"""Waystation as its operator runs it: a file applied, the server started, the books read."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from e2e_real.processes import free_port, running
from e2e_real.reported import Counts

TOKEN: Final = "e2e-token-0123456789-abcdefghij"
PUBLIC_MODEL: Final = "tiny"
# Whole nanos per token, so that no rounding hides a difference.
NANOS_PER_TOKEN: Final = {"input": 2_000, "cached": 500, "output": 8_000}

_COMMAND: Final = (sys.executable, "-m", "waystation")
_START_S: Final = 30.0
_COMMAND_S: Final = 60.0
_BOOKED_S: Final = 30.0
_FILE: Final = """
upstreams:
  - {{name: real, vendor: openai_compatible, base_url: "http://127.0.0.1:{port}/v1", keys: ["${{SERVER_KEY}}"]}}
models:
  - name: {public}
    routes: [{{upstream: real, model: {model}}}]
    price: {{currency: USD, input: "2.00", output: "8.00", cache_read_input: "0.50"}}
organizations:
  - name: e2e
    opening_credit: "1000 USD"
    tokens: [{{name: rig, secret: "{token}", models: [{public}]}}]
"""


class Refused(Exception):
    """A command of ours did not exit with 0; the message holds what it printed."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A row of `waystation calls --json`, as far as it is compared."""

    call_id: str
    outcome: str
    request_model: str
    response_model: str | None
    finish: str | None
    usage: Counts | None
    estimated: bool
    amount_nanos: int

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Booked":
        usage = row.get("usage") or {}
        said = usage.get("input_tokens") is not None
        finishes = row.get("finish_reasons") or [None]
        return cls(
            call_id=row["call_id"],
            outcome=row["outcome"],
            request_model=row["request_model"],
            response_model=row.get("response_model"),
            finish=finishes[0],
            usage=Counts(usage["input_tokens"], usage["output_tokens"], usage.get("cache_read_input_tokens"))
            if said
            else None,
            estimated=row["estimated"],
            amount_nanos=row["amount_nanos"],
        )


class Station:
    def __init__(self, folder: Path, server_key: str) -> None:
        self._folder = folder
        self._env = {"WAYSTATION_DATA_DIR": str(folder / "data"), "SERVER_KEY": server_key}
        self.port = free_port()

    @contextmanager
    def serving(self, server_port: int, model: str) -> Iterator[None]:
        """Raises: Refused, NotStarted."""
        file = self._folder / "waystation.yaml"
        file.write_text(_FILE.format(port=server_port, model=model, public=PUBLIC_MODEL, token=TOKEN))
        self._run("apply", str(file))
        with running(
            [*_COMMAND, "serve", "--host", "127.0.0.1", "--port", str(self.port)],
            port=self.port,
            log=self._folder / "waystation.log",
            ready="/readyz",
            patience_s=_START_S,
            folder=self._folder,
            env=self._env,
        ):
            yield

    def booked(self, count: int) -> list[Booked]:
        """All rows, as soon as there are `count`, or what there is when patience ends: rows are written in batches."""
        deadline = time.monotonic() + _BOOKED_S
        while True:
            output = self._run("calls", "--json", "--limit", "10000")
            rows = [Booked.of(json.loads(line)) for line in output.splitlines()]
            if len(rows) >= count or time.monotonic() > deadline:
                return rows
            time.sleep(0.5)

    def verify(self) -> str:
        """Raises: Refused if the ledger does not add up."""
        return self._run("ledger", "verify")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*_COMMAND, *words],
            cwd=self._folder,
            env={**os.environ, **self._env},
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise Refused(f"waystation {' '.join(words)} exited with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout
