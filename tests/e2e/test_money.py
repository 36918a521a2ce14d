"""What a call costs, whatever the vendor, the wire and the caller make of it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.raw import Answer, Caller, ask, calling, post, text_of, until
from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.demo.upstream import DemoUpstream
from waystation.dialects.openai_chat import CODEC
from waystation.dialects.weighing import weight_of
from waystation.ledger.pricing import cost
from waystation.wire.estimate import tokens_of
from waystation.wire.price import Price
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

CREDIT = 100_000_000_000  # nanos: the 100 USD of the rig's manifest
PRICE = Price(currency="USD", input=2_500_000_000, output=10_000_000_000, cache_read_input=1_250_000_000)
PATIENT = "{connect: 2, first_byte: 10, idle: 10, total: 20}"
SHORT = "{connect: 0.5, first_byte: 0.5, idle: 0.3, total: 5}"
ONE_TO_EIGHT = "one two three four five six seven eight"
DELIVERED = "You said: one two three four"  # by a double that stops in the middle


def asking(*, stream: bool = False) -> bytes:
    return ask(ONE_TO_EIGHT, stream=stream, max_tokens=50)


async def one_call(rig: Rig, *, stream: bool) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(asking(stream=stream)))


def estimated(body: bytes, text: str) -> Usage:
    """What is booked for `text`, the delivered part of an answer to `body`, when no usage was heard."""
    said = weight_of(len(text.encode()), len(text))
    return Usage(input_tokens=tokens_of(CODEC.decode(body).weight), output_tokens=tokens_of(said))


def true_usage(upstream: DemoUpstream) -> Usage:
    """Of the upstream's last call, without its parts."""
    usage = upstream.calls[-1].usage
    assert usage is not None
    return Usage(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens)


def whole(usage: Usage | None) -> Usage:
    assert usage is not None
    return Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


def postings(rig: Rig) -> list[tuple[int, int]]:
    """Amount and shortfall of every call that was billed, the first one first."""
    rows = query(
        rig, "SELECT amount, shortfall FROM postings WHERE kind IN ('usage', 'estimated') AND call_id > '' ORDER BY id"
    )
    return [(amount, shortfall) for amount, shortfall in rows]


def wallet(rig: Rig) -> int:
    ((balance,),) = query(
        rig, "SELECT credits_posted - debits_posted - debits_pending FROM accounts WHERE kind = 'wallet'"
    )
    return balance


def query(rig: Rig, statement: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
        return books.execute(statement).fetchall()


@pytest.mark.parametrize("stream", [False, True])
async def test_an_exhausted_wallet_refuses_and_sends_nothing(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, credit="0.0001 USD"))) as rig:
        refused = await one_call(rig, stream=stream)
        assert (refused.status, refused.error["code"]) == (429, "insufficient_quota")
        assert "The wallet of organization 'acme'" in refused.error["message"]
        assert refused.headers["x-should-retry"] == "false"
        assert (ups[0].total_calls, postings(rig), wallet(rig)) == (0, [], 100_000)


async def test_a_budget_is_spent_call_by_call_to_its_end(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, budget="0.002 USD"))) as rig:
        answers = [await one_call(rig, stream=False) for _ in range(20)]
        served = [answer for answer in answers if answer.status == 200]
        assert 1 < len(served) < 20
        assert [answer.status for answer in answers] == [200] * len(served) + [429] * (20 - len(served))
        assert "The monthly budget of token 'ci' does not cover this call" in answers[-1].error["message"]
        assert "It resets at " in answers[-1].error["message"]
        assert ups[0].total_calls == len(served)
        assert sum(amount for amount, _ in postings(rig)) == CREDIT - wallet(rig)


