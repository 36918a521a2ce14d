"""From calls to their vendor's bill and back: what was estimated is put right by what the vendor says."""

import csv
from pathlib import Path

from tests.e2e.raw import ask, calling, post
from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.house import reconciling, verify_ledger
from waystation.ledger.reconcile.words import Terms
from waystation.wire.record import CallRecord

MAPPING = """
time: {column: time}
model: {column: model}
request_id: {column: id}
tokens: {input_tokens: {columns: [in]}, output_tokens: {columns: [out]}}
"""


async def asked(folder: Path) -> tuple[Rig, list[CallRecord]]:
    """Three calls, of which the second told no usage; oldest first."""
    async with doubles() as upstreams, running(Rig(folder, manifest(*upstreams))) as rig, calling(rig) as caller:
        for fault in (None, "no-usage", None):
            upstreams[0].set_fault(fault)
            await caller.ask(post(ask("one two three four five", max_tokens=50)))
        return rig, [*reversed(await rig.calls(3))]


def billed(folder: Path, records: list[CallRecord], *, more: int) -> Path:
    """The vendor's bill: of the estimated call it counts so many more output tokens."""
    path = folder / "bill.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["time", "model", "id", "in", "out"])
        for one in records:
            assert one.usage is not None
            assert one.usage.output_tokens is not None
            tokens = (one.usage.input_tokens, one.usage.output_tokens + one.estimated * more)
            table.writerow([int(one.at), one.attempts[-1].model, one.vendor_request_id, *tokens])
    return path


async def test_an_estimated_call_is_put_right_by_its_vendors_bill(tmp_path: Path) -> None:
    rig, records = await asked(tmp_path)
    assert [one.estimated for one in records] == [False, True, False]
    assert len({one.vendor_request_id for one in records} - {None}) == 3
    settings = rig.settings
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    reconciling.save_mapping(settings, "own", tmp_path / "mapping.yaml", {})
    bill = reconciling.load_bill(settings, billed(tmp_path, records, more=7), upstream="up0", mapping="own")
    run = reconciling.run_reconciliation(settings, bill.id, Terms(), (None, None))
    assert (run.tally.kinds, run.tally.matched) == ({"estimated": 1}, 3)
    (put,) = reconciling.correct_estimates(settings, run.id)
    assert put.estimate.call_id == records[1].call_id
    assert put.estimate.due_nanos - put.estimate.booked_nanos == 7 * 10_000
    assert verify_ledger(settings).differences == []
    corrected = next(one for one in await rig.calls(3) if one.estimated)
    assert corrected.amount_nanos == put.estimate.due_nanos
    again = reconciling.run_reconciliation(settings, bill.id, Terms(), (None, None))
    assert (again.tally.kinds, again.tally.confirmed) == ({}, 1)
