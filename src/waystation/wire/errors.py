"""Every error that the house raises; the class says whose fault it is.

WaystationError
├── CallerError               4xx: the caller can mend it
│   ├── BadRequest            400 the body or a header can't be understood
│   │   ├── ContextExceeded       400 the request is too long for every upstream of the model
│   │   ├── UnsupportedInput      400 the request has images or the like, which no upstream of the model takes
│   │   ├── PreviousNotFound  400 the turn that a request goes on from is not kept here
│   │   ├── Unsayable         400 the model's upstream speaks a language that can't say this
│   │   └── VendorRefusal     400, 413, 422: the vendor found the caller's request wrong; its words are handed back
│   ├── LinkRefused           400 a file that the caller gave by address may not or can't be read
│   ├── InvalidToken          401 no such sub-token, or it is revoked or expired
│   ├── Forbidden             403 the sub-token may not do this
│   ├── ModelNotFound         404 no such public model, or the sub-token may not use it
│   ├── NoEndpoint            404 what the caller wishes of its upstreams leaves none
│   ├── ResponseNotFound      404 no stored response has this id, here and for this organization
│   ├── PathNotFound          404
│   ├── MethodNotAllowed      405
│   ├── DeadlineExceeded      408 the call's own time was up before anything could be tried
│   ├── IdempotencyConflict   409 the first call with this key is still under way
│   ├── AnswerGone            409 the call with this key was answered, and the answer is not kept any more
│   ├── RequestTooLarge       413
│   ├── IdempotencyKeyReused  422 the key came before with another request
│   ├── InsufficientQuota     429 a wallet or a budget can't cover the call's ceiling
│   └── RateLimited           429 a limit on calls or tokens is reached, for now
├── UpstreamError             502 to 504: a vendor failed
│   ├── ConnectFailed         502 refused, no such host, TLS
│   │   └── AddressRefused    502 the address is one that upstreams never have (cloud metadata)
│   ├── ConnectionLost        502 closed or reset before the answer was whole
│   ├── ProtocolError         502 not HTTP/1.1 as agreed
│   ├── BodyTooLarge          502 an answer past its bound
│   ├── Truncated             502 a stream ended without its finish
│   ├── BadAnswer             502 an answer that is not in the dialect
│   ├── VendorFailure         502 the vendor answered with an error that is not the caller's
│   ├── UpstreamTimeout       504 connect, first byte, silence, or total
│   └── NoRoute               503 every route was tried or is benched
├── CallerGone                the caller hung up; nothing is sent
└── HouseError                500: our own
    ├── StoreUnavailable      503 the store can't answer now
    ├── LimiterUnavailable    503 whoever counts calls can't be asked
    ├── Overloaded            503 too many calls at once
    ├── PriceMissing          503 the model has no price in force
    ├── HoldEnded             500 a hold was to end twice
    ├── NotBooked             409 a booking by hand that the books refuse
    │   └── KeyReused         409 its idempotency key belongs to another booking
    └── Misconfigured         500 the operator's settings contradict themselves
"""

from typing import ClassVar, Literal

Phase = Literal["connect", "first_byte", "idle", "total"]


class WaystationError(Exception):
    """An error with a public face.

    `message` may be shown to the caller: never a secret, never prompt text, never an upstream's address.
    `retry` becomes `x-should-retry`: whether the same call may succeed when it is sent again.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None
    retry: bool = False

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def public_status(self) -> int:
        return self.status

    @property
    def public_type(self) -> str:
        return self.type

    @property
    def public_code(self) -> str | None:
        return self.code


class CallerError(WaystationError):
    status = 400
    type = "invalid_request_error"


class BadRequest(CallerError):
    pass


class VendorRefusal(BadRequest):
    """The vendor's own words on the caller's mistake, already scrubbed of secrets."""

    def __init__(
        self, message: str, *, status: int, type_: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message, param=param)
        self.vendor_status = status
        self.vendor_type = type_
        self.vendor_code = code

    @property
    def public_status(self) -> int:
        return self.vendor_status

    @property
    def public_type(self) -> str:
        return self.vendor_type

    @property
    def public_code(self) -> str | None:
        return self.vendor_code


class Unsayable(BadRequest):
    """What would be lost on the way to the upstream would change what the request means."""

    code = "unsupported_by_upstream"


class ContextExceeded(BadRequest):
    code = "context_length_exceeded"


class UnsupportedInput(BadRequest):
    code = "unsupported_input"


class LinkRefused(CallerError):
    """The message names the caller's own address, never what it resolved to."""

    code = "invalid_url"


