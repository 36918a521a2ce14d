"""The states of a vendor's key."""

from typing import Literal

KeyState = Literal["ready", "limited", "refused", "broke"]
