"""The practice profile: what the gateway knows about the practice that it answers for."""