# Of the true usage: what is booked instead of the count, or None for an estimate; and the marks.
STRANGE = {
    "usage-negative": (0, ("input_negative", "output_negative")),
    "usage-strings": (None, ("usage_unheard",)),
    "usage-fractions": (None, ("usage_unheard",)),
    "usage-twice": (1, ()),
    "usage-in-finish": (1, ()),
    "usage-cached-above-prompt": (1, ("cache_read_above_whole", "reasoning_above_whole")),
    "no-usage": (None, ("usage_unheard",)),
    "usage-null": (None, ("usage_unheard",)),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", STRANGE)
async def test_strange_usage_is_billed_by_the_rule_and_marked(tmp_path: Path, fault: str, *, stream: bool) -> None:
    factor, marks = STRANGE[fault]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault(fault)
        answer = await one_call(rig, stream=stream)
        text = answer.text if stream else json.loads(answer.body)["choices"][0]["message"]["content"]
        told = true_usage(ups[0])
        expected = {None: estimated(asking(stream=stream), text), 0: Usage(input_tokens=0, output_tokens=0), 1: told}
        (record,) = await rig.calls(1)
        assert whole(record.usage) == expected[factor]
        assert (record.estimated, record.marks, record.outcome) == (factor is None, marks, "ok")
        assert_billed(rig, record)


@pytest.mark.parametrize("stream", [False, True])
async def test_usage_that_grows_is_billed_once_by_its_last_word(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("usage-cumulative")
        await one_call(rig, stream=stream)
        (record,) = await rig.calls(1)
        assert whole(record.usage) == true_usage(ups[0])
        assert (record.estimated, record.marks) == (False, ("usage_repeated",) if stream else ())
        assert_billed(rig, record)


@pytest.mark.parametrize("stream", [False, True])
async def test_absurd_usage_is_cut_to_what_is_possible(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("usage-absurd")
        await one_call(rig, stream=stream)
        (record,) = await rig.calls(1)
        assert record.usage is not None
        assert record.usage.input_tokens is not None
        assert record.usage.output_tokens is not None
        assert record.usage.input_tokens < 40_000  # the body's bytes, and what a vendor may add
        assert record.usage.output_tokens < 70_000  # the ceiling, and what thinking may add
        assert record.estimated
        assert {"input_absurd", "output_absurd", "input_implausible", "output_implausible"} <= set(record.marks)
        assert_billed(rig, record)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_bill_above_the_hold_takes_what_is_left_and_no_more(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, credit="0.002 USD"))) as rig:
        ups[0].set_fault("usage-absurd")
        assert (await one_call(rig, stream=stream)).status == 200
        ((amount, shortfall),) = postings(rig)
        assert (amount, wallet(rig)) == (2_000_000, 0)
        assert shortfall > 0
        assert (await one_call(rig, stream=stream)).status == 429


def assert_billed(rig: Rig, record: CallRecord) -> None:
    """One posting, by the record's usage at the record's price, and never a credit."""
    assert record.usage is not None
    assert record.amount_nanos == cost(record.usage, PRICE) >= 0
    assert postings(rig) == [(record.amount_nanos, 0)]
    assert wallet(rig) == CREDIT - record.amount_nanos


BREAKS = [
    *("reset-mid-stream", "fin-mid-stream", "error-event-mid", "malformed-json-event"),
    *("hang-mid-stream", "no-finish"),
]


@pytest.mark.parametrize("fault", BREAKS)
async def test_a_stream_that_breaks_ends_with_an_error_and_bills_what_was_delivered(tmp_path: Path, fault: str) -> None:
    async with doubles(chunk_gap_s=0.005) as ups, running(Rig(tmp_path, manifest(*ups, timeouts=SHORT))) as rig:
        ups[0].set_fault(fault)
        answer = await one_call(rig, stream=True)
        *before, last = answer.events
        assert set(last) == {"error"}
        assert last["error"]["code"] in {"upstream_error", "upstream_truncated", "upstream_timeout"}
        assert all("choices" in event for event in before)
        assert b"[DONE]" not in answer.body
        assert answer.text.startswith("You said: one")
        (record,) = await rig.calls(1)
        assert record.usage == estimated(asking(stream=True), answer.text)
        assert (record.estimated, record.outcome, record.marks) == (True, "cut", ("usage_unheard",))
        assert_billed(rig, record)


async def test_a_stream_whose_last_event_is_cut_is_whole_if_it_had_its_finish(tmp_path: Path) -> None:
    """Only the usage chunk is cut: the caller has all the text, and the bill is an estimate."""
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("truncated-json")
        answer = await one_call(rig, stream=True)
        assert answer.events[-1] == "[DONE]"
        (record,) = await rig.calls(1)
        assert record.usage == estimated(asking(stream=True), answer.text)
        assert (record.estimated, record.outcome) == (True, "ok")
        assert_billed(rig, record)


async def read_text(caller: Caller, text: str) -> None:
    """Read a stream until it has brought `text`."""
    await caller.head()
    got = b""
    while text_of(got) != text:
        got += await caller.chunk()


async def left(upstream: DemoUpstream, since: float) -> float:
    """How long after `since` the gateway let go of the upstream's last call."""
    await until(lambda: upstream.calls[-1].left_at is not None)
    at = upstream.calls[-1].left_at
    assert at is not None
    return at - since


async def test_who_hangs_up_mid_stream_pays_for_what_was_delivered_the_same_each_time(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, timeouts=PATIENT))) as rig:
        ups[0].set_fault("hang-mid-stream")  # half of the text, then nothing until someone leaves
        for _ in range(5):
            async with calling(rig) as caller:
                await caller.send(post(asking(stream=True)))
                await read_text(caller, DELIVERED)
                hung_up_at = asyncio.get_running_loop().time()
                caller.hang_up()
                assert await left(ups[0], hung_up_at) <= 1
        records = await rig.calls(5)
        assert {record.usage for record in records} == {estimated(asking(stream=True), DELIVERED)}
        assert {(record.outcome, record.estimated) for record in records} == {("caller_gone", True)}
        assert len({record.amount_nanos for record in records}) == 1
        assert postings(rig) == [(records[0].amount_nanos, 0)] * 5


