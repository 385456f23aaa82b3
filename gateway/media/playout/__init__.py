"""What the caller is sent, and when."""
