"""Rehearsals: simulated patients call the gateway over SIP and RTP, and a report says how well it did."""
