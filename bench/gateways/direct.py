"""No gateway: the upstream itself, which shows what the load client and the machine cost."""

from bench.gateways.gateway import Gateway, Lane, Running
from bench.stage import UPSTREAM_KEY, Stage


def start(stage: Stage) -> Running:
    plain = Lane(stage.plain_url, "gpt-4o", UPSTREAM_KEY)
    stream = Lane(stage.stream_url, "gpt-4o", UPSTREAM_KEY)
    return Running("-", plain, stream, None)


GATEWAY = Gateway("direct", start)
