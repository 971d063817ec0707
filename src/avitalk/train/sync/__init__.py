"""The sync expert: how it is trained and how it is measured."""
