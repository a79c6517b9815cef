"""The trainer: ProRL as one readable loop over verifiable environments. Start at `loop`."""
