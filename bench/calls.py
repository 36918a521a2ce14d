"""A call log of any size for `python -m bench usage`: made by the database itself, the same each time.

A thousand tokens of fifty organizations in Shanghai, some much busier than others; each asks for three of twelve
models, which two upstreams of six serve; four of a hundred calls go wrong. The roll-ups are made from the same numbers
as the records, not from the records.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.partitions import make_partitions
from waystation.adapters.sql.rollup import DIMENSIONS, DURATIONS, DURATIONS_MS, PENDING, fold

BEGAN: Final = 1_772_323_200  # 2026-03-01
DAYS: Final = 90
ENDED: Final = BEGAN + DAYS * 86_400
CHUNK: Final = 100_000
TOKENS: Final = 1000

_SQLITE_NUMBERS: Final = "SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {after}"
_NUMBERS: Final = "SELECT generate_series({first}::bigint, {after} - 1) AS n"
_SQLITE_ID: Final = "'call_' || printf('%011x', at * 1000) || printf('%016x', n)"
_ID: Final = "'call_' || lpad(to_hex(at * 1000), 11, '0') || lpad(to_hex(n), 16, '0')"

# Whole numbers only, which both databases reckon alike.
_FACTS: Final = f"""
drawn AS (SELECT n, {BEGAN} + n * {DAYS * 86_400} / {{calls}} AS at, (n * 2654435761) % 4294967296 / 65536 AS a,
 (n * 2246822519 + 374761393) % 4294967296 / 64 AS b, (n * 3266489917 + 668265263) % 4294967296 / 64 AS c FROM numbers),
chosen AS (SELECT n, at, b, c, {TOKENS} * a * a / 4294967296 AS token,
 CASE c % 100 WHEN 0 THEN 'failed' WHEN 1 THEN 'refused' WHEN 2 THEN 'cut' WHEN 3 THEN 'caller_gone' ELSE 'ok' END
  AS outcome, CASE WHEN c % 100 = 1 THEN 0 ELSE 200 + b % 3000 END AS input,
 CASE WHEN c % 100 < 2 THEN 0 ELSE 20 + c % 800 END AS output FROM drawn),
facts AS (SELECT n, at, outcome, input, output, 'tok_' || token AS token_id, 'org_' || (token % 50) AS organization_id,
 'dep_' || (token % 100) AS department_id, 'prj_' || (token % 200) AS project_id, 'mem_' || (token / 2) AS member_id,
 'model-' || ((token * 7 + b % 3) % 12) AS request_model,
 'upstream-' || (((token + b % 3) * 2 + c % 2) % 6) AS upstream,
 'openai.chat' AS dialect, 'USD' AS currency, 'CNY' AS cost_currency, input * 3000 + output * 15000 AS amount_nanos,
 input * 20000 + output * 90000 AS cost_nanos, 150 + output * (10 + b % 40) AS duration_ms, b % 1000 AS first_chunk_ms
 FROM chosen)
"""
_RECORD: Final = """
'{"call_id":"' || ID || '","at":' || at || '.25,"organization_id":"' || organization_id || '","token_id":"' || token_id
 || '","dialect":"openai.chat","request_model":"' || request_model || '","stream":true,"outcome":"' || outcome
 || '","status":200,"upstream":"' || upstream || '","key_fingerprint":"0a1b2c3d","attempts":[{"upstream":"' || upstream
 || '","key_fingerprint":"0a1b2c3d","model":"m","fault":null,"status":200,"duration_ms":' || duration_ms
 || '}],"usage":{"input_tokens":' || input || ',"output_tokens":' || output || '},"currency":"USD","amount_nanos":'
 || amount_nanos || ',"duration_ms":' || duration_ms || ',"time_to_first_chunk_ms":' || first_chunk_ms
 || ',"project_id":"' || project_id || '","member_id":"' || member_id || '","department_id":"' || department_id
 || '","cost_nanos":' || cost_nanos || ',"cost_currency":"CNY","utc_offset_s":28800}'
"""
_CALLS: Final = f"""
INSERT INTO calls (call_id, at, organization_id, token_id, request_model, upstream, outcome, amount_nanos, record)
WITH NUMBERS, {_FACTS} SELECT ID, at + 0.25, organization_id, token_id, request_model, upstream, outcome, amount_nanos,
 {_RECORD} FROM facts
"""
_NAMES: Final = ", ".join(DIMENSIONS)
_KEYS: Final = f"""
INSERT INTO usage_keys ({_NAMES}) WITH NUMBERS, {_FACTS} SELECT DISTINCT {_NAMES} FROM facts WHERE true
ON CONFLICT ({_NAMES}) DO NOTHING
"""
_COUNTED: Final = {
    "calls": "1",
    "input_tokens": "input",
    "output_tokens": "output",
    "amount_nanos": "amount_nanos",
    "cost_nanos": "cost_nanos",
    "duration_ms": "duration_ms",
    "first_chunks": "1",
    "first_chunk_ms": "first_chunk_ms",
} | {
    name: f"CASE WHEN duration_ms >= {least} AND duration_ms < {end} THEN 1 ELSE 0 END"
    for name, least, end in zip(DURATIONS, (0, *DURATIONS_MS), (*DURATIONS_MS, 10**12), strict=True)
}
_PENDING: Final = f"""
INSERT INTO usage_pending ({", ".join(PENDING)}) WITH NUMBERS, {_FACTS}
SELECT at / 3600 * 3600, (at + 28800) / 86400 * 86400, k.id,
 {", ".join(f"sum({_COUNTED.get(name, '0')})" for name in PENDING[3:])}
FROM facts AS f JOIN usage_keys AS k USING ({_NAMES}) GROUP BY 1, 2, 3
"""


def make_calls(database: Database, calls: int, told: Callable[[str], None]) -> None:
    """So many calls in ninety days, in an empty log."""
    on_sqlite = database.dialect == "sqlite"
    if not on_sqlite:
        with database.writing("calls") as connection:
            make_partitions(connection, *(datetime.fromtimestamp(at, UTC).date() for at in (BEGAN, ENDED)))
            connection.exec_driver_sql("ALTER TABLE calls DISABLE TRIGGER USER")  # or all would count twice
    for first in range(0, calls, CHUNK):
        after = min(first + CHUNK, calls)
        with database.writing("calls") as connection:
            for statement in (_CALLS, _KEYS, _PENDING):
                connection.exec_driver_sql(_spelled(statement, first, after, calls, on_sqlite=on_sqlite))
            fold(connection)
        told(f"{after:,} calls made")
    if not on_sqlite:
        with database.writing("calls") as connection:
            connection.exec_driver_sql("ALTER TABLE calls ENABLE TRIGGER USER")
            connection.exec_driver_sql("ANALYZE")


def _spelled(statement: str, first: int, after: int, calls: int, *, on_sqlite: bool) -> str:
    numbers = f"RECURSIVE numbers(n) AS ({_SQLITE_NUMBERS})" if on_sqlite else f"numbers AS ({_NUMBERS})"
    spelled = statement.replace("NUMBERS", numbers).replace("ID", _SQLITE_ID if on_sqlite else _ID)
    for name, value in {"{first}": first, "{after}": after, "{calls}": calls}.items():
        spelled = spelled.replace(name, str(value))
    return spelled
