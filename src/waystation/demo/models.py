"""The list of models, in OpenAI's form."""

from typing import Final

from waystation.demo.refusals import Refused, unknown_model
from waystation.demo.replies import Wire
from waystation.demo.settings import DemoSettings

_LISTED_SINCE: Final = 1_700_000_000  # the `created` of every model


def listed(settings: DemoSettings) -> Wire:
    return {"object": "list", "data": [_object(name) for name in settings.models]}


def shown(settings: DemoSettings, name: str) -> Wire:
    """Raises Refused for a model that is not listed."""
    if name not in settings.models:
        raise Refused(unknown_model(name))
    return _object(name)


def _object(name: str) -> Wire:
    return {"id": name, "object": "model", "created": _LISTED_SINCE, "owned_by": "waystation-demo"}
