"""Understand, decide, phrase: what the caller means, what happens next and how it is worded. Knows no audio."""
