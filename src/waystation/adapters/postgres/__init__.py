"""The store on one PostgreSQL, which several servers may share. Through asyncpg: no thread, no statement per call.

What concurrent calls want of the ledger is sent as one batch, to a function of the database that decides and writes it
in one transaction (`sql/migrations/ledger/0008_book.py`). No lock is held while the network carries something, so a
server that hangs or dies holds up nobody. Whatever is asked for has an id, and a batch whose answer was lost is sent
again: what was done already is only answered.
"""
