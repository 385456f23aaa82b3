"""The main process's side of the media workers."""
