"""Money: what a call costs, what is reserved for it, and what is booked. Pure: no clock, no database.

A hold reserves the ceiling of one call on every account that limits it: the organization's wallet, and the window of
the sub-token's budget. It ends exactly once: posted, voided or expired. A posting moves an amount from one account to
another, so the sum over all accounts is zero by construction; nothing ever changes a posting.
"""
