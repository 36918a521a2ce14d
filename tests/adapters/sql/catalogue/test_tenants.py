from msgspec.structs import replace

from tests.adapters.sql.catalogue.world import ALL, DEPARTMENT, MEMBER, ORGANIZATION, PROJECT, TEAM, TOKEN, read, write
from waystation.adapters.sql.catalogue.tenants import nodes, organizations, tokens
from waystation.adapters.sql.engine import Database
from waystation.manifest.repository import Changes
from waystation.wire.catalogue import Organization


def test_who_calls_is_read_with_all_that_it_may(database: Database) -> None:
    write(database, ALL)
    with database.reading() as connection:
        assert organizations(connection) == (ORGANIZATION,)
        assert nodes(connection) == (DEPARTMENT, TEAM, PROJECT, MEMBER)
        assert tokens(connection) == (TOKEN,)


def test_what_is_not_limited_is_read_as_such(database: Database) -> None:
    bare = replace(ALL, organizations=(Organization("org_1", "acme"),), nodes=(), tokens=())
    write(database, bare)
    assert read(database).organizations == (Organization("org_1", "acme"),)


def test_no_models_at_all_is_not_all_models(database: Database) -> None:
    write(database, replace(ALL, nodes=(replace(DEPARTMENT, models=()),), tokens=(replace(TOKEN, models=()),)))
    catalogue = read(database)
    assert (catalogue.nodes[0].models, catalogue.tokens[0].models) == ((), ())


def test_a_removed_node_is_not_there(database: Database) -> None:
    write(database, ALL)
    write(database, Changes(kept_by="file", dropped_nodes=("mem_1",)))
    assert read(database).nodes == (DEPARTMENT, TEAM, PROJECT)
