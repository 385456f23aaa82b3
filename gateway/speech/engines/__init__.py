"""The embedded engines, which run in the speech process: Whisper for recognition, SVOX Pico for synthesis."""
