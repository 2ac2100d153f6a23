"""The runner's side of the control service: the running deployment and the verbs on it."""
