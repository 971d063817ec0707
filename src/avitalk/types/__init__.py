"""The types that cross module boundaries: Speech, SpeechFeatures, Instruction, Style, Motion.

Convention: right-handed, +Y up, +Z out of the face, +X to the character's left; metres, radians,
seconds. A rotation is (yaw, pitch, roll): yaw about +Y (positive turns to the character's left),
pitch about +X (positive looks down), roll about +Z (positive tilts to the character's right
shoulder); R = Ry(yaw) @ Rx(pitch) @ Rz(roll) on column vectors. Frame i is at time i / fps.
"""

from avitalk.types.instruction import Instruction, Segment
from avitalk.types.motion import Motion
from avitalk.types.speech import Speech, SpeechFeatures
from avitalk.types.style import Source, Style

__all__ = ["Instruction", "Motion", "Segment", "Source", "Speech", "SpeechFeatures", "Style"]
