"""Other people's lists of prices, read so that what a gateway serves can be looked up in them.

A list is only read here. What it would change is a proposal (`manifest.proposals`), which somebody approves.
"""
