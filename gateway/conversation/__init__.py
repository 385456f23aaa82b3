"""One call, from greeting to goodbye: listens on a leg, asks the dialogue, speaks. Knows no SIP."""
