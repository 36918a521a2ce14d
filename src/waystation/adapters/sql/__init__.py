"""Work on the data beside the calls: plans, bookings of money, statements, reports. On SQLite and on PostgreSQL.

It is written in SQLAlchemy Core, once for both. What calls wait for is not here: it has writers of its own.
"""
