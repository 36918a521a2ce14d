"""The real model servers, and how each is started with a model that has random weights."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from e2e_real.environments import HERE, environment, model
from e2e_real.processes import running

MODEL: Final = "tiny-upstream"
START_S: Final = 180.0

Command = Callable[[Path, Path, int, str], list[str]]


@dataclass(frozen=True, slots=True)
class Server:
    """`command` makes the argument list from interpreter, model, port and key. `env` goes with it."""

    name: str
    requirements: str
    maker: str
    model_file: str
    command: Command
    env: Mapping[str, str] = field(default_factory=dict)


def _llama_cpp(python: Path, made: Path, port: int, _key: str) -> list[str]:
    return [str(python), str(HERE / "inside" / "serve_llama_cpp.py"), str(made), MODEL, str(port)]


def _llama_cpp_python(python: Path, made: Path, port: int, key: str) -> list[str]:
    options = ["--model", str(made), "--model_alias", MODEL, "--n_ctx", "2048", "--api_key", key]
    return [str(python), "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", str(port), *options]


def _transformers(python: Path, made: Path, port: int, _key: str) -> list[str]:
    """It serves the model under the path it was given, so that is a name relative to the folder it runs in."""
    options = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    return [str(python.parent / "transformers"), "serve", made.name, *options]


SERVERS: Final = (
    Server("llama.cpp", "llama_cpp", "make_gguf.py", "tiny.gguf", _llama_cpp),
    Server("llama-cpp-python", "llama_cpp_python", "make_gguf.py", "tiny.gguf", _llama_cpp_python),
    Server("transformers", "transformers", "make_transformers.py", MODEL, _transformers, {"HF_HUB_OFFLINE": "1"}),
)


@contextmanager
def serving(server: Server, port: int, key: str, folder: Path) -> Iterator[None]:
    """Installed if it was not, and answering. Raises: NotInstalled, NotStarted."""
    python = environment(server.requirements)
    made = model(python, server.maker, server.model_file)
    with running(
        server.command(python, made, port, key),
        port=port,
        log=folder / f"{server.name}.log",
        ready="/health",
        patience_s=START_S,
        folder=made.parent,
        env={**server.env, "SERVER_KEY": key},
    ):
        yield
