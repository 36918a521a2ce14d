"""The list of models."""

import pytest

from waystation.demo.models import listed, shown
from waystation.demo.refusals import Refused
from waystation.demo.settings import DemoSettings

SETTINGS = DemoSettings(models=("a", "b"))


def test_every_model_is_listed_as_it_is_shown() -> None:
    assert listed(SETTINGS) == {"object": "list", "data": [shown(SETTINGS, "a"), shown(SETTINGS, "b")]}


def test_an_unlisted_model_is_refused() -> None:
    with pytest.raises(Refused, match="`c` does not exist"):
        shown(SETTINGS, "c")
