"""The engines that the settings ask for: configured endpoints, or a speech server that is started here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import httpx
from pydantic import SecretStr

from gateway.config import Settings
from gateway.language import Language
from gateway.speech.client import HttpRecogniser, HttpSynthesiser, new_client
from gateway.speech.fallback import FallbackSynthesiser, InProcessSynthesiser
from gateway.speech.interface import Recogniser, SpeechUnavailable, Synthesiser
from gateway.speech.levelled import LevelledSynthesiser
from gateway.speech.prompt_cache import CachingSynthesiser
from gateway.speech.resting import RestingSynthesiser
from gateway.speech.supervisor import SpeechProcess, SpeechState
from gateway.speech.synthesis_version import synthesis_version
from gateway.speech.voices import ENGINE_VERSION

HEALTH_DEADLINE_S = 2.0
_ENGINE_NAMES = {"pico": "SVOX Pico", "xtts": "XTTS-v2", "piper": "Piper"}


class SpeechEngines:
    """Recognition and synthesis, ready to use between ``start`` and ``stop``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = new_client()
        self._process = SpeechProcess(settings) if settings.starts_speech_server else None
        synthesis = HttpSynthesiser(
            self._url(settings.tts_endpoint),
            model=settings.tts_endpoint_model,
            voices=settings.tts_endpoint_voices,
            token=_token(settings.speech_token if settings.tts_endpoint is None else settings.tts_api_key),
            client=self._client,
        )
        # Our own server's voices are levelled already, sentence by sentence.
        self._synthesis = RestingSynthesiser(
            synthesis if settings.tts_endpoint is None else LevelledSynthesiser(synthesis)
        )
        self.recogniser: Recogniser = HttpRecogniser(
            self._url(settings.asr_endpoint),
            model=settings.asr_endpoint_model,
            token=_token(settings.speech_token if settings.asr_endpoint is None else settings.asr_api_key),
            client=self._client,
        )
        self._cache = self._caching(_version_of_remote(settings))
        self.synthesiser: Synthesiser = FallbackSynthesiser(self._cache, InProcessSynthesiser())

    async def start(self) -> None:
        """Start the speech server, where it is ours. ``synthesiser`` is to be taken after that.

        Raises:
            SpeechUnavailable: the server does not start: a model is missing, a setting cannot be used.

        """
        if self._process is None:
            return
        await self._process.start()
        if self._settings.tts_endpoint is None:
            # Only the server knows what its voice depends on; what is cached of another one is not played.
            self._cache = self._caching(self._process.synthesis_version)
            self.synthesiser = FallbackSynthesiser(self._cache, InProcessSynthesiser())

    async def stop(self) -> None:
        """End the speech server and close the connections; harmless before ``start``."""
        if self._process is not None:
            await self._process.stop()
        await self._client.aclose()

    async def warm(self, prompts: Sequence[tuple[str, Language]]) -> int:
        """Make the fixed ``prompts`` that have not been made yet; return how many that were."""
        return await self._cache.warm(prompts)

    @property
    def prompts_found(self) -> Mapping[str, int]:
        """How often the sound of a text came from where; see ``CachingSynthesiser.found``."""
        return self._cache.found

    async def ready(self) -> bool:
        """Whether recognition and synthesis answer now."""
        if self._process is not None and self._process.state is not SpeechState.READY:
            return False
        for endpoint in (self._settings.asr_endpoint, self._settings.tts_endpoint):
            if endpoint is None:
                continue
            try:
                await self._client.get(str(endpoint), timeout=HEALTH_DEADLINE_S)
            except httpx.HTTPError:
                return False
        return True

    def describe(self) -> Iterator[tuple[str, str]]:
        """Yield what recognises and what speaks, for the one who starts the gateway."""
        own = f"embedded, {self._process.base_url}" if self._process is not None else ""
        recognition, synthesis = self._settings.asr_endpoint, self._settings.tts_endpoint
        yield "Hears", str(recognition) if recognition else f"{self._settings.asr_model} ({own})"
        yield "Speaks", str(synthesis) if synthesis else f"{_ENGINE_NAMES[self._settings.tts_engine]} ({own})"

    def _caching(self, version: str) -> CachingSynthesiser:
        return CachingSynthesiser(self._synthesis, self._settings.cache_dir / "prompts", version)

    def _url(self, endpoint: object | None) -> str | Callable[[], str]:
        if endpoint is not None:
            return str(endpoint)
        process = self._process
        if process is None:
            raise SpeechUnavailable("There is no speech server.")
        return lambda: process.base_url


def _token(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _version_of_remote(settings: Settings) -> str:
    """Return what is known of the voice of a server that is not ours: it may change it unseen."""
    if settings.tts_endpoint is None:
        return ENGINE_VERSION
    voices = ",".join(f"{language}={voice}" for language, voice in sorted(settings.tts_endpoint_voices.items()))
    known = " ".join(filter(None, (str(settings.tts_endpoint), settings.tts_endpoint_model, voices)))
    return synthesis_version("remote", settings=known)
