"""A first byte that is late, over real connections: the caller hears of the quicker one, and pays for that alone."""

from pathlib import Path

from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.wire.catalogue import Timeouts


async def test_the_quicker_upstream_answers_and_the_other_is_hung_up_on(tmp_path: Path) -> None:
    async with doubles(latency_s=30.0) as (slow,), doubles() as (quick,):
        text = manifest(slow, quick, timeouts=f"{{connect: 2, first_byte: {Timeouts().first_byte_s}, total: 60}}")
        text = text.replace("  - name: m\n", "  - name: m\n    routing: {hedge_ms: 50}\n")
        async with running(Rig(tmp_path, text)) as rig, rig.client() as client:
            stream = await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "你好"}], stream=True
            )
            said = [chunk async for chunk in stream]
            assert said[-1].choices[0].finish_reason == "stop"
            (record,) = await rig.calls(1)
            assert [(one.upstream, one.fault) for one in record.attempts] == [("up0", "hedged"), ("up1", None)]
            assert (record.outcome, record.upstream, record.estimated) == ("ok", "up1", False)
            assert record.amount_nanos > 0
        assert (slow.total_calls, slow.open_connections) == (1, 0)
