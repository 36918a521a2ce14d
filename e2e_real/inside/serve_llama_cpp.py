"""llama.cpp's own HTTP server, as its Python wheel holds it, until a signal ends it.

Run by the interpreter of the server's own environment, never imported by the rig.
"""

import os
import signal
import sys

import xllamacpp

CONTEXT = 2048


def main(model: str, name: str, port: int) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {name}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.api_keys = [os.environ["SERVER_KEY"]]
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    server = xllamacpp.Server(parameters)
    print("listening on", server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
