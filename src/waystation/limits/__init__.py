"""Limits on calls and tokens, without a clock and a loop: `gauge` counts for one owner, `chain` for all above a call.

Who waits, and how long a minute really takes, is the limiter's, which is an adapter; `refusal` has the words.
"""
