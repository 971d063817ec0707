"""Motion in, the bytes of files out, and back: glTF, USD, Live Link CSV, npz; JSON beside them."""

from avitalk.export.formats import EXPORTERS, Exporter, export_npz, read_motion
from avitalk.export.glb import export_glb
from avitalk.export.glb_read import read_glb_motion
from avitalk.export.livelink import export_csv, read_csv_motion
from avitalk.export.provenance import (
    Ingredient,
    Provenance,
    Recording,
    export_provenance,
    sha256_of,
)
from avitalk.export.report import Exported, ExportReport, file_weights
from avitalk.export.track import export_track
from avitalk.export.usd import export_usd
from avitalk.export.usd_read import read_usd_motion

__all__ = [
    "EXPORTERS",
    "ExportReport",
    "Exported",
    "Exporter",
    "Ingredient",
    "Provenance",
    "Recording",
    "export_csv",
    "export_glb",
    "export_npz",
    "export_provenance",
    "export_track",
    "export_usd",
    "file_weights",
    "read_csv_motion",
    "read_glb_motion",
    "read_motion",
    "read_usd_motion",
    "sha256_of",
]
