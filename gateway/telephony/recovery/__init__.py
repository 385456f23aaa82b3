"""Calls across a crash."""
