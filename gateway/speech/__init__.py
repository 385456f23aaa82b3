"""Recognition and synthesis: the interface, its HTTP client, the engines and the speech server."""
