"""User accounts: the documents in ``_system/_users``, passwords, levels of access, access tokens."""
