"""The media plane: RTP, playout, voice activity and recording, in worker processes. Knows no SIP."""
