"""Addresses for servers, and what isolates them from others."""
