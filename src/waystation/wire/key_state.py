"""The states of a vendor's key."""

from typing import Literal

# "limited" cools until a time, "probing" lets one call at a time through, "disabled" was said by hand.
KeyState = Literal["ready", "limited", "probing", "refused", "broke", "disabled"]

# What a refusal says of the key. "suspect": perhaps the key, perhaps only the model; "barred": only this model.
Verdict = Literal["ready", "limited", "suspect", "barred", "refused", "broke"]
