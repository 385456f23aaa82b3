"""A telephone gateway that answers a dental practice's calls."""
