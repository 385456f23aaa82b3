"""Where ``gateway call`` calls and has recognised, when nothing else is said."""

import pytest

from gateway.cli.call import _own_gateway, _recognition_endpoint, _recognition_token
from gateway.config import Settings


@pytest.mark.parametrize(
    ("host", "called", "endpoint"),
    [
        ("127.0.0.1", "sip:assistant@127.0.0.1:5070", "http://127.0.0.1:8091"),
        ("0.0.0.0", "sip:assistant@127.0.0.1:5070", "http://127.0.0.1:8091"),
        ("::1", "sip:assistant@[::1]:5070", "http://[::1]:8091"),
        ("::", "sip:assistant@[::1]:5070", "http://[::1]:8091"),
    ],
)
def test_the_gateway_and_the_speech_server_of_the_settings_are_taken(host, called, endpoint):
    settings = Settings(
        _env_file=None, sip_host=host, sip_port=5070, speech_host=host, speech_port=8091, speech_token="secret"
    )
    assert (_own_gateway(settings), _recognition_endpoint(settings)) == (called, endpoint)


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({}, None),
        ({"speech_token": "own"}, "own"),
        ({"speech_token": "own", "asr_endpoint": "http://192.0.2.1:8000"}, None),
        ({"speech_token": "own", "asr_endpoint": "http://192.0.2.1:8000", "asr_api_key": "theirs"}, "theirs"),
    ],
)
def test_the_recogniser_gets_its_own_token_and_no_other(settings, token):
    assert _recognition_token(Settings(_env_file=None, **settings)) == token
