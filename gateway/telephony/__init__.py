"""SIP signalling: messages, transactions, dialogs, offer/answer. Knows no speech."""
