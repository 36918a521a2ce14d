"""Chaos: very many streams at once while keys and upstreams are broken and mended by chance; then bills are compared.

    python -m rigs.chaos [--seconds N] [--streams N] [--upstreams N] [--keys N] [--seed N]

One upstream at least is whole for as long as a call may take to try its routes, and has keys that nothing has
happened to; which one changes. Then no caller may hear of an error before its first byte, whatever the model's
strategy. A stream that a fault cuts after it ends with an error event and is billed once for what was delivered;
every other is billed for what its vendor counted. The ledger verifies. The report tells every fault, how often it was
put up, and what became of the calls that it struck. The last line is `N calls, E errors before the first byte, D
differences`.
"""
