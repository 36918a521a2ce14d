"""What processes tell each other of their keys: one condition, as one of them knows it."""

from typing import Final

import msgspec

from waystation.keys.condition import Condition, Trouble
from waystation.keys.health import Benched

# Who heard of a condition from another process lets that one probe first, so that they do not all do it at once.
STAGGER_S: Final = 0.2
SPREAD_S: Final = 0.8

# A process that probes and then says nothing any more is gone.
PROBE_S: Final = 30.0

# What is told again and differs by less than this is nothing new.
_SAME_S: Final = 2.0


class Subject(msgspec.Struct, frozen=True):
    """What a condition is of: a key by its id, or an account by its name in the book; `model` None: for all of them."""

    key: str | None
    account: str | None
    model: str | None


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """`trouble` None: there is none any more. `wait_s`: from now on, below 0: over. The rest as in `Condition`."""

    subject: Subject
    trouble: Trouble | None
    wait_s: float = 0.0
    failures: int = 0
    cause: str = ""
    told: bool = False
    checked: bool = False
    suspect: bool = False
    probing: bool = False


def known(subject: Subject, condition: Condition | None, now: float) -> Known:
    if condition is None:
        return Known(subject, None)
    return Known(
        subject,
        condition.state,
        condition.until - now,
        condition.failures,
        condition.cause,
        condition.told,
        condition.checked,
        condition.suspect,
        condition.probing,
    )


def take_over(benched: Benched, told: Known, now: float, draw: float) -> bool:
    """Make it so here. Whether anything has changed. `draw`: a random number in [0, 1)."""
    model = told.subject.model
    condition = benched.by_model.get(model)
    if told.trouble is None:
        return benched.by_model.pop(model, None) is not None
    if condition is None:
        condition = Condition(told.trouble)
        benched.put(model, condition)
    elif _same(condition, told, now):
        return False
    if condition.failures != told.failures or condition.state != told.trouble:
        condition.since = now
    condition.state, condition.failures, condition.cause = told.trouble, told.failures, told.cause
    condition.told, condition.checked, condition.suspect = told.told, told.checked, told.suspect
    condition.until = now + told.wait_s
    if told.wait_s > 0 and not told.told:
        condition.until += STAGGER_S + SPREAD_S * draw
    condition.elsewhere = now + PROBE_S if told.probing else 0.0
    return True


def _same(condition: Condition, told: Known, now: float) -> bool:
    return (
        (condition.state, condition.failures) == (told.trouble, told.failures)
        and (condition.told, condition.checked, condition.suspect) == (told.told, told.checked, told.suspect)
        and (condition.elsewhere > now) == told.probing
        and (told.wait_s <= 0 or abs(condition.until - now - told.wait_s) < _SAME_S)
    )
