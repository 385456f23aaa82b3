"""Speech codecs and their batches."""
