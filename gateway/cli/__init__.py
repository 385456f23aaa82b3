"""The command line.

Exit codes: 0 done, 1 it could not be done (the message says why), 2 the command or its input is wrong.
"""

from gateway.cli.app import main

__all__ = ["main"]
