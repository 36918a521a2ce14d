import asyncio

import pytest

from waystation.adapters.upstream_http.address import CACHED_HOSTS_MAX, AddressBook, is_refused, is_refused_name


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "fd00:0ec2:0:0:0:0:0:23",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "::ffff:6464:64c8",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
    ],
)
def test_metadata_addresses_are_refused(address: str) -> None:
    assert is_refused(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.7", "172.17.0.1", "100.100.100.201", "8.8.8.8", "fd00::1"]
)
def test_other_addresses_are_open_private_ones_too(address: str) -> None:
    assert not is_refused(address)


@pytest.mark.parametrize(
    "host",
    [
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "169.254.169.254",
        "0xA9FEA9FE",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "::ffff:169.254.169.254",
    ],
)
def test_metadata_services_are_refused_by_name_and_in_every_spelling(host: str) -> None:
    assert is_refused_name(host)


@pytest.mark.parametrize("host", ["api.openai.com", "localhost", "10.0.0.1", "0x7f000001", "bücher.example"])
def test_other_hosts_are_open(host: str) -> None:
    assert not is_refused_name(host)


class Names:
    """A name service that counts, and answers when it's told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ready = asyncio.Event()
        self.failure: OSError | None = None

    async def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        await self.ready.wait()
        if self.failure is not None:
            raise self.failure
        return ("10.0.0.1",)


async def test_an_answer_is_remembered() -> None:
    names = Names()
    names.ready.set()
    book = AddressBook(names)
    assert await book.addresses("a.example") == ("10.0.0.1",)
    assert await book.addresses("a.example") == ("10.0.0.1",)
    assert names.asked == ["a.example"]


async def test_all_who_wait_for_a_name_share_one_question() -> None:
    names = Names()
    book = AddressBook(names)
    waiting = [asyncio.create_task(book.addresses("a.example")) for _ in range(5)]
    await asyncio.sleep(0)
    names.ready.set()
    assert await asyncio.gather(*waiting) == [("10.0.0.1",)] * 5
    assert names.asked == ["a.example"]


async def test_a_failure_is_shared_but_not_remembered() -> None:
    names = Names()
    names.failure = OSError(-2, "Name or service not known")
    book = AddressBook(names)
    waiting = [asyncio.create_task(book.addresses("a.example")) for _ in range(3)]
    await asyncio.sleep(0)
    names.ready.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
    assert names.asked == ["a.example"]
    names.failure = None
    assert await book.addresses("a.example") == ("10.0.0.1",)


async def test_who_gives_up_does_not_take_the_others_along() -> None:
    names = Names()
    book = AddressBook(names)
    first, second, third = (asyncio.create_task(book.addresses("a.example")) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.sleep(0)
    names.ready.set()
    assert await third == ("10.0.0.1",)
    assert names.asked == ["a.example", "a.example"]


async def test_the_memory_is_bounded() -> None:
    names = Names()
    names.ready.set()
    book = AddressBook(names)
    for number in range(CACHED_HOSTS_MAX + 10):
        await book.addresses(f"{number}.example")
    assert len(book._known) <= CACHED_HOSTS_MAX


async def test_numbers_need_no_name_service() -> None:
    assert await AddressBook().addresses("127.0.0.1") == ("127.0.0.1",)
    assert await AddressBook().addresses("::1") == ("::1",)


async def test_odd_spellings_become_plain_numbers() -> None:
    assert await AddressBook().addresses("0x7f000001") == ("127.0.0.1",)
    assert await AddressBook().addresses("2852039166") == ("169.254.169.254",)


async def test_localhost_is_found() -> None:
    assert "127.0.0.1" in await AddressBook().addresses("localhost")


async def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(OSError):  # noqa: PT011 - the system's words differ
        await AddressBook().addresses("nowhere.invalid")
