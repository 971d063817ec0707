"""A program of its own, run by `espeak`: a text comes in, its phones in JSON and samples go out.

It talks to espeak-ng's library, whose state carries over from one text to the next: only in a fresh
process does the same text give the same samples. It imports nothing but the standard library and
must be run by its path. The structures are those of the library's public header speak_lib.h.
"""

import array
import ctypes
import json
import sys
from typing import Any, Final

NO_VOICE: Final = 3
NO_LIBRARY: Final = 4
SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback
PHONE_EVENTS: Final = 1  # espeakINITIALIZE_PHONEME_EVENTS
END_OF_LIST: Final = 0  # espeakEVENT_LIST_TERMINATED
PHONE: Final = 7  # espeakEVENT_PHONEME
UTF8: Final = 1  # espeakCHARS_UTF8


class _Name(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Name),
    ]  # fmt: skip


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte), ("age", ctypes.c_ubyte), ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte), ("score", ctypes.c_int), ("spare", ctypes.c_void_p),
    ]  # fmt: skip


_Callback: Final = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def main(library_name: str, language: str) -> int:
    """Speak; the exit status is NO_VOICE or NO_LIBRARY where that is what is wrong."""
    try:
        library = ctypes.CDLL(library_name)
    except OSError:
        return NO_LIBRARY
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint,
        ctypes.c_uint, ctypes.POINTER(ctypes.c_uint), ctypes.c_void_p,
    ]  # fmt: skip
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONE_EVENTS)
    samples = array.array("h")
    starts: list[tuple[int, str]] = []

    def heard(block: Any, count: int, events: Any) -> int:
        if block and count:
            samples.extend(block[:count])
        at = 0
        while events[at].type != END_OF_LIST:
            if events[at].type == PHONE:
                starts.append((events[at].sample, events[at].id.string.decode(errors="replace")))
            at += 1
        return 0

    callback = _Callback(heard)
    library.espeak_SetSynthCallback(callback)
    voice = _Voice(languages=language.encode())
    if library.espeak_SetVoiceByProperties(ctypes.byref(voice)):
        return NO_VOICE
    text = sys.stdin.buffer.read()
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, UTF8, None, None)
    library.espeak_Synchronize()
    header = json.dumps({"rate_hz": rate_hz, "starts": starts}).encode()
    sys.stdout.buffer.write(header + b"\n" + samples.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
