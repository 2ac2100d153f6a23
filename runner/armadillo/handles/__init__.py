"""The test's side: what a test holds. Speaks to the runner by the control service and to ArangoDB by HTTP."""
