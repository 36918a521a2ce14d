"""Who calls: sub-tokens, how their secrets are made and checked, and what they may do. Pure; time is an argument."""
