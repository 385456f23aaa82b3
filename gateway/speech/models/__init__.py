"""Models that lie in MODELS_DIR or in the hub's cache: finding, verifying and fetching them."""
