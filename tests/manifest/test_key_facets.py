from waystation.manifest.key_facets import ceilings_text, key_facets, key_fields, keys_text
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey

KEYS = (
    UpstreamKey("k1", "hunter1", "aaaaaaaa"),
    UpstreamKey("k2", "hunter2", "bbbbbbbb", "acme"),
    UpstreamKey("k3", "hunter3", "cccccccc", "acme", True),
)
UPSTREAM = Upstream(
    id="u",
    name="main",
    vendor="openai",
    base_url="x",
    keys=KEYS,
    key_limits=Ceilings(5, 100, 2),
    model_limits=(("m", Ceilings(rpm=1)), ("n", Ceilings(tpm=9))),
)


def test_keys_are_told_by_their_fingerprints() -> None:
    assert key_facets(UPSTREAM) == {
        "keys": "aaaaaaaa, bbbbbbbb of acme, cccccccc of acme (disabled)",
        "key_limits": "rpm 5, tpm 100, concurrency 2",
        "model_limits": "m: rpm 1; n: tpm 9",
    }
    bare = Upstream(id="u", name="main", vendor="openai", base_url="x", keys=KEYS[:1])
    assert key_facets(bare) == {"keys": "aaaaaaaa", "key_limits": None, "model_limits": None}


def test_thousands_are_told_by_a_sum_that_any_change_changes() -> None:
    many = tuple(UpstreamKey(f"k{n}", f"s{n}", f"{n:08}") for n in range(1_000))
    disabled = (*many[:-1], UpstreamKey("k999", "s999", "00000999", None, True))
    assert keys_text(many).startswith("1000 keys (together ")
    assert keys_text(many) != keys_text(disabled)


def test_a_file_says_it_all_again() -> None:
    assert key_fields(UPSTREAM, lambda key, number: f"{number} {key.fingerprint}") == {
        "keys": ["1 aaaaaaaa"],
        "key_groups": [{"name": "acme", "keys": ["2 bbbbbbbb", "3 cccccccc"]}],
        "disabled_keys": ["cccccccc"],
        "key_limits": {"rpm": 5, "tpm": 100, "concurrency": 2},
        "model_limits": [{"model": "m", "rpm": 1}, {"model": "n", "tpm": 9}],
    }


def test_a_ceiling_that_is_not_there_is_not_told() -> None:
    assert ceilings_text(Ceilings(concurrency=3)) == "concurrency 3"
