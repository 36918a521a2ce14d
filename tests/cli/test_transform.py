import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from waystation.cli import app

CHAT: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "你好"}], "seed": 7}


def transform(*words: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(app, ["transform", *words], input=stdin)
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(CHAT))
    return str(path)


def test_it_prints_what_a_vendor_would_receive_and_what_is_lost(file: str) -> None:
    result = transform("--from", "openai.chat", "--to", "anthropic.messages", file)
    body = json.loads(result.stdout)
    assert (result.exit_code, body["model"], body["messages"]) == (0, "gpt-4o", [{"role": "user", "content": "你好"}])
    assert body["max_tokens"] == 16_384
    assert "lost: seed: " in result.stderr


def test_model_bound_and_vendor_may_be_given(file: str) -> None:
    words = ("--model", "claude-x", "--max-output-tokens", "9")
    shown = transform("--from", "openai.chat", "--to", "anthropic.messages", *words, file)
    assert [json.loads(shown.stdout)[name] for name in ("model", "max_tokens")] == ["claude-x", 9]
    chat = json.dumps({**CHAT, "messages": [{"role": "developer", "content": "Be brief."}]}).encode()
    for vendor, role in (("openai", "developer"), ("openai_compatible", "system")):
        shown = transform("--from", "openai.chat", "--to", "openai.chat", "--vendor", vendor, "-", stdin=chat)
        assert json.loads(shown.stdout)["messages"][0]["role"] == role
        assert shown.stderr == "nothing is lost\n"


def test_a_loss_for_which_a_call_is_refused_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({**CHAT, "n": 2}))
    result = transform("--from", "openai.chat", "--to", "anthropic.messages", str(path))
    assert "refused: " in result.stderr


def test_embeddings_and_languages_that_name_the_model_in_the_path() -> None:
    texts = transform("--from", "openai.embeddings", "--to", "cohere.embed", "-", stdin=b'{"model":"e","input":"Hi"}')
    assert json.loads(texts.stdout)["texts"] == ["Hi"]
    contents = b'{"contents":[{"parts":[{"text":"Hi"}]}]}'
    words = ("--from", "gemini.generate", "--to", "openai.chat", "--model", "m", "--stream", "-")
    assert json.loads(transform(*words, stdin=contents).stdout)["stream"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "latin", "--to", "openai.chat"), "is no language of ours"),
        (("--from", "openai.chat", "--to", "openai.embeddings"), "there is no way from"),
        (("--from", "openai.chat", "--to", "openai.chat", "--vendor", "x"), "is no vendor of ours"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(file: str, words: tuple[str, ...], said: str) -> None:
    result = transform(*words, file)
    assert (result.exit_code, said in result.stderr) == (1, True)


def test_a_file_that_can_not_be_read_or_understood_is_named(tmp_path: Path) -> None:
    missing = transform("--from", "openai.chat", "--to", "openai.chat", str(tmp_path / "none.json"))
    assert (missing.exit_code, "can't be read" in missing.stderr) == (1, True)
    odd = transform("--from", "openai.chat", "--to", "openai.chat", "-", stdin=b"[]")
    assert (odd.exit_code, odd.stderr.startswith("error: ")) == (1, True)
