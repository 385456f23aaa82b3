"""Putting a caller through to a human: whom, how, and what the caller hears meanwhile."""
