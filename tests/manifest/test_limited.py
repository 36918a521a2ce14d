import pytest

from waystation.manifest.limited import (
    find_limit,
    limited,
    limits_of_owner,
    read_limit,
    with_limit,
    without_limit,
)
from waystation.manifest.repository import Snapshot
from waystation.wire.catalogue import Catalogue, Model, Organization, Token
from waystation.wire.errors import Misconfigured
from waystation.wire.limit import Limit

MODEL = Model(name="gpt-4o", routes=(), price=None)
ACME = Organization("org_1", "acme")
TOKEN = Token(id="tok_1", name="ci", organization_id="org_1", digest=b"1" * 32, hint="x")
SNAPSHOT = Snapshot(
    catalogue=Catalogue(revision=1, models=(MODEL,), organizations=(ACME,), tokens=(TOKEN,)), wallets={}, kept_by={}
)


@pytest.mark.parametrize(
    ("path", "found"), [("acme", ACME), ("acme/ci", TOKEN), ("tok_1", TOKEN), ("model:gpt-4o", MODEL)]
)
def test_whose_limits_are_meant(path: str, found: object) -> None:
    assert limited(SNAPSHOT, path) == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("acne", "did you mean 'acme'?"),
        ("model:gpt-4", "there is no model 'gpt-4'; did you mean 'gpt-4o'?"),
        ("model:zzz", "there are: gpt-4o"),
    ],
)
def test_whose_are_not(path: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said.replace("?", "[?]")):
        limited(SNAPSHOT, path)


def test_a_limit_is_read_as_a_file_s() -> None:
    fields: dict[str, object] = {"rpm": 5, "concurrency": 1, "queue": 2, "model": "gpt-4o"}
    assert read_limit(ACME, fields, SNAPSHOT) == Limit(5, None, 1, 2, 10, "gpt-4o")
    assert read_limit(MODEL, {"rpm": 5}, SNAPSHOT) == Limit(5)


@pytest.mark.parametrize(
    ("owner", "fields", "said"),
    [
        (ACME, {"rpm": 0}, "rpm: expected an integer from 1"),
        (ACME, {}, "limits nothing"),
        (ACME, {"rpm": 1, "model": "nope"}, "there is no model 'nope'"),
        (MODEL, {"rpm": 1, "model": "gpt-4o"}, "there is no field 'model'"),
    ],
)
def test_or_refused_as_a_file_s(owner: Organization | Model, fields: dict[str, object], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        read_limit(owner, fields, SNAPSHOT)


def test_a_limit_takes_the_place_of_the_one_for_the_same_calls() -> None:
    owner = with_limit(with_limit(ACME, Limit(rpm=5)), Limit(rpm=1, model="gpt-4o"))
    assert limits_of_owner(with_limit(owner, Limit(tpm=9))) == (Limit(tpm=9), Limit(rpm=1, model="gpt-4o"))
    assert limits_of_owner(without_limit(owner, Limit(rpm=5))) == (Limit(rpm=1, model="gpt-4o"),)


def test_a_model_has_one() -> None:
    limited_model = with_limit(MODEL, Limit(rpm=5))
    assert limits_of_owner(limited_model) == (Limit(rpm=5),)
    assert limits_of_owner(without_limit(limited_model, Limit(rpm=5))) == ()


def test_the_limit_that_is_meant_is_found_or_those_that_are_there_are_told() -> None:
    owner = with_limit(ACME, Limit(rpm=1, model="gpt-4o"))
    assert find_limit(owner, "acme", "gpt-4o") == Limit(rpm=1, model="gpt-4o")
    with pytest.raises(Misconfigured, match="'acme' has no limit for all models; there are: 1 requests a minute for"):
        find_limit(owner, "acme", None)
    with pytest.raises(Misconfigured, match="no limit for model 'm'; there are: none"):
        find_limit(MODEL, "model:gpt-4o", "m")
