"""`armadilloctl`: servers and faults of the run that one is part of, from a shell or any language."""
