"""Text as a synthesis engine should read it. Pure.

Engines differ in what they read well by themselves: ``spoken`` is for SVOX Pico, ``spoken_words`` for engines that want
everything in words. Both keep from the engine what harms it: markup, symbols, endless words.
"""

from gateway.speech.spoken_text.cleaning import LONGEST_WORD, clean
from gateway.speech.spoken_text.pico import spoken
from gateway.speech.spoken_text.sentences import LONGEST_SENTENCE, sentences
from gateway.speech.spoken_text.words import spoken_words

__all__ = ["LONGEST_SENTENCE", "LONGEST_WORD", "clean", "sentences", "spoken", "spoken_words"]
