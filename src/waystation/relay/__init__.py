"""One call's whole way: `pipeline.Relay.run` reads like a sentence, and the other files are its words."""