async def test_who_half_closes_is_billed_once(tmp_path: Path) -> None:
    async with doubles(latency_s=0.2) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(post(asking()))
        caller.writer.write_eof()
        await caller.rest()
        (record,) = await rig.calls(1)
        assert whole(record.usage) == true_usage(ups[0])
        assert_billed(rig, record)


async def test_who_hangs_up_on_a_plain_call_pays_its_true_usage(tmp_path: Path) -> None:
    async with doubles(latency_s=0.3) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with calling(rig) as caller:
            await caller.send(post(asking()))
            await asyncio.sleep(0.1)
        (record,) = await rig.calls(1)
        assert whole(record.usage) == true_usage(ups[0])
        assert not record.estimated
        assert_billed(rig, record)


async def test_who_hangs_up_before_the_first_byte_of_a_stream_pays_what_was_begun(tmp_path: Path) -> None:
    async with doubles(latency_s=0.3, chunk_gap_s=0.1) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with calling(rig) as caller:
            await caller.send(post(asking(stream=True)))
            await asyncio.sleep(0.1)
            hung_up_at = asyncio.get_running_loop().time()
        assert await left(ups[0], hung_up_at) <= 1
        (record,) = await rig.calls(1)
        assert record.usage == estimated(asking(stream=True), "")  # the first event only names the role
        assert (record.outcome, record.estimated) == ("caller_gone", True)
        assert_billed(rig, record)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_last_byte_waits_for_the_bill(tmp_path: Path, *, stream: bool) -> None:
    """While another process holds the write lock nothing can be booked, and so nothing can end."""
    async with doubles(latency_s=0.2) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(post(asking(stream=stream)))
        await until(lambda: ups[0].total_calls)
        with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db", isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            seen = await _all_that_comes(caller, within_s=0.6)
            assert (b'"finish_reason":"stop"' in seen) == stream
            assert b"[DONE]" not in seen
            lock.execute("ROLLBACK")
        seen += await _all_that_comes(caller, within_s=0.4)
        assert seen.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n" if stream else b"}")
        assert len(postings(rig)) == 1


async def _all_that_comes(caller: Caller, *, within_s: float) -> bytes:
    seen = b""
    try:
        async with asyncio.timeout(within_s):
            while data := await caller.reader.read(65536):
                seen += data
    except TimeoutError:
        pass
    return seen


@pytest.mark.parametrize("stream", [False, True])
async def test_whoever_has_the_last_byte_has_been_billed(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        for count in range(1, 21):
            await one_call(rig, stream=stream)
            assert len(postings(rig)) == count
