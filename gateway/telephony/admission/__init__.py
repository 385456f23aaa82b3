"""Who and what is let in: sources, rates, load, lines."""
