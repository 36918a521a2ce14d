"""The checks of `ledger verify`, each on one part of the books."""
