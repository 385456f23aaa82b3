"""What the main process and a media worker say to each other."""
