"""What we accepted: kept columns of every source row, append-only, with key, version, hash, batch and known time."""
