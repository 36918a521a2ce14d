"""What all languages of embeddings have in common: texts come in, and a reply that says nothing but its usage."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from waystation.demo.ask import ChatAsk
from waystation.demo.forms import Form
from waystation.demo.replies import Reply, Wire
from waystation.demo.settings import DemoSettings
from waystation.demo.tokens import count
from waystation.demo.usage import Usage

MAX_DIMENSIONS: Final = 4096


@dataclass(frozen=True, slots=True)
class EmbedCall:
    """`tell` writes the answer with this usage; token ids count one for each, a text its words."""

    model: str
    inputs: list[str | list[int]]
    tell: Callable[[Reply], Wire]
    id_prefix: str = "emb-"
    form: Form = field(default=Form.BARE)

    @property
    def ask(self) -> ChatAsk:
        return ChatAsk(model=self.model)

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:  # noqa: ARG002 - nothing is said
        used = sum(count(one) if isinstance(one, str) else len(one) for one in self.inputs)
        return Reply(
            id=f"{self.id_prefix}{suffix}",
            model=self.model,
            created=created,
            choices=len(self.inputs),
            pieces=(),
            tool=None,
            finish_reason="stop",
            usage=Usage(used, 0),
        )

    def plain(self, reply: Reply) -> Wire:
        return self.tell(reply)

    def events(self, reply: Reply) -> Iterator[Wire]:
        """There is no stream of embeddings, though a fault may answer with one."""
        yield self.tell(reply)

    def keep(self, reply: Reply) -> None:
        """Embeddings can't be asked for again."""


def text_of(one: str | list[int]) -> str:
    """Token ids stand for a text that is made of their numbers."""
    return one if isinstance(one, str) else " ".join(map(str, one))
