"""Faults: one file per kind, all with the same life cycle (`fault.Fault`)."""
