"""Alembic's environment and its revisions: what leads from the tables of one version to those of the next."""
