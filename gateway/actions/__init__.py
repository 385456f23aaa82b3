"""What the practice shall do: the outbox and its delivery to the practice's endpoint."""
