"""Writes docs/reference from what the rules, the plug-in for pytest and armadilloctl say of themselves."""
