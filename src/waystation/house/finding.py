"""What the doctor has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    subject: str
    words: str
