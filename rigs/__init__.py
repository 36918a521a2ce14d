"""Rigs: long runs against the real gateway as a process of its own, each ending with one line that says how it went."""
