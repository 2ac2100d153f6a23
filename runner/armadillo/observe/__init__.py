"""Looking at servers from outside: their logs."""
