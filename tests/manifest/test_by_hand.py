import pytest

from tests.manifest.conftest import Desk
from tests.manifest.test_nodes import ACME, nodes
from waystation.identity.token import Directory, digest
from waystation.manifest.by_hand import ByHand, seconds_of
from waystation.manifest.repository import Item
from waystation.wire.catalogue import Token
from waystation.wire.errors import Misconfigured
from waystation.wire.limit import Limit

SECRET = "0123456789abcdefghijXYZ_-"


def hand(desk: Desk) -> ByHand:
    desk.apply(ACME)
    return ByHand(desk.repository, desk.clock)


def token(desk: Desk) -> Token:
    return desk.snapshot().catalogue.tokens[0]


def test_a_secret_is_rotated_with_an_overlap(desk: Desk) -> None:
    rotated = hand(desk).rotate("ci", overlap="24h")
    assert rotated.secret not in repr(rotated)
    found = Directory(desk.snapshot().catalogue.tokens)
    new, old = found.find(rotated.secret), found.find(SECRET)
    assert new is not None
    assert (new.token, new.former) == (rotated.token, None)
    assert old is not None
    assert old.former is not None
    assert old.former.until == desk.clock.at + 86_400
    assert desk.snapshot().kept_by[Item("token", token(desk).id)] == "file"


def test_without_an_overlap_the_old_secret_ends_at_once(desk: Desk) -> None:
    rotated = hand(desk).rotate("acme/ci")
    assert rotated.token.former[0].until == desk.clock.at
    assert token(desk).digest == digest(rotated.secret)


def test_a_file_can_t_bring_the_old_secret_back(desk: Desk) -> None:
    hand(desk).rotate("ci")
    assert any("it was rotated out" in line for line in desk.mistakes(ACME))
    assert not desk.apply(ACME.replace(f"secret: {SECRET}, ", "")).changing


def test_a_revoked_token_is_not_rotated(desk: Desk) -> None:
    by_hand = hand(desk)
    id_ = desk.operations.revoke_token("ci").id
    with pytest.raises(Misconfigured, match="was revoked"):
        by_hand.rotate(id_)


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0), ("30m", 1800), ("24h", 86_400), ("90d", 90 * 86_400)])
def test_lengths(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "24", "h", "91d", "1w", "-1h", "9999999d"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="is no length such as 30m"):
        seconds_of(text)


@pytest.mark.parametrize("path", ["acme", "acme/研发", "acme/chat", "acme/alice", "acme/ci"])
def test_anything_can_be_paused_and_resumed(desk: Desk, path: str) -> None:
    by_hand = hand(desk)
    assert by_hand.pause(path, paused=True).paused
    assert desk.apply(ACME).changing is False  # the file says nothing about it
    assert not by_hand.pause(path, paused=False).paused


def test_a_token_is_paused_by_its_id_too(desk: Desk) -> None:
    by_hand = hand(desk)
    by_hand.pause(token(desk).id, paused=True)
    assert token(desk).paused


def test_a_token_is_paused_by_its_name_alone(desk: Desk) -> None:
    by_hand = hand(desk)
    assert by_hand.pause_token("ci", paused=True).paused
    assert token(desk).paused
    with pytest.raises(Misconfigured, match="there is no token 'nope'"):
        by_hand.pause_token("nope", paused=True)


def test_a_budget_is_set_in_place_of_its_like(desk: Desk) -> None:
    by_hand = hand(desk)
    before = nodes(desk)["department 研发"].budgets
    changed = by_hand.set_budget("acme/研发", {"amount": "60 CNY", "period": "month", "alerts": [90]})
    assert (changed.id, changed.amount_nanos, changed.thresholds) == (before[0].id, 60_000_000_000, (90,))
    by_hand.set_budget("acme/研发", {"amount": "5 CNY", "period": "day"})
    assert [one.period for one in nodes(desk)["department 研发"].budgets] == ["month", "custom", "day"]
    by_hand.set_budget("acme", {"amount": "1000 CNY"})
    by_hand.set_budget("acme/ci", {"amount": "1 CNY"})
    assert [one.period for one in desk.snapshot().catalogue.organizations[0].budgets] == ["month", "total"]
    assert [one.period for one in token(desk).budgets] == ["total"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "5"}, "amount: expected an amount above 0"),
        ({"amount": "5 CNY", "period": "year"}, "period: expected day, week, month, total or custom"),
        ({"amount": "5 CNY", "every": "2 days"}, "every: only a custom period has one"),
    ],
)
def test_a_budget_that_can_t_be_is_refused(desk: Desk, fields: dict[str, object], said: str) -> None:
    by_hand = hand(desk)
    with pytest.raises(Misconfigured) as refused:
        by_hand.set_budget("acme", fields)
    assert refused.value.message.startswith(said)


def test_a_budget_is_removed_if_it_is_clear_which(desk: Desk) -> None:
    by_hand = hand(desk)
    with pytest.raises(Misconfigured, match=r"there are: 50\.00 CNY a month; 9\.00 CNY"):
        by_hand.remove_budget("acme/研发")
    assert by_hand.remove_budget("acme/研发", period="month", currency="CNY").period == "month"
    assert by_hand.remove_budget("acme/研发").period == "custom"
    with pytest.raises(Misconfigured, match="there are: none"):
        by_hand.remove_budget("acme/研发")


LIMITED = f"""\
upstreams: [{{name: main, vendor: openai, keys: [x]}}]
models:
  - {{name: m, routes: [{{upstream: main, model: m}}], price: {{currency: CNY, input: "1", output: "2"}}}}
{ACME}"""


def test_limits_are_set_and_removed_at_any_level(desk: Desk) -> None:
    desk.apply(LIMITED)
    by_hand = ByHand(desk.repository, desk.clock)
    limit = by_hand.set_limit("acme/研发", {"rpm": 5, "concurrency": 2, "queue": 3})
    assert limit == Limit(rpm=5, concurrency=2, queue=3, queue_s=10)
    by_hand.set_limit("acme/研发", {"tpm": 9, "model": "m"})
    by_hand.set_limit("acme/ci", {"rpm": 6})
    by_hand.set_limit("acme", {"rpm": 7})
    by_hand.set_limit("model:m", {"rpm": 8})
    catalogue = desk.snapshot().catalogue
    assert nodes(desk)["department 研发"].limits == (limit, Limit(tpm=9, model="m"))
    assert (token(desk).limits, catalogue.organizations[0].limits) == ((Limit(rpm=6),), (Limit(rpm=7),))
    assert (catalogue.models[0].limit, catalogue.models[0].price is not None) == (Limit(rpm=8), True)
    assert desk.snapshot().kept_by[Item("model", "m")] == "file"
    assert by_hand.remove_limit("acme/研发", model="m") == Limit(tpm=9, model="m")
    assert by_hand.remove_limit("model:m") == Limit(rpm=8)
    assert nodes(desk)["department 研发"].limits == (limit,)
    assert desk.snapshot().catalogue.models[0].limit is None
    with pytest.raises(Misconfigured, match="has no limit for all models; there are: none"):
        by_hand.remove_limit("model:m")
