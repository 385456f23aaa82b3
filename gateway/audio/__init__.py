"""Sound in memory: PCM, resampling and WAV files. Shared by media and speech; knows neither."""

from gateway.audio.pcm import TELEPHONE_RATE, Pcm
from gateway.audio.resample import Resampler, resample
from gateway.audio.wav import AudioFormatError, read_wav, write_wav

__all__ = ["TELEPHONE_RATE", "AudioFormatError", "Pcm", "Resampler", "read_wav", "resample", "write_wav"]
