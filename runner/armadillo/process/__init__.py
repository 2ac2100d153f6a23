"""Processes: spawning into sessions of their own, waiting, stopping, limits, and what outlives the runner."""
