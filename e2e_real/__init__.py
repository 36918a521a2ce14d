"""Real model servers behind the gateway: what it books against what they reported. `python -m e2e_real`."""
