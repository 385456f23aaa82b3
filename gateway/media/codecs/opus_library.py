"""libopus by its C interface, which has been stable since 1.0 (opus-codec.org/docs).

The system's library serves where there is one (Debian: libopus0), which its security updates reach; else the copy in
PyAV's wheel, which faster-whisper brings. The interpreter's lock is kept during calls: they last 10 to 100
microseconds, and in the media worker taking the lock back would cost more than that.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from pathlib import Path

from gateway.media.errors import MediaError

SYSTEM_LIBRARY = "libopus.so.0"

_STATE = ctypes.c_void_p
_ERROR = ctypes.POINTER(ctypes.c_int)
_FUNCTIONS = {
    "opus_decoder_create": (_STATE, (ctypes.c_int32, ctypes.c_int, _ERROR)),
    "opus_decoder_destroy": (None, (_STATE,)),
    "opus_decode": (
        ctypes.c_int,
        (_STATE, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ),
    "opus_encoder_create": (_STATE, (ctypes.c_int32, ctypes.c_int, ctypes.c_int, _ERROR)),
    "opus_encoder_destroy": (None, (_STATE,)),
    "opus_encode": (ctypes.c_int32, (_STATE, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int32)),
    # A function of a variable number of arguments: those beyond the declared ones are passed as such.
    "opus_encoder_ctl": (ctypes.c_int, (_STATE, ctypes.c_int)),
    "opus_strerror": (ctypes.c_char_p, (ctypes.c_int,)),
    "opus_get_version_string": (ctypes.c_char_p, ()),
}


class OpusUnavailable(MediaError):
    """This machine has no libopus, so Opus can be neither offered nor accepted."""


@functools.cache
def load_opus() -> ctypes.PyDLL:
    """Return the library with its functions' types declared.

    Raises:
        OpusUnavailable: there is none.

    """
    for path in (SYSTEM_LIBRARY, *bundled_libraries()):
        try:
            return declare(ctypes.PyDLL(path))
        except OSError:
            continue
    raise OpusUnavailable("Opus is not available: install libopus (Debian's libopus0) or the package av")


def bundled_libraries() -> list[str]:
    """Return the paths of the libopus that PyAV's wheel carries, without importing PyAV."""
    package = importlib.util.find_spec("av")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent.parent / "av.libs"
    return sorted(str(path) for path in folder.glob("libopus-*.so*"))


def declare(library: ctypes.PyDLL) -> ctypes.PyDLL:
    """Declare the types of the functions that are used, and return ``library``."""
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