class PreviousNotFound(BadRequest):
    code = "previous_response_not_found"


class InvalidToken(CallerError):
    status = 401
    code = "invalid_api_key"


class Forbidden(CallerError):
    status = 403
    type = "permission_error"
    code = "forbidden"


class ModelNotFound(CallerError):
    status = 404
    code = "model_not_found"


class NoEndpoint(CallerError):
    """The message names each wish that left an upstream out."""

    status = 404
    code = "no_endpoints"


class ResponseNotFound(CallerError):
    status = 404
    code = "response_not_found"


class PathNotFound(CallerError):
    status = 404
    code = "unknown_url"


class MethodNotAllowed(CallerError):
    """`allow` is the header that must come with it (RFC 9110, 15.5.6)."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method} is not allowed here: send a {allow.partition(',')[0]}.")
        self.allow = allow


class DeadlineExceeded(CallerError):
    status = 408
    type = "timeout_error"
    code = "deadline_exceeded"


class IdempotencyConflict(CallerError):
    status = 409
    code = "idempotency_conflict"
    retry = True


class AnswerGone(CallerError):
    """The message names the call and its bill."""

    status = 409
    code = "idempotency_answer_gone"


class IdempotencyKeyReused(CallerError):
    status = 422
    code = "idempotency_key_reused"


class RequestTooLarge(CallerError):
    status = 413
    code = "request_too_large"


class InsufficientQuota(CallerError):
    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"


class RateLimited(CallerError):
    """`kind` is OpenAI's type of it. Without `retry_after_s` the call never fits."""

    status = 429
    type = "requests"
    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, kind: Literal["requests", "tokens"], retry_after_s: float | None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.kind = kind
        self.retry = retry_after_s is not None

    @property
    def public_type(self) -> str:
        return self.kind


class UpstreamError(WaystationError):
    """`message` names host, port and phase for the log; the caller is told `public_message`.

    `vendor_status` is the HTTP status that the vendor answered with, if it answered.
    """

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    retry = True
    vendor_status: int | None = None
    public_message: ClassVar[str] = "The model's upstream failed. Please try again."


class ConnectFailed(UpstreamError):
    pass


class AddressRefused(ConnectFailed):
    pass


class ConnectionLost(UpstreamError):
    """`received`: whether any byte of the answer had come."""

    public_message = "The connection to the model's upstream was lost before the answer was complete."

    def __init__(self, message: str, *, received: bool = False) -> None:
        super().__init__(message)
        self.received = received


class ProtocolError(UpstreamError):
    pass


class BodyTooLarge(UpstreamError):
    public_message = "The upstream's answer was larger than the gateway allows."


class Truncated(UpstreamError):
    code = "upstream_truncated"
    public_message = "The model's stream ended before it was finished. What you received is incomplete."


class BadAnswer(UpstreamError):
    public_message = "The model's upstream sent an answer that could not be understood."


class VendorFailure(UpstreamError):
    """An error object of the vendor's, in place of an answer or in the middle of one.

    `vendor_code` and `vendor_type` are the vendor's own, for the blame table; none of its text is kept.
    """

    def __init__(self, message: str, *, vendor_code: str | None = None, vendor_type: str | None = None) -> None:
        super().__init__(message)
        self.vendor_code = vendor_code
        self.vendor_type = vendor_type


class UpstreamTimeout(UpstreamError):
    status = 504
    code = "upstream_timeout"
    public_message = "The model's upstream did not answer in time."

    def __init__(self, message: str, *, phase: Phase) -> None:
        super().__init__(message)
        self.phase: Phase = phase


class NoRoute(UpstreamError):
    status = 503
    code = "no_upstream_available"
    public_message = "No upstream for this model can take a call right now."


class CallerGone(WaystationError):
    status = 499
    code = "caller_gone"


class HouseError(WaystationError):
    status = 500
    code = "internal_error"


class StoreUnavailable(HouseError):
    status = 503
    code = "store_unavailable"
    retry = True

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = 1.0) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)


class LimiterUnavailable(HouseError):
    status = 503
    code = "limiter_unavailable"
    retry = True

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_s=1.0)


class Overloaded(HouseError):
    status = 503
    code = "overloaded"
    retry = True


class PriceMissing(HouseError):
    """Nothing is ever free because nobody said what it costs."""

    status = 503
    code = "price_missing"


class HoldEnded(HouseError):
    pass


class NotBooked(HouseError):
    status = 409
    code = "not_booked"


class KeyReused(NotBooked):
    code = "idempotency_key_reused"


class Misconfigured(HouseError):
    code = "misconfigured"
