"""The gateway as one of several processes that serve a node."""

import signal
import socket
from collections.abc import Sequence

from waystation.adapters.logs import log_to_stderr
from waystation.adapters.workers.superior import Superior
from waystation.house.running import House, Seat, run
from waystation.settings import Settings


def work(settings: Settings, listeners: Sequence[int], channel: int) -> None:
    """Serve from sockets that a supervisor keeps, whose file descriptors these are, until it says to stop.

    Raises: as `house.serve`.
    """
    log_to_stderr(settings.log_level)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it means the supervisor, whoever was hit by it
    seat = Seat([socket.socket(fileno=number) for number in listeners], Superior(socket.socket(fileno=channel)))
    house = House(settings, seat)
    run(house.serve(), house.stop)
