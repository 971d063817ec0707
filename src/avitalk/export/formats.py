"""Which files a Motion can be written to and read from, by name and by suffix."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.export.glb import export_glb
from avitalk.export.glb_read import read_glb_motion
from avitalk.export.livelink import export_csv, read_csv_motion
from avitalk.export.report import Exported, ExportReport
from avitalk.export.usd import export_usd
from avitalk.export.usd_file import usd
from avitalk.export.usd_read import read_usd_motion
from avitalk.face.head import Head
from avitalk.types import Motion


@dataclass(frozen=True, slots=True)
class Exporter:
    """One motion format."""

    suffix: str
    """How the file name ends."""
    title: str
    """What it is, in a few words."""
    write: Callable[[Motion, Head], Exported]
    """Makes the file; the head matters to formats that carry a mesh."""
    read: Callable[[bytes, str], Motion]
    """Reads the file's bytes; the text names their source in errors."""
    ready: Callable[[], object] = bool
    """Raises InputError, with the command to install it, if the format needs a missing extra."""

    def suffix_for(self, head: Head) -> str:
        """How the file of a head ends: that of a VRM avatar stays a .vrm."""
        of_vrm = head.avatar is not None and head.avatar.source.path.suffix.lower() == ".vrm"
        return ".vrm" if of_vrm and self.suffix == ".glb" else self.suffix


def export_npz(motion: Motion) -> Exported:
    """Write `.motion.npz`: everything, unclamped and exact; the same motion, the same bytes."""
    return Exported(motion.to_bytes(), ExportReport())


EXPORTERS: Final[dict[str, Exporter]] = {
    "glb": Exporter(".glb", "animated head, glTF 2.0", export_glb, read_glb_motion),
    "usdz": Exporter(".usdz", "animated head, USD", export_usd, read_usd_motion, usd),
    "csv": Exporter(
        ".csv", "Live Link Face curves", lambda motion, _: export_csv(motion), read_csv_motion
    ),
    "npz": Exporter(
        ".motion.npz", "exact motion", lambda motion, _: export_npz(motion), Motion.from_bytes
    ),
}
"""Format name -> how it is written and read."""


def read_motion(path: Path | str, *, fps: float | None = None) -> Motion:
    """Read a `.motion.npz`, a Live Link Face `.csv`, a `.glb` or a `.usdz`, chosen by suffix.

    `fps` overrides the rate told by a CSV's timecodes; other files state theirs. Raises
    InputError for other suffixes and for files that are missing, cut off or something else.
    """
    path = Path(path)
    name = path.name.lower()
    if name.endswith(".vrm"):
        name = name.removesuffix(".vrm") + ".glb"  # the same container
    found = [e for e in EXPORTERS.values() if name.endswith(e.suffix)]
    if not found:
        suffixes = ", ".join(exporter.suffix for exporter in EXPORTERS.values())
        raise InputError(f"{path}: unknown kind of motion file; available: {suffixes}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror})") from error
    if fps is None:
        return found[0].read(data, str(path))
    if found[0].suffix != ".csv":
        raise InputError(f"{path}: states its own rate; fps can be given for .csv only")
    return read_csv_motion(data, str(path), fps=fps)
