import shutil

import pytest
from tiny_piper_voice import write_voice

from gateway.config import Settings
from gateway.speech.loading import EngineSettingError, load_synthesis

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def settings(folder):
    return Settings(_env_file=None, tts_engine="piper", tts_voices_dir=folder)


def test_the_setting_loads_the_voices_of_the_folder(tmp_path):
    write_voice(tmp_path, "fr_CH-tiny-low", "fr")
    loaded = load_synthesis(settings(tmp_path))
    assert loaded.version.startswith("piper-")
    assert loaded.at_once >= 1
    assert sum(part.seconds for part in loaded.engine.synthesise("Bonjour.", "fr")) > 0.2
    with pytest.raises(ValueError, match="no voice speaks 'de'"):
        loaded.check_voice("de", None)


def test_a_folder_without_voices_is_one_sentence_that_names_the_setting(tmp_path):
    with pytest.raises(EngineSettingError, match=r"^TTS_VOICES_DIR: .* holds no Piper voice"):
        load_synthesis(settings(tmp_path))
