"""What a history must not show: one file per promise, each a pure function of the history."""
