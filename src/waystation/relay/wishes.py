"""What a call wishes, and what it needs, of the routes of its model: those that are left for it."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from waystation.dialects.inputs import inputs_in
from waystation.ledger.pricing import TOKENS_PER_RATE, settled
from waystation.relay.call import Call
from waystation.relay.offer import Offer
from waystation.relay.tally import Tally
from waystation.routing.narrowing import Cause, Narrowed, Need, narrow
from waystation.routing.route import Served
from waystation.wire.errors import CallerError, ContextExceeded, NoEndpoint, UnsupportedInput
from waystation.wire.estimate import tokens_of
from waystation.wire.money import Money
from waystation.wire.price import Price
from waystation.wire.wish import MaxPrice, Wish


def wish_of(call: Call, offer: Offer) -> Wish | None:
    """That of its body, and of the suffix of its model's name, which says less."""
    wish = call.ask.wish
    if wish is None or offer.wish is None or wish.sort is not None:
        return wish or offer.wish
    return msgspec.structs.replace(wish, sort=offer.wish.sort)


def heeded(call: Call, offer: Offer, wish: Wish | None, tally: Tally, now: float) -> Served:
    """The model with the routes that are left; the others are noted. `now` is monotonic.

    Raises: NoEndpoint, ContextExceeded, UnsupportedInput; ModelNotFound for a model to fall back on.
    """
    served = offer.served
    if wish is not None:
        if call.model is None:
            for name in wish.models:
                call.board.find(call.token, name)
        if wish.max_price is not None:
            _check_price(served.model.name, offer.tariff.price, wish.max_price)
    narrowed = narrow(served, need_of(call), wish, now)
    for one in narrowed.left_out:
        tally.leave(one.route, one.reason)
    if narrowed.left_out and not narrowed.tiers:
        _refuse(served.model.name, narrowed)
    return replace(served, tiers=narrowed.tiers)


def need_of(call: Call) -> Need:
    ask = call.ask
    inputs = inputs_in(call.body) if ask.weight.media else frozenset()
    return Need(call.codec.dialect, tokens_of(ask.weight), ask.max_output_tokens or 0, inputs)


def _refuse(model: str, narrowed: Narrowed) -> None:
    """Nothing, if no route speaks the caller's language: that is told elsewhere, and is nobody's wish."""
    causes = {one.cause for one in narrowed.left_out}
    reasons = "; ".join(dict.fromkeys(f"{one.route.upstream.name!r} {one.reason}" for one in narrowed.left_out))
    classes: dict[Cause, type[CallerError]] = {
        "wish": NoEndpoint,
        "context": ContextExceeded,
        "output": ContextExceeded,
        "input": UnsupportedInput,
    }
    for cause, error in classes.items():
        if cause in causes:
            raise error(f"No upstream of {model!r} is left for this call: {reasons}.", param=_PARAMS[cause])


_PARAMS: dict[Cause, str] = {"wish": "provider", "context": "messages", "output": "max_tokens", "input": "messages"}


def _check_price(model: str, price: Price, most: MaxPrice) -> None:
    for name, nanos, bound in _prices(price, most):
        if bound is not None and nanos > bound:
            asked, limit = Money(nanos, price.billed_in), Money(bound, price.billed_in)
            raise NoEndpoint(
                f"No upstream of {model!r} is left for this call: its {name} price is {asked}, above "
                f"'max_price.{name}', which is {limit}.",
                param="provider",
            )


def _prices(price: Price, most: MaxPrice) -> Iterator[tuple[str, int, int | None]]:
    """In the bill's currency, as `MaxPrice` has them; tiers are left out."""
    audio = price.input if price.audio_input is None else price.audio_input
    yield "prompt", settled(price.input * TOKENS_PER_RATE, price), most.prompt
    yield "completion", settled(price.output * TOKENS_PER_RATE, price), most.completion
    yield "request", settled((price.call or 0) * TOKENS_PER_RATE, price), most.request
    yield "image", settled((price.image or 0) * TOKENS_PER_RATE, price), most.image
    yield "audio", settled(audio * TOKENS_PER_RATE, price), most.audio
