"""Digest authentication, both roles."""
