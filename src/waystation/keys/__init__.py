"""The keys that we hold at vendors: lending one to a call, benching it when the vendor refuses it.

Pure state: time comes as an argument, and what happened comes back with the lease.
"""
