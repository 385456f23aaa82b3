"""SIP messages and what stands in them: header fields, URIs, session descriptions."""
