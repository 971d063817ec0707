"""EmoTalk (Peng et al. 2023): what is said and how it is felt, parted and put together again."""

from avitalk.zoo.emotalk.config import EmoTalkConfig
from avitalk.zoo.emotalk.model import EmoTalk

__all__ = ["EmoTalk", "EmoTalkConfig"]
