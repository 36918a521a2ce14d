"""What was heard of a chat's answer so far: model, finish, usage, and how much text."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import NULL, Answer, Choice, OddAnswer, OddChoice, Said, Text, hear_usage
from waystation.dialects.weighing import weight_of
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard

MODEL_MAX_CHARS: Final = 256
REASON_MAX_CHARS: Final = 64


class Notes:
    """Of `choices` answers, the number that were asked for. `whole`: they come as messages, not as deltas."""

    __slots__ = (
        "_begun",
        "_chars",
        "_choices",
        "_heard",
        "_reasons",
        "_repeated",
        "_tier",
        "_whole",
        "_wide",
        "response_model",
    )

    def __init__(self, choices: int, *, whole: bool) -> None:
        self.response_model: str | None = None
        self._choices = choices
        self._whole = whole
        self._begun: set[int] = set()
        self._reasons: dict[int, str] = {}
        self._heard: Heard | None = None
        self._repeated = False
        self._tier: object = None
        self._chars = 0
        self._wide = 0  # bytes of UTF-8 beyond one for each character

    def note(self, answer: Answer | OddAnswer) -> None:
        if self.response_model is None:
            self._note_model(answer.model)
        for choice in answer.choices or ():
            self._note_choice(choice)
        if answer.usage != NULL:
            self._hear(answer.usage)
        if answer.service_tier is not None:
            self._tier = answer.service_tier

    @property
    def finished(self) -> bool:
        """Every answer that was asked for has said why it ended."""
        return len(self._reasons) >= self._choices

    @property
    def settled(self) -> bool:
        """Every answer that has begun has said why it ended: llama.cpp and transformers give one, whatever `n` asks."""
        return bool(self._reasons) and self._begun == self._reasons.keys()

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return tuple(map(self._reasons.__getitem__, sorted(self._reasons)))

    @property
    def usage(self) -> Heard | None:
        """The last one: some vendors repeat it as it grows."""
        if self._heard is None:
            return None
        heard = self._heard.served(self._tier)
        return Heard(heard.usage, (*heard.marks, "usage_repeated")) if self._repeated else heard

    @property
    def weight(self) -> Weight:
        return weight_of(self._chars + self._wide, self._chars)

    def _note_model(self, model: object) -> None:
        if isinstance(model, str) and 0 < len(model) <= MODEL_MAX_CHARS and model.isprintable():
            self.response_model = model

    def _note_choice(self, choice: Choice | OddChoice) -> None:
        said = choice.message if self._whole else choice.delta  # MiniMax repeats the whole text as a last message
        if isinstance(said, Said):
            self._weigh(said)
        elif said is not None and said != NULL:
            self._add_bytes(said)
        if isinstance(choice.index, int):
            self._begun.add(choice.index)
        if choice.finish_reason is not None:
            self._finish(choice.index, choice.finish_reason)
        if choice.usage != NULL:
            self._hear(choice.usage)

    def _weigh(self, said: Said) -> None:
        if said.content:
            self._add(said.content)
        thought = said.reasoning_content or said.reasoning  # some send the same text under both names
        if thought:
            self._add(thought)
        if said.refusal:
            self._add(said.refusal)
        if said.tool_calls or said.function_call:
            self._weigh_calls(said)

    def _weigh_calls(self, said: Said) -> None:
        functions = [call.function for call in said.tool_calls or ()]
        for function in (*functions, said.function_call):
            if function is not None:
                self._add(function.name)
                self._add(function.arguments)
        for call in said.tool_calls or ():
            self._add(call.custom)

    def _add(self, text: Text) -> None:
        if isinstance(text, str):
            self._chars += len(text)
            if not text.isascii():
                self._wide += len(text.encode()) - len(text)
        elif text:
            for part in text.values() if isinstance(text, dict) else text:
                self._add_bytes(part)

    def _add_bytes(self, raw: msgspec.Raw) -> None:
        """A JSON value weighs what it is written with; a string, without its quotes."""
        self._add(str(raw, "utf-8", "replace").strip('"'))

    def _finish(self, index: object, reason: object) -> None:
        """Tencent says "" and DashScope "null" of a choice that goes on."""
        if not isinstance(reason, str) or reason in ("", "null"):
            return
        if isinstance(index, int) and 0 <= index < self._choices:
            self._reasons[index] = reason[:REASON_MAX_CHARS] if reason.isprintable() else "unreadable"

    def _hear(self, raw: msgspec.Raw) -> None:
        heard = hear_usage(raw)
        if heard is None:
            return
        if self._heard is not None and self._heard.usage != heard.usage:
            self._repeated = True
        self._heard = heard
