"""CodeTalker (Xing et al. 2023, arXiv 2301.02379): speech -> codes of motion -> vertices."""

from avitalk.zoo.codetalker.config import CodeTalkerConfig
from avitalk.zoo.codetalker.model import CodeTalker

__all__ = ["CodeTalker", "CodeTalkerConfig"]
