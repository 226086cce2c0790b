"""Messages end to end with a thousand people connected, and live counters of ten thousand listings."""
