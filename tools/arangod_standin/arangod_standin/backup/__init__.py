"""Hot backups: consistent copies of the data directory, and starts that put one in place."""
