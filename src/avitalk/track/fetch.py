"""MediaPipe's model, fetched once on the user's word and checked: an address in, a file out."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.files import atomic_path, data_folder
from avitalk.track.landmarker import MODEL_NAME

MODEL_URL: Final = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
    "face_landmarker.task"
)
MODEL_SHA256: Final = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_BYTES: Final = 3_758_596
MOST_BYTES: Final = 64 << 20
TIMEOUT_S: Final = 60
PIECE: Final = 1 << 16


def fetch_model(
    target: Path | None = None,
    *,
    url: str = MODEL_URL,
    sha256: str = MODEL_SHA256,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Download the model to `target` (the user's data folder if None), where `find_model` looks.

    A file that is there and has the right checksum is kept. `progress` takes the bytes read.
    Raises InputError if it cannot be reached, or is another file than the one known; nothing is
    left behind then.
    """
    target = target or data_folder() / MODEL_NAME
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return target
    if not url.startswith(("https://", "http://")):
        raise InputError(f"{url}: not an address; allowed: https://, http://")
    digest, count = hashlib.sha256(), 0
    with atomic_path(target) as unfinished:
        try:
            with (
                urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer,
                unfinished.open("wb") as file,
            ):
                while piece := answer.read(PIECE):
                    count += len(piece)
                    if count > MOST_BYTES:
                        raise InputError(f"{url}: more than {MOST_BYTES >> 20} MiB; not the model")
                    digest.update(piece)
                    file.write(piece)
                    if progress is not None:
                        progress(count)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise InputError(f"{url}: cannot be fetched ({reason})") from error
        if digest.hexdigest() != sha256:
            raise InputError(
                f"{url}: {count} bytes with another checksum than the model's "
                f"({digest.hexdigest()[:12]}..., known: {sha256[:12]}...); not kept"
            )
    return target
