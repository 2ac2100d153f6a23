"""The agency: Raft, the replicated key-value tree, its HTTP API, its supervision and its clients."""
