"""A folder of recordings, with or without the faces that go with them -> Takes to measure on."""

from avitalk.evaluate.corpus.reading import read_corpus
from avitalk.evaluate.corpus.take import CLOSED_MM, Corpus, Take, Truth

__all__ = ["CLOSED_MM", "Corpus", "Take", "Truth", "read_corpus"]
