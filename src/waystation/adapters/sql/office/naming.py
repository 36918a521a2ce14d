"""From what people call a budget to its id."""

from sqlalchemy import Connection, select

from waystation.adapters.sql.tables.catalogue import nodes, tokens
from waystation.adapters.sql.tables.ledger import budgets
from waystation.wire.errors import Misconfigured


def budget_named(connection: Connection, organization_id: str, wanted: str) -> str:
    """The id of a budget; or of the one budget of a department, project, member or token with that name or id.

    Raises: Misconfigured if there is none, or it is not clear which.
    """
    if connection.execute(select(budgets.c.id).where(budgets.c.id == wanted)).first() is not None:
        return wanted
    named = [
        select(table.c.id).where(
            table.c.organization_id == organization_id, (table.c.name == wanted) | (table.c.id == wanted)
        )
        for table in (nodes, tokens)
    ]
    owners = {id_ for query in named for id_ in connection.execute(query).scalars()}
    found = connection.execute(
        select(budgets.c.id).where(budgets.c.owner_id.in_(owners), budgets.c.removed_at.is_(None))
    ).scalars()
    ids = sorted(found)
    if len(ids) != 1:
        several = f"{wanted!r} has several budgets: name one of {', '.join(ids)}"
        raise Misconfigured(several if ids else f"there is no budget {wanted!r}, nor anything of that name with one")
    return str(ids[0])
