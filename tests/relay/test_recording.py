import pytest
from msgspec.structs import replace

from tests.relay.world import PRICE, VENDORS, scene
from waystation.relay.board import board_of
from waystation.relay.meter import Bill
from waystation.relay.recording import record_of
from waystation.relay.tally import Tally
from waystation.wire.catalogue import Node
from waystation.wire.errors import BadRequest, CallerGone, InsufficientQuota, NoRoute, Truncated
from waystation.wire.usage import Usage


@pytest.mark.parametrize(
    ("failure", "answered", "outcome", "status", "code"),
    [
        (None, True, "ok", 200, None),
        (CallerGone("gone"), True, "caller_gone", 200, "caller_gone"),
        (CallerGone("gone"), False, "caller_gone", 499, "caller_gone"),
        (Truncated("short"), True, "cut", 200, "upstream_truncated"),
        (ValueError("ours"), True, "cut", 200, None),
        (ValueError("ours"), False, "failed", 500, None),
        (NoRoute("benched"), False, "failed", 503, "no_upstream_available"),
        (BadRequest("bad"), False, "refused", 400, None),
        (InsufficientQuota("poor"), False, "refused", 429, "insufficient_quota"),
    ],
)
def test_the_outcome_says_how_it_went(
    failure: Exception | None,
    answered: bool,
    outcome: str,
    status: int,
    code: str | None,
) -> None:
    at = scene()
    tally = Tally(at.clock.monotonic)
    tally.answered_at, tally.started = (at.clock.at, True) if answered else (None, False)
    record = record_of(at.call(), tally, failure)
    assert (record.outcome, record.status, record.error_code) == (outcome, status, code)


@pytest.mark.parametrize(
    ("started", "answered", "outcome", "status"),
    [(True, False, "failed", 200), (False, True, "failed", 502)],
    ids=["only a keep-alive was sent", "the answer came and could not be paid"],
)
def test_the_status_is_what_the_caller_saw(started: bool, answered: bool, outcome: str, status: int) -> None:
    at = scene()
    tally = Tally(at.clock.monotonic)
    tally.started, tally.answered_at = started, at.clock.at if answered else None
    record = record_of(at.call(), tally, Truncated("short"))
    assert (record.outcome, record.status, record.error_code) == (outcome, status, "upstream_truncated")


def test_a_call_that_never_got_anywhere_has_its_facts_and_no_money() -> None:
    at = scene()
    call = at.call(stream=True)
    at.clock.at += 0.02
    record = record_of(call, Tally(at.clock.monotonic), NoRoute("none"))
    assert (record.call_id, record.at, record.organization_id, record.token_id) == (
        call.call_id,
        call.at,
        "org_1",
        "tok_1",
    )
    assert (record.dialect, record.request_model, record.stream) == ("openai.chat", "m", True)
    assert (record.upstream, record.key_fingerprint, record.attempts, record.usage) == (None, None, (), None)
    assert (record.price, record.currency, record.amount_nanos, record.hold_nanos) == (None, None, 0, 0)
    assert (record.duration_ms, record.own_time_us, record.time_to_first_chunk_ms) == (20, 20_000, None)


def test_a_bill_is_recorded_with_the_price_that_it_rests_on() -> None:
    at = scene()
    tally = Tally(at.clock.monotonic)
    tally.price, tally.held_nanos, tally.bill = PRICE, 99, Bill(Usage(input_tokens=1, output_tokens=2), True, ("x",), 7)
    record = record_of(at.call(), tally, None)
    assert (record.price, record.currency, record.hold_nanos, record.amount_nanos) == (PRICE, "USD", 99, 7)
    assert (record.usage, record.estimated, record.marks) == (Usage(input_tokens=1, output_tokens=2), True, ("x",))


def test_the_vendors_name_for_the_answer_is_recorded() -> None:
    at = scene()
    record = record_of(at.call(), Tally(at.clock.monotonic, vendor_request_id="req-1"), None)
    assert record.vendor_request_id == "req-1"


def test_who_the_call_is_for_is_recorded() -> None:
    at = scene()
    call = at.call()
    department = Node(id="dep_1", kind="department", name="R&D", organization_id="org_1")
    project = Node(id="prj_1", kind="project", name="chat", organization_id="org_1", parent_id="dep_1")
    token = replace(call.token, project_id="prj_1", member_id="mem_1", tags=("night",))
    board = board_of(replace(at.store.known, nodes=(department, project), tokens=(token,)), VENDORS)
    record = record_of(
        replace(call, token=token, board=board, department_id=board.standing(token).department_id),
        Tally(at.clock.monotonic),
        None,
    )
    assert (record.project_id, record.member_id, record.department_id) == ("prj_1", "mem_1", "dep_1")
    assert record.tags == ("night",)
