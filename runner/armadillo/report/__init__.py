"""The run for people: one page that opens from disk, and the merged timeline as text. Functions of the record."""
