"""Which path belongs to which language."""

from typing import Final

from waystation.demo.anthropic.language import Anthropic
from waystation.demo.chat import Chat
from waystation.demo.cohere import CohereEmbed
from waystation.demo.completions import Completions
from waystation.demo.embeddings import Embeddings
from waystation.demo.gemini.places import gemini_place
from waystation.demo.models import listed, shown
from waystation.demo.place import Place
from waystation.demo.request import Request
from waystation.demo.responses.language import Responses
from waystation.demo.responses.shelf import ResponseShelf
from waystation.demo.settings import DemoSettings

_GEMINI: Final = ("/v1beta/models/", "/v1/models/")  # the SDK took to the second with version 3 (2026-11)


class Places:
    """The places of one double, with the responses that it keeps."""

    def __init__(self, settings: DemoSettings) -> None:
        self._settings = settings
        prefix = settings.prefix
        self._chat = Chat()
        self._shelf = ResponseShelf(settings.kept_responses)
        self._responses = Responses(self._shelf)
        anthropic = Anthropic()
        self._fixed = {
            f"{prefix}/chat/completions": Place(self._chat),
            f"{prefix}/completions": Place(Completions()),
            f"{prefix}/embeddings": Place(Embeddings()),
            f"{prefix}/messages": Place(anthropic),
            f"{prefix}/messages/count_tokens": Place(anthropic, {"POST": anthropic.count}),
            f"{prefix}/responses": Place(self._responses),
            f"{prefix}/models": Place(self._chat, {"GET": lambda _: listed(settings)}),
            "/v2/embed": Place(CohereEmbed()),
        }

    def find(self, request: Request) -> Place | None:
        path = request.path
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed
        for gemini in _GEMINI:
            place = gemini_place(path.removeprefix(gemini), request.asked("alt")) if path.startswith(gemini) else None
            if place is not None:
                return place
        models, responses = f"{self._settings.prefix}/models/", f"{self._settings.prefix}/responses/"
        if path.startswith(models):
            name = path.removeprefix(models)
            return Place(self._chat, {"GET": lambda _: shown(self._settings, name)})
        if path.startswith(responses):
            errands = self._shelf.errands(path.removeprefix(responses))
            return Place(self._responses, errands) if errands else None
        return None
