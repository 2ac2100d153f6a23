"""The command line: which options exist, how they are read, and the typed settings made of them."""
