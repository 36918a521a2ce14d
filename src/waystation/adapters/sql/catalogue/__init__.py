"""The catalogue in the database: read as one value, written in batches that each make one revision.

`reading` and `tenants` read it, `writing` and `budgets` write it, `repository` is what the manifest works with.
"""

from waystation.adapters.sql.catalogue.reading import load, revision
from waystation.adapters.sql.catalogue.repository import SqlRepository

__all__ = ["SqlRepository", "load", "revision"]
