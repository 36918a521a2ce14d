"""The office: what people have booked by hand, and the bookings that fall due by themselves.

`Office.book` does an errand, once for each idempotency key; `expire_gifts` and `book_costs` are run by the house every
minute. Each booking is one transaction, and one guarded statement decides whether it can be made.
"""

from waystation.adapters.sql.office.costs import book_costs
from waystation.adapters.sql.office.desk import Office
from waystation.adapters.sql.office.gifts import expire_gifts
from waystation.adapters.sql.office.mending import mend_records

__all__ = ["Office", "book_costs", "expire_gifts", "mend_records"]
