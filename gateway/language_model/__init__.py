"""A language model at an OpenAI-compatible endpoint: asked with a deadline, never trusted. Knows no dialogue."""
