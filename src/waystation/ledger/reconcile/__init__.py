"""A vendor's bill beside our own calls: its rows are read by a saved mapping, matched, and every difference is named.

`mapping` says what a vendor's columns mean, `cells` reads what stands in them, `reading` makes rows of a file's lines.
`requests` compares call by call, where the bill names each; `groups` compares sums of a day, a model or a key.
"""
