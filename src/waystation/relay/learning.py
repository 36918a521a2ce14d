"""What a route's statistics learn of the call that it answered."""

from waystation.relay.call import Call
from waystation.relay.tally import Tally
from waystation.wire.errors import UpstreamError
from waystation.wire.record import CallRecord


def learn(call: Call, tally: Tally, record: CallRecord, failure: BaseException | None) -> None:
    """Nothing, if no route answered: attempts that failed were counted when they did.

    An answer that broke off by the upstream's fault has failed. One that the caller, a budget or our own store ended
    has not, and says nothing of how long whole ones take.
    """
    route = tally.route
    if route is None:
        return
    now = call.began + record.duration_ms / 1000  # before the posting: that time is not the upstream's
    if isinstance(failure, UpstreamError) and not call.overdue(now):
        route.statistics.fail(now)
        if route.breaker is not None:
            route.breaker.broke_off(now, str(failure))
    elif failure is not None:
        route.statistics.stop(now)
    else:
        usage = record.usage
        heard = 0 if usage is None or record.estimated else usage.output_tokens or 0
        route.statistics.succeed(now, now - tally.asked_at, heard)
