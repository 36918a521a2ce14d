"""What was used: by whom, of what, when."""

from waystation.adapters.sql.spans import Grain
from waystation.adapters.sql.usage import Dimension, Order, UsageQuery, UsageRow, usage, usage_before
from waystation.house.database import opened
from waystation.house.offline import told
from waystation.settings import Settings

__all__ = ["Dimension", "Grain", "Order", "UsageQuery", "UsageRow", "read_usage"]


def read_usage(
    settings: Settings, query: UsageQuery, *, compared: bool = False
) -> tuple[list[UsageRow], list[UsageRow]]:
    """What is asked for, and the same for the period before if it is to be compared. Raises: Misconfigured."""
    with told(settings), opened(settings, at_head=False) as database:
        return usage(database, query), usage_before(database, query) if compared else []
