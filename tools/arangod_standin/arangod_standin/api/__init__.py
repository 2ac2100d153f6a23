"""The HTTP API by family; handlers speak to a Backend and know no role."""
