"""The README's own commands, run as they stand there: a reader must not be the first to try them."""

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from scripts.check_headings import outline

README = outline((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8"))
ADDRESS = "127.0.0.1:8080"


class Demo(NamedTuple):
    """A running `waystation serve --demo`, and what its banner gave."""

    folder: Path
    address: str
    token: str
    banner: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("readme")
    command = [sys.executable, "-m", "waystation", "serve", "--demo", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        banner = ""
        while "Ctrl-C" not in banner:
            line = process.stdout.readline()
            assert line, f"it ended after saying {banner!r}"
            banner += line
        address, token = re.search(r"http://([\d.:]+)", banner), re.search(r"sk-ws-\w+", banner)
        assert address is not None
        assert token is not None
        yield Demo(folder, address[1], token[0], banner)
        process.terminate()
        assert process.wait(20) == 0


def _block(language: str, holding: str) -> str:
    (block,) = (code for spoken, code in README.blocks if spoken == language and holding in code)
    return block


def _commands(holding: str) -> list[list[str]]:
    """The lines of a shell block that run waystation, as arguments for this very interpreter."""
    lines = _block("sh", holding).splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith(".venv/bin/waystation ")]


def _waystation(folder: Path, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "waystation", *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _curl(words: list[str], address: str) -> str:
    """The answer to a curl command; a fresh machine has no curl."""
    parser = argparse.ArgumentParser()
    for flag in ("-s", "-N", "-sN"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-H", action="append")
    parser.add_argument("-d")
    parser.add_argument("url")
    asked = parser.parse_args(words)
    with closing(HTTPConnection(address, timeout=20)) as connection:
        connection.request("POST", urlsplit(asked.url).path, asked.d, dict(header.split(": ") for header in asked.H))
        answer = connection.getresponse()
        body = answer.read().decode()
    assert answer.status == 200, body
    return body


def _until(word: str, look: Callable[[], str]) -> bool:
    """Whether what is seen holds the word within a few looks: call records are written a moment after the answer."""
    return any(word in look() for _ in range(20))


def test_the_first_call_streams_an_answer(demo: Demo) -> None:
    script = _block("sh", "curl").replace("\\\n", " ").replace("$WAYSTATION_TOKEN", demo.token)
    (line,) = (line for line in script.splitlines() if line.startswith("curl"))
    assert ADDRESS in line
    body = _curl(shlex.split(line)[1:], demo.address)
    assert body.endswith("data: [DONE]\n\n")


def test_the_line_of_the_banner_streams_an_answer(demo: Demo) -> None:
    line = re.search(r"curl .*?'$", demo.banner.replace("\\\n", " "), re.MULTILINE)
    assert line is not None
    assert _curl(shlex.split(line[0])[1:], demo.address).endswith("data: [DONE]\n\n")


def test_the_sdk_gets_an_answer_that_is_then_booked(demo: Demo) -> None:
    program = _block("python", "OpenAI").replace(ADDRESS, demo.address)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "WAYSTATION_TOKEN": demo.token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != ""
    listing, verifying = _commands("waystation calls")
    assert _until("demo-large", lambda: _waystation(demo.folder, *listing))
    assert _waystation(demo.folder, *verifying) != ""


def test_the_file_applies_and_a_token_is_made(tmp_path: Path) -> None:
    (tmp_path / "waystation.yaml").write_text(_block("yaml", "upstreams"), encoding="utf-8")
    apply, create, serve = _commands("waystation apply")
    assert "+ create model gpt-4o" in _waystation(tmp_path, *apply, KEY_A="key-of-ours-a", KEY_B="key-of-ours-b")
    assert _waystation(tmp_path, *create).startswith("sk-ws-")
    assert serve == ["serve"]
