-- The tables as the gateway made them first: what a practice that updates has on its disk.
CREATE TABLE call (
    id VARCHAR NOT NULL,
    line VARCHAR NOT NULL,
    sip_call_id VARCHAR,
    practice_id VARCHAR NOT NULL,
    caller_number VARCHAR,
    caller_name VARCHAR,
    called_number VARCHAR,
    language VARCHAR,
    started_at DATETIME NOT NULL,
    answered_at DATETIME,
    ended_at DATETIME,
    end_reason VARCHAR,
    outcome VARCHAR,
    recording_path VARCHAR,
    recording_consent VARCHAR NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_call_sip_call_id ON call (sip_call_id);
CREATE INDEX ix_call_ended_at ON call (ended_at);
CREATE TABLE turn (
    id INTEGER NOT NULL,
    call_id VARCHAR NOT NULL,
    "index" INTEGER NOT NULL,
    speaker VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    heard_text VARCHAR,
    language VARCHAR,
    confidence FLOAT,
    start_sample INTEGER,
    end_sample INTEGER,
    latency_ms JSON NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (call_id, "index"),
    FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE
);
CREATE TABLE action (
    sequence INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    payload VARCHAR NOT NULL,
    idempotency_key VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    first_attempt_at DATETIME,
    next_attempt_at DATETIME,
    last_error VARCHAR,
    last_status INTEGER,
    created_at DATETIME NOT NULL,
    delivered_at DATETIME,
    PRIMARY KEY (sequence),
    UNIQUE (id),
    FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE,
    UNIQUE (idempotency_key)
);
CREATE INDEX action_due ON action (status, next_attempt_at);
CREATE INDEX ix_action_call_id ON action (call_id);
CREATE TABLE event (
    id INTEGER NOT NULL,
    call_id VARCHAR NOT NULL,
    at DATETIME NOT NULL,
    position INTEGER,
    name VARCHAR NOT NULL,
    data JSON NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE
);
CREATE INDEX ix_event_call_id ON event (call_id);
CREATE TABLE fact (
    id INTEGER NOT NULL,
    call_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    turn_id INTEGER,
    confidence FLOAT NOT NULL,
    confirmed BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    superseded_at DATETIME,
    PRIMARY KEY (id),
    FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE,
    FOREIGN KEY(turn_id) REFERENCES turn (id) ON DELETE SET NULL
);
CREATE INDEX ix_fact_call_id ON fact (call_id);
CREATE UNIQUE INDEX fact_current ON fact (call_id, name) WHERE superseded_at IS NULL;
PRAGMA user_version = 1;
