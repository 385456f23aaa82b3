"""Who speaks when: gate, voice activity, utterances."""
