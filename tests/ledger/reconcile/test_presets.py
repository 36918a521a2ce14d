from waystation.ledger.reconcile.presets import PRESETS
from waystation.ledger.reconcile.reading import lines_of
from waystation.ledger.reconcile.words import Line

ANTHROPIC = """usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,\
web_search_count,inference_geo,speed
2026-08-05,claude-opus-5,ci,Default,standard,≤ 200k,100,20,30,400,50,0,global,
"""
DEEPSEEK = """user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount
u1,2026-09-02T00:00:00+08:00,2026-09-03T00:00:00+08:00,deepseek-v4-pro,ci,sk-519dd****7ad9,output_tokens,0.0000135,3419
u1,2026-09-02T00:00:00+08:00,2026-09-03T00:00:00+08:00,deepseek-v4-pro,ci,sk-519dd****7ad9,input_cache_hit_tokens,\
0.00000005,1000
u1,2026-09-02T00:00:00+08:00,2026-09-03T00:00:00+08:00,deepseek-v4-pro,ci,sk-519dd****7ad9,request_count,,7
"""
DEEPSEEK_OLD = """user_id,utc_date,model,api_key_name,api_key,type,price,amount
u,20260701,deepseek-v4-pro,first,sk-b,input_cache_miss_tokens,0.000003,1000
"""
OPENAI = """start_time,start_time_iso,num_model_requests,api_key_id,model,input_tokens,output_tokens,input_cached_tokens
1759622400,2025-10-05T00:00:00+00:00,3,key_1,gpt-5-mini,1000,200,300
1759708800,2025-10-06T00:00:00+00:00,,,,,,
"""
COSTS = """start_time_iso,amount_value,amount_currency,line_item
2025-10-05T00:00:00+00:00,0.8958740000000000,usd,
2025-10-09T00:00:00+00:00,,,
"""


def read(name: str, text: str) -> list[Line]:
    return list(lines_of(text.splitlines(keepends=True), PRESETS[name]))


def test_each_tells_where_it_was_seen() -> None:
    assert all(mapping.source for mapping in PRESETS.values())


def test_anthropic_counts_cached_tokens_apart() -> None:
    (line,) = read("anthropic-usage", ANTHROPIC)
    assert line == Line(number=1, day="2026-08-05", model="claude-opus-5", key="ci", tokens=(550, 50, 400, 50))


def test_deepseek_has_a_row_for_each_kind() -> None:
    out, hit, count = read("deepseek-amount", DEEPSEEK)
    assert (out.day, out.key, out.tokens, out.amount_nanos) == (
        "2026-09-02",
        "sk-519dd****7ad9",
        (None, 3419, None, None),
        46_156_500,
    )
    assert hit.tokens == (1000, None, 1000, None)
    assert (count.calls, count.amount_nanos) == (7, None)
    (old,) = read("deepseek-amount-2026-08", DEEPSEEK_OLD)
    assert (old.day, old.tokens, old.amount_nanos, old.currency) == (
        "2026-07-01",
        (1000, None, None, None),
        3_000_000,
        "CNY",
    )


def test_openai_leaves_days_without_calls_empty() -> None:
    (line,) = read("openai-usage", OPENAI)
    assert (line.day, line.calls, line.tokens) == ("2025-10-05", 3, (1000, 200, 300, None))
    (cost,) = read("openai-costs", COSTS)
    assert (cost.day, cost.amount_nanos, cost.currency) == ("2025-10-05", 895_874_000, "USD")
