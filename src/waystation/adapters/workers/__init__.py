"""Several processes that serve one node: a supervisor starts, watches and replaces them, and they share its sockets.

`supervisor` has the children and their lives, `child` is one of them as seen from there, `superior` is the supervisor
as seen from a worker, and `channel` is what the two say to each other.
"""
