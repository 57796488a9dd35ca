"""What a load gives: a corpus with its frames, and its recordings one by one."""

from recexplore.corpus.corpus import Corpus, Recording

__all__ = ["Corpus", "Recording"]
