"""What becomes of packets before they are heard: jitter buffer, concealment, comfort noise."""
