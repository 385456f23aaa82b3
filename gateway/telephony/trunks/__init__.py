"""Trunks: their configuration, registration, state and identities."""
