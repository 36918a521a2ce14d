"""What stands at a path: a model that is called, or something else that can be asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from waystation.demo.language import Language
from waystation.demo.replies import Wire
from waystation.demo.request import Request

Errand = Callable[[Request], Wire]  # raises Refused


@dataclass(frozen=True, slots=True)
class Place:
    """`errands` are by method, and run no model; without any, POST calls the model."""

    language: Language
    errands: Mapping[str, Errand] = field(default_factory=dict)

    @property
    def is_call(self) -> bool:
        return not self.errands

    @property
    def methods(self) -> frozenset[str]:
        return frozenset(self.errands or ("POST",))
