"""What all workers of all gateways share through Redis: counts of limits, states of keys. No money rests on it."""
