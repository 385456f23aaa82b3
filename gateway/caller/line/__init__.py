"""A bad line between the caller's telephone and the other side: packets lost or late, and noise around the caller."""
