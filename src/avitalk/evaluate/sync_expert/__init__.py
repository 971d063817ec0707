"""A sync expert trained here: do these lips move as this voice sounds?"""

from avitalk.evaluate.sync_expert.expert import Sync, SyncExpert, sync_of
from avitalk.evaluate.sync_expert.network import SyncExpertConfig

__all__ = ["Sync", "SyncExpert", "SyncExpertConfig", "sync_of"]
