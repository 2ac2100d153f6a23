"""The event log, and one file per thing that is made from it."""
