"""The staff's page: who called and why, calls as they are held, and what is still to be done."""
