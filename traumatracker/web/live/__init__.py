"""Live: a message is a batch of one, seen to at once by a worker of its own (docs/adr/0062-live-evaluation.md)."""
