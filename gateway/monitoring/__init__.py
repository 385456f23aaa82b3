"""What an operator watches: the registry of metrics, and the parts of it that no other package counts."""
