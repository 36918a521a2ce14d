"""The store on SQLite, with nothing but the standard library.

Three files in the data directory. `ledger.db` holds what must never be wrong: the catalogue, accounts, holds and
postings. `calls.db` holds call records, which can be rebuilt from the ledger. `responses.db` holds stored responses:
the only text of callers that is ever kept, and it is sealed. Each file has one writer thread with a connection of its
own; what concurrent calls want of it shares a transaction.
"""
