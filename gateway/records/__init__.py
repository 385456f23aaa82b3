"""The story of every call, in SQLite: tables, the journal that writes them, queries that read them."""
