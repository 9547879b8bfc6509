from textkit.stems import Stemmer, stem

__all__ = ["Stemmer", "stem"]
