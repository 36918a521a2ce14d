"""Faults that are an honest refusal: an error status with an error body."""

from collections.abc import Iterator
from email.utils import formatdate
from typing import Final

from waystation.demo.answer import Act, Answer, Framing, Headers, Step, Wait, head
from waystation.demo.faults.fault import Fault, Script, Shelf, Stage
from waystation.demo.refusals import (
    BROKEN,
    IN_ARREARS,
    OVERLOADED,
    RATE_LIMITED,
    UNAVAILABLE,
    Refusal,
    masked,
    unknown_model,
    wrong_key,
)
from waystation.demo.scene import Scene, headers, plain, refused, told

shelf: Final = Shelf()

_LINGER_S: Final = 2.0  # for a client to see an early answer before the connection breaks
_LAST_DATE: Final = 253402300799  # the end of the year 9999, in seconds since 1970
_STATUSES: Final = {
    "400": Refusal(400, "Invalid value for 'temperature': expected at most 2.", param="temperature"),
    "403": Refusal(
        403, "Country, region, or territory not supported", "request_forbidden", None, "unsupported_country"
    ),
    "408": Refusal(408, "Timed out reading the request.", "request_timeout"),
    "413": Refusal(413, "Maximum content size limit exceeded."),
    "422": Refusal(422, "Unprocessable request."),
    "429": RATE_LIMITED,
    "429-arrears": IN_ARREARS,
    "500": BROKEN,
    "502": Refusal(502, "Bad gateway.", "server_error"),
    "503": UNAVAILABLE,
    "504": Refusal(504, "The request timed out.", "timeout"),
    "529": OVERLOADED,
}


def _refusing(refusal: Refusal) -> Script:
    def script(scene: Scene) -> Iterator[Step]:
        return told(scene, refused(scene, refusal))

    return script


for _name, _refusal in _STATUSES.items():
    _about = f"Status {_refusal.status}, type {_refusal.type}, code {_refusal.code}."
    shelf.faults.append(Fault(_name, _about, _refusing(_refusal), metered=False))


@shelf.put("401", metered=False)
def unauthorized(scene: Scene) -> Iterator[Step]:
    """Status 401 as for a wrong key, which is shown masked."""
    return told(scene, refused(scene, wrong_key(masked(scene.key))))


@shelf.put("keyleak-401", metered=False)
def keyleak(scene: Scene) -> Iterator[Step]:
    """Status 401 with the whole key in the error text."""
    return told(scene, refused(scene, wrong_key(scene.key)))


@shelf.put("404", metered=False)
def not_found(scene: Scene) -> Iterator[Step]:
    """Status 404, code model_not_found."""
    return told(scene, refused(scene, unknown_model(scene.ask.model)))


def _limited(scene: Scene, *extra: tuple[str, str]) -> Iterator[Step]:
    return told(scene, refused(scene, RATE_LIMITED, extra))


@shelf.put("429-retry-after", metered=False, amount=2, unit="seconds")
def retry_after(scene: Scene) -> Iterator[Step]:
    """Status 429 with Retry-After in seconds."""
    return _limited(scene, ("retry-after", f"{scene.amount:.15g}"))


@shelf.put("429-retry-after-ms", metered=False, amount=1500, unit="milliseconds")
def retry_after_ms(scene: Scene) -> Iterator[Step]:
    """Status 429 with retry-after-ms."""
    return _limited(scene, ("retry-after-ms", f"{scene.amount:.15g}"))


@shelf.put("429-retry-after-date", metered=False, amount=2, unit="seconds from now")
def retry_after_date(scene: Scene) -> Iterator[Step]:
    """Status 429 with Retry-After as an HTTP date."""
    return _limited(scene, ("retry-after", formatdate(min(scene.now + scene.amount, _LAST_DATE), usegmt=True)))


@shelf.put("429-retry-after-huge", metered=False, amount=10**12, unit="seconds")
def retry_after_huge(scene: Scene) -> Iterator[Step]:
    """Status 429 with a Retry-After of some 30,000 years."""
    return _limited(scene, ("retry-after", str(int(scene.amount))))


@shelf.put("429-retry-after-garbage", metered=False)
def retry_after_garbage(scene: Scene) -> Iterator[Step]:
    """Status 429 with a Retry-After that is neither seconds nor a date."""
    return _limited(scene, ("retry-after", "-1; soon"))


@shelf.put("early-413", stage=Stage.HEAD, metered=False)
def early_413(scene: Scene) -> Iterator[Step]:
    """Status 413 after the headers, with the body left unread; two seconds later RST."""
    answer = refused(scene, _STATUSES["413"], (("connection", "close"),))
    yield Act.STOP_READING
    yield head(answer) + answer.body
    yield Act.HALF_CLOSE
    yield Wait(_LINGER_S)
    yield Act.RESET


@shelf.put("error-200", metered=False)
def error_200(scene: Scene) -> Iterator[Step]:
    """Status 200 with an error object for a body, as some vendors report arrears; plain JSON even for a stream."""
    return told(scene, plain(scene, scene.language.error(IN_ARREARS, scene.request_id)))


def _redirect(scene: Scene, status: int) -> Iterator[Step]:
    away: Headers = (*headers(scene, "text/html"), ("location", scene.settings.redirect_to))
    return told(scene, Answer(status, away, (b"<a>Moved</a>",), Framing.LENGTH))


@shelf.put("redirect", metered=False)
def redirect(scene: Scene) -> Iterator[Step]:
    """Status 302 to another host."""
    return _redirect(scene, 302)


@shelf.put("redirect-307", metered=False)
def redirect_307(scene: Scene) -> Iterator[Step]:
    """Status 307 to another host: a client that follows sends the body again, and perhaps the key."""
    return _redirect(scene, 307)
