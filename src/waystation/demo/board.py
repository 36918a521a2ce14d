"""Which fault strikes which call."""

from dataclasses import dataclass

from waystation.demo.faults import Fault, Stage

_Scope = tuple[str | None, str | None]  # key and model; None stands for all of them


@dataclass(slots=True)
class _Posted:
    fault: Fault
    left: int | None  # calls that it will still strike; None: for ever


class FaultBoard:
    """Faults for all calls, for a key, for a model, or for both; the most particular one strikes."""

    def __init__(self) -> None:
        self._posted: dict[_Scope, _Posted] = {}

    def post(self, fault: Fault, times: int | None, key: str | None, model: str | None) -> None:
        """Replaces what was posted for this scope. Raises ValueError unless `times` is at least 1."""
        if times is not None and times < 1:
            raise ValueError("a fault strikes at least once")
        self._posted[key, model] = _Posted(fault, times)

    def clear(self, key: str | None, model: str | None) -> None:
        """Takes down what was posted for this scope; without key and model, everything."""
        if key is None and model is None:
            self._posted.clear()
        else:
            self._posted.pop((key, model), None)

    def strike(self, stage: Stage, key: str | None = None, model: str | None = None) -> Fault | None:
        """The fault for a call that has come so far, counted as used; what is not yet known of the call is None.

        A fault of an earlier stage strikes as soon as its scope is known.
        """
        for scope in ((key, model), (key, None), (None, model), (None, None)):
            posted = self._posted.get(scope)
            if posted is not None and posted.fault.stage <= stage:
                return self._use(scope, posted)
        return None

    def _use(self, scope: _Scope, posted: _Posted) -> Fault:
        if posted.left is not None:
            posted.left -= 1
            if not posted.left:
                del self._posted[scope]
        return posted.fault
