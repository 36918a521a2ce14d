from pathlib import Path

import pytest
import sqlalchemy
from msgspec.structs import replace

from tests.adapters.sql.catalogue.world import (
    ALL,
    DEPARTMENT,
    KEYS,
    MODEL,
    ORGANIZATION,
    PASSWORD,
    SECRET,
    TEAM,
    TOKEN,
    UPSTREAM,
    read,
    write,
)
from waystation.adapters.sql.engine import Database, of_files
from waystation.adapters.sql.migrate import migrate
from waystation.manifest.repository import Changes
from waystation.wire.catalogue import FormerSecret, ModelRoute, Organization, Timeouts, UpstreamKey


def test_what_is_written_again_takes_its_place(database: Database) -> None:
    other = replace(UPSTREAM, id="up_2", name="second", keys=(UpstreamKey("key_3", "c", "c"),))
    write(database, replace(ALL, upstreams=(UPSTREAM, other)))
    upstream = replace(UPSTREAM, keys=UPSTREAM.keys[1:], proxy=None, timeouts=Timeouts(), dialects=None, overrides=None)
    upstream = replace(upstream, key_limits=None, model_limits=(), breaker=None)
    model = replace(MODEL, routes=(ModelRoute("second", "x"),), max_output_tokens=6, limit=None, routing=None)
    token = replace(
        TOKEN, models=None, budgets=(), expires_at=None, addresses=None, dialects=None, tags=(), paused=False, limits=()
    )
    department = replace(DEPARTMENT, name="R&D", models=None, budgets=(), limits=())
    changes = Changes(kept_by="file", upstreams=(upstream,), models=(model,), tokens=(token,), nodes=(department,))
    assert write(database, changes) == 2
    catalogue = read(database)
    assert (catalogue.upstreams, catalogue.models, catalogue.tokens) == ((upstream, other), (model,), (token,))
    assert catalogue.nodes[0] == department


def test_an_organization_s_retention_is_changed_and_bounded(database: Database) -> None:
    write(database, ALL)
    write(database, Changes(kept_by="file", organizations=(Organization("org_1", "acme"),)))
    assert read(database).organizations == (Organization("org_1", "acme", 0),)
    for days in (-1, 401):
        with pytest.raises(sqlalchemy.exc.DatabaseError):
            write(database, Changes(kept_by="file", organizations=(Organization("org_1", "acme", days),)))


def test_tokens_may_swap_their_secrets(database: Database) -> None:
    other = replace(TOKEN, id="tok_2", name="cd", digest=bytes(32), budgets=(), former=())
    write(database, replace(ALL, tokens=(TOKEN, other)))
    swapped = (replace(TOKEN, digest=other.digest), replace(other, digest=TOKEN.digest))
    write(database, Changes(kept_by="file", tokens=swapped))
    assert read(database).tokens == swapped


def test_a_secret_that_was_rotated_out_is_not_forgotten(database: Database) -> None:
    write(database, ALL)
    more = FormerSecret(b"g" * 32, "sk-…g", 20)
    write(database, Changes(kept_by="cli", tokens=(replace(TOKEN, former=(more,)),)))
    assert read(database).tokens[0].former == (*TOKEN.former, more)
    sooner = replace(more, until=9)
    write(database, Changes(kept_by="cli", tokens=(replace(TOKEN, former=(sooner,)),)))
    assert read(database).tokens[0].former == (*TOKEN.former, sooner)


def test_two_living_tokens_can_t_share_a_name(database: Database) -> None:
    write(database, ALL)
    twin = replace(TOKEN, id="tok_2", digest=bytes(32), budgets=(), former=())
    with pytest.raises(sqlalchemy.exc.DatabaseError):
        write(database, Changes(kept_by="cli", tokens=(twin,)))
    assert write(database, Changes(kept_by="cli", tokens=(twin,), revoked_tokens=("tok_1",))) == 2


def test_an_upstream_in_use_can_t_be_dropped(database: Database) -> None:
    write(database, ALL)
    with pytest.raises(sqlalchemy.exc.DatabaseError):
        write(database, Changes(kept_by="file", dropped_upstreams=("up_1",)))
    assert read(database).upstreams == (UPSTREAM,)


def test_a_route_to_no_upstream_can_t_be_written(database: Database) -> None:
    model = replace(MODEL, routes=(ModelRoute("nope", "x"),))
    with pytest.raises(sqlalchemy.exc.DatabaseError):
        write(database, replace(ALL, models=(model,)))
    assert read(database).revision == 0


def test_a_dropped_node_takes_its_budgets_along(database: Database) -> None:
    write(database, ALL)
    write(database, Changes(kept_by="file", dropped_nodes=("dep_2", "dep_1")))
    assert [node.id for node in read(database).nodes] == ["prj_1", "mem_1"]
    write(database, Changes(kept_by="file", nodes=(replace(DEPARTMENT, budgets=()), TEAM)))
    assert [(node.id, node.budgets) for node in read(database).nodes][:2] == [("dep_1", ()), ("dep_2", ())]


def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    database = of_files(tmp_path)
    migrate(database)
    write(database, ALL)
    write(database, Changes(kept_by="file", upstreams=(UPSTREAM,), organizations=(ORGANIZATION,)))
    contents = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(contents) >= 3
    for secret in (*KEYS, PASSWORD, SECRET):
        assert not [content for content in contents if secret.encode() in content]
