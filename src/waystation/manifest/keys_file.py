"""Files of keys, one on each line: thousands at once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from waystation.manifest.fields import key_of
from waystation.wire.errors import Misconfigured

SIZE_MAX: Final = 4 * 1024 * 1024
KEYS_MAX: Final = 20_000
_SHOWN_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class KeysFile:
    """The secrets, each with its line (from 1); no line of text is told of those that are no keys.

    `again`: lines with the secret of an earlier one. Lines that begin with # are comments.
    """

    secrets: dict[str, int] = field(default_factory=dict, repr=False)
    blank: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)


def read_keys(path: Path) -> KeysFile:
    """Raises: Misconfigured if it can't be read, or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise Misconfigured(f"{path.name} can't be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise Misconfigured(f"{path.name} is not UTF-8 text") from None
    if len(content) > SIZE_MAX:
        raise Misconfigured(f"{path.name} is larger than {SIZE_MAX} bytes")
    found = KeysFile()
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), start=1):
        _sort(line.strip(), number, found)
    if len(found.secrets) > KEYS_MAX:
        raise Misconfigured(f"{path.name} has more than {KEYS_MAX} keys")
    return found


def lines_text(numbers: list[int]) -> str:
    """As in "lines 4, 9 and 13"."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if len(numbers) > _SHOWN_MAX:
        return f"lines {', '.join(map(str, numbers[:_SHOWN_MAX]))} and {len(numbers) - _SHOWN_MAX} more"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _sort(text: str, number: int, found: KeysFile) -> None:
    if not text:
        found.blank.append(number)
    elif text.startswith("#"):
        return
    elif text in found.secrets:
        found.again.append(number)
    else:
        try:
            found.secrets[key_of(text).get_secret_value()] = number
        except ValueError:
            found.wrong.append(number)
