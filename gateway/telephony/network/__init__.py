"""Sockets, connections, and finding servers."""
