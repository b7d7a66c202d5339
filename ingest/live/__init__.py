"""Live calls: what the switches say is in progress now."""
