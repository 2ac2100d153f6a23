"""What background clients do: one file per kind of load, each with the requests that it makes."""
