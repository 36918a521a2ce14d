import socket

import pytest

from waystation.adapters.workers.listening import listen
from waystation.wire.errors import Misconfigured


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_listens_at_every_address_of_the_host_at_one_port(host: str) -> None:
    sockets = listen(host, 0)
    ports = {one.getsockname()[1] for one in sockets}
    assert (len(ports), 0 in ports) == (1, False)
    for one in sockets:
        assert one.gettimeout() == 0.0
        with socket.create_connection(one.getsockname()[:2], timeout=10):
            pass
        one.close()


def test_a_port_that_is_taken_and_a_host_that_is_not_there_are_told() -> None:
    (taken,) = listen("127.0.0.1", 0)
    with pytest.raises(Misconfigured, match=r"can't listen on 127\.0\.0\.1:\d+: Address already in use"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(Misconfigured, match=r"can't listen on nowhere\.invalid:0"):
        listen("nowhere.invalid", 0)
    taken.close()
