"""What stands above a token, on a whole gateway: budgets that refuse by name, pauses, rotation, alerts."""

import asyncio
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.demo.upstream import DemoUpstream
from waystation.house import alerting, by_hand, read_budget_alerts, read_tenants


def tree(*upstreams: DemoUpstream, department: str) -> str:
    """The rig's organization, with its token in a project of a department of a department."""
    rows = manifest(*upstreams)
    return rows.replace(
        "    tokens: [{name: ci, ",
        "    time_zone: Asia/Shanghai\n"
        f"    departments: [{{name: R&D, departments: [{{name: Platform, budget: {department}}}]}}]\n"
        "    projects: [{name: chat, department: R&D/Platform, budget: {amount: 50 USD}}]\n"
        "    tokens: [{name: ci, project: chat, tags: [night], ",
    )


async def said(client: AsyncOpenAI) -> openai.APIStatusError | None:
    """What a call is refused with, None if it is answered."""
    try:
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}], max_tokens=100)
    except openai.APIStatusError as error:
        return error
    return None


async def becomes(client: AsyncOpenAI, status: int | None) -> openai.APIStatusError | None:
    """Ask until the answer is so: another process' change is seen within a fraction of a second."""
    for _ in range(100):
        error = await said(client)
        if (None if error is None else error.status_code) == status:
            return error
        await asyncio.sleep(0.05)
    raise AssertionError(error)


async def test_a_department_s_budget_refuses_by_its_name(tmp_path: Path) -> None:
    budget = "{amount: 0.0001 USD, period: month}"
    async with doubles() as ups, running(Rig(tmp_path, tree(*ups, department=budget))) as rig:
        async with rig.client() as client:
            error = await said(client)
            assert error is not None
            assert (error.status_code, error.code) == (429, "insufficient_quota")
            assert "The monthly budget of department 'R&D/Platform' does not cover this call" in error.message
            assert "T00:00:00+08:00" in error.message
            with by_hand(rig.settings) as hand:
                hand.set_budget("acme/R&D/Platform", {"amount": "1 USD", "period": "month"})
            await becomes(client, None)
        assert ups[0].total_calls == 1
        (record, _) = await rig.calls(2)
        assert (record.outcome, record.tags) == ("ok", ("night",))
        tenants = {tenant.path: tenant for tenant in read_tenants(rig.settings)}
        assert record.project_id == tenants["acme/chat"].id
        assert record.department_id == tenants["acme/R&D/Platform"].id
        for path in ("acme/chat", "acme/R&D/Platform"):
            (spending,) = tenants[path].spendings
            assert (spending.spent_nanos, spending.held_nanos) == (record.amount_nanos, 0)


async def test_what_is_paused_refuses_until_it_is_resumed(tmp_path: Path) -> None:
    async with doubles() as ups:
        rows = tree(*ups, department="{amount: 50 USD}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            for path, words in (("acme/R&D", "department 'R&D'"), ("acme/ci", "token 'ci'"), ("acme", "'acme'")):
                with by_hand(rig.settings) as hand:
                    hand.pause(path, paused=True)
                error = await becomes(client, 403)
                assert error is not None
                assert f"{words} is paused" in error.message
                with by_hand(rig.settings) as hand:
                    hand.pause(path, paused=False)
                await becomes(client, None)


async def test_a_rotated_secret_is_good_beside_the_new_one_for_as_long_as_was_said(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, tree(*ups, department="{amount: 50 USD}"))) as rig:
        with by_hand(rig.settings) as hand:
            second = hand.rotate("ci", overlap="1h").secret
        async with rig.client(SECRET) as old, rig.client(second) as new:
            await becomes(new, None)
            assert await said(old) is None
            with by_hand(rig.settings) as hand:
                third = hand.rotate("ci").secret
            error = await becomes(new, 401)
            assert error is not None
            assert "was replaced by a new one" in error.message
            assert await said(old) is None  # its hour is not over
        async with rig.client(third) as newest:
            assert await said(newest) is None


async def test_a_threshold_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "EVERY_S", 0.05)
    budget = "{amount: 0.002 USD, alerts: [1, 100]}"
    async with doubles() as ups, running(Rig(tmp_path, tree(*ups, department=budget))) as rig:
        async with rig.client() as client:
            assert await said(client) is None
        counted = b'waystation_budget_alerts_total{percent="1"} 1.0'
        async with asyncio.timeout(10):
            while counted not in rig.house.metrics.page():  # noqa: ASYNC110 - it is told by nothing else
                await asyncio.sleep(0.05)
        told = read_budget_alerts(rig.settings, limit=10)
        assert [(alert.owner, alert.threshold) for alert in told] == [("department:acme/R&D/Platform", 1)]
