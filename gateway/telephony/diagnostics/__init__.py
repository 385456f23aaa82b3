"""What operators look at: traces, ladders, captures, metrics."""
