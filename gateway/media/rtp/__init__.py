"""RTP and RTCP: packets, sessions, statistics (RFC 3550), each concept without a socket."""
