"""The load test that ships with Waystation: what a caller of a gateway sees, plain and streamed.

It knows nothing of the gateway behind the address: it speaks HTTP/1.1 over raw sockets, so that the same
client measures Waystation, its neighbours and the bare upstream. `options` says what to do, `connection`
does one call, `load` does many, `spread` and `report` say what came of it, `table` prints it.
"""

from waystation.bench.load import measure, run
from waystation.bench.options import BadOptions, Options
from waystation.bench.report import Quantiles, Report
from waystation.bench.table import as_json, as_table

__all__ = ["BadOptions", "Options", "Quantiles", "Report", "as_json", "as_table", "measure", "run"]
