"""Load on a deployment, the history of what came of it, and whether that history keeps ArangoDB's promises."""
