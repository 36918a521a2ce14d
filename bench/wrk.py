"""Saturating plain load from wrk: C like nginx, so that the generator keeps up with the gateway."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.gateways.gateway import Lane
from bench.processes import LOAD_CORE, NotStarted
from waystation.bench.options import Options
from waystation.bench.request import call_request

CONNECTIONS = 32
_MARK = "bench-result "
_SCRIPT = """
wrk.method = "POST"
wrk.body = io.open({body}, "rb"):read("*a")
{headers}
done = function(summary)
  local e = summary.errors
  io.write(string.format('bench-result {{"calls":%d,"elapsed_us":%d,"failed":%d}}\\n', summary.requests,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """`failed` counts answers that were no 2xx or 3xx, and calls without an answer."""

    calls: int
    elapsed_s: float
    failed: int


def saturate(lane: Lane, seconds: int, folder: Path) -> Burst:
    """A closed loop of CONNECTIONS callers for `seconds`, whole ones as wrk wants them.

    Raises: NotStarted if wrk cannot run.
    """
    if not shutil.which("wrk"):
        raise NotStarted("no wrk in PATH (bench/install.sh installs it)")
    file = folder / "wrk.lua"
    file.write_text(script(lane, folder / "wrk.body"))
    argv = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    argv += ["--timeout", "30s", "-s", str(file), f"{lane.url}/v1/chat/completions"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds + 60)
    return parse(done.stdout, done.stderr)


def parse(out: str, err: str) -> Burst:
    """What wrk's script printed. Raises: NotStarted if it did not come to that."""
    for line in out.splitlines():
        if line.startswith(_MARK):
            result = json.loads(line.removeprefix(_MARK))
            return Burst(result["calls"], result["elapsed_us"] / 1e6, result["failed"])
    raise NotStarted(f"wrk gave no result:\n{(out + err)[-1_000:]}")


def script(lane: Lane, body_file: Path) -> str:
    """The same call as the Python client's, head and body taken from its bytes."""
    options = Options(url=lane.url, token=lane.token, model=lane.model, headers=lane.headers)
    head, _, body = call_request(options).partition(b"\r\n\r\n")
    body_file.write_bytes(body)
    fields = (line.split(": ", 1) for line in head.decode().splitlines()[1:])
    wanted = [(name, value) for name, value in fields if name not in {"Host", "Content-Length"}]
    headers = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in wanted)
    return _SCRIPT.format(body=json.dumps(str(body_file)), headers=headers)
