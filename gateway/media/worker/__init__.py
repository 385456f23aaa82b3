"""The media worker: a process with a real-time thread that carries the sound of many legs."""
