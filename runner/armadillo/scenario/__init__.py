"""Scenarios: what goes on beside a test, or in its stead, for a longer time."""
