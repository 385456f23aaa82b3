-- A database of schema 3 with one call in it, as the gateway wrote it before it had Alembic.
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
INSERT INTO "action" VALUES(1,'id-1','0190c0de-0000-7000-8000-000000000001','callback.requested','{"id":"id-1"}','key-1','pending',0,NULL,'2026-11-23 09:00:00.000000',NULL,NULL,'2026-11-23 09:00:00.000000',NULL);
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
	summary VARCHAR, 
	PRIMARY KEY (id)
);
INSERT INTO "call" VALUES('0190c0de-0000-7000-8000-000000000001','sip','a@b','lindengarten','+41791234567','Keller','+41443332211','de','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000','caller','callback.requested','data/recordings/2026-11-23/x.wav','announced','Rückruf gewünscht: Anna Müller.');
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
INSERT INTO "event" VALUES(1,'0190c0de-0000-7000-8000-000000000001','2026-11-23 09:00:00.000000',12000,'barge_in','{"heard_samples": 4000}');
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
INSERT INTO "fact" VALUES(1,'0190c0de-0000-7000-8000-000000000001','name','Anna Keller','Keller',2,0.8,0,'2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000');
INSERT INTO "fact" VALUES(2,'0190c0de-0000-7000-8000-000000000001','name','Anna Müller','Müller',2,0.9,1,'2026-11-23 09:00:00.000000',NULL);
CREATE TABLE leg (
	id INTEGER NOT NULL, 
	call_id VARCHAR NOT NULL, 
	party VARCHAR NOT NULL, 
	codec VARCHAR NOT NULL, 
	encrypted BOOLEAN NOT NULL, 
	seconds FLOAT NOT NULL, 
	packets_received INTEGER NOT NULL, 
	packets_lost INTEGER NOT NULL, 
	packets_late INTEGER NOT NULL, 
	packets_duplicated INTEGER NOT NULL, 
	packets_rejected INTEGER NOT NULL, 
	packets_sent INTEGER NOT NULL, 
	jitter_ms FLOAT NOT NULL, 
	delay_ms FLOAT NOT NULL, 
	concealed_ms INTEGER NOT NULL, 
	round_trip_ms FLOAT, 
	remote_fraction_lost FLOAT, 
	remote_jitter_ms FLOAT, 
	mos FLOAT, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE
);
INSERT INTO "leg" VALUES(1,'0190c0de-0000-7000-8000-000000000001','caller','PCMA',1,12.5,600,5,2,1,3,625,1.5,40.0,140,23.5,0.01,2.5,4.1,'2026-11-23 09:00:00.000000');
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
INSERT INTO "turn" VALUES(1,'0190c0de-0000-7000-8000-000000000001',0,'gateway','Guten Tag',NULL,'de',NULL,0,8000,'{"response_ms": 320.5}','2026-11-23 09:00:00.000000');
INSERT INTO "turn" VALUES(2,'0190c0de-0000-7000-8000-000000000001',1,'caller','Ich heisse Müller',NULL,'de',0.9,8000,16000,'{}','2026-11-23 09:00:00.000000');
CREATE INDEX ix_call_sip_call_id ON call (sip_call_id);
CREATE INDEX ix_call_ended_at ON call (ended_at);
CREATE INDEX ix_action_call_id ON action (call_id);
CREATE INDEX action_due ON action (status, next_attempt_at);
CREATE INDEX ix_event_call_id ON event (call_id);
CREATE INDEX ix_leg_call_id ON leg (call_id);
CREATE INDEX ix_fact_call_id ON fact (call_id);
CREATE UNIQUE INDEX fact_current ON fact (call_id, name) WHERE superseded_at IS NULL;
PRAGMA user_version = 3;
