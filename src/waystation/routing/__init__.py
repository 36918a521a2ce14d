"""From a public model's name to an ordered tuple of ways to serve it."""
