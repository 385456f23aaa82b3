"""Dialogs and calls: offer and answer, changes, session timers, transfers."""
