"""What a fault is, and how one is written: a generator over the steps of a script, put on its file's shelf."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

from waystation.demo.answer import Step
from waystation.demo.scene import Scene

Script = Callable[[Scene], Iterator[Step]]


class Stage(IntEnum):
    """How far a call has come when a fault strikes."""

    CONNECT = 0  # the connection was accepted; neither key nor model is known
    HEAD = 1  # the request's headers were read; the key is known
    BODY = 2  # the whole request was read


@dataclass(frozen=True, slots=True)
class Fault:
    """`amount` is the parameter of a fault that has one, in `unit`; `metered` says that the model ran all the same."""

    name: str
    about: str
    script: Script
    stage: Stage = Stage.BODY
    metered: bool = True
    amount: float | None = None
    unit: str = ""

    def with_amount(self, amount: float) -> Self:
        """Raises ValueError if the fault has no parameter, or for a negative amount."""
        if self.amount is None:
            raise ValueError(f"the fault {self.name!r} takes no amount")
        if not 0 <= amount < float("inf"):
            raise ValueError(f"an amount is a number of {self.unit}, at least 0")
        return replace(self, amount=amount)


class Shelf:
    """The faults of one file, in the order in which they stand there."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def put(
        self,
        name: str,
        *,
        stage: Stage = Stage.BODY,
        metered: bool = True,
        amount: float | None = None,
        unit: str = "",
    ) -> Callable[[Script], Script]:
        """Puts the decorated script here; the first line of its docstring is what the CLI lists."""

        def keep(script: Script) -> Script:
            about = (script.__doc__ or "").strip().partition("\n")[0]
            self.faults.append(Fault(name, about, script, stage, metered, amount, unit))
            return script

        return keep
