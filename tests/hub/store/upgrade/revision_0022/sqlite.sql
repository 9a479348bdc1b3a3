CREATE TABLE "acts" (
	subject VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	entry BIGINT NOT NULL, 
	jws TEXT NOT NULL, 
	PRIMARY KEY (subject, number)
);
CREATE TABLE address_choices (
	channel VARCHAR(32) NOT NULL, 
	hash BLOB NOT NULL, 
	refused BOOLEAN NOT NULL, 
	at BIGINT NOT NULL, 
	sealed BLOB NOT NULL, 
	seal_kid VARCHAR(16) NOT NULL, 
	hash_kid VARCHAR(16) NOT NULL, 
	PRIMARY KEY (channel, hash)
)
 WITHOUT ROWID

;
CREATE TABLE address_hashes (
	bucket SMALLINT NOT NULL, 
	block INTEGER NOT NULL, 
	entries BLOB NOT NULL, 
	PRIMARY KEY (bucket, block)
)
 WITHOUT ROWID

;
CREATE TABLE admin_requests (
	id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	subject TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	requested_by BIGINT NOT NULL, 
	requested_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	decided_by BIGINT, 
	decided_at BIGINT, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE alarms (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0022');
CREATE TABLE alert_authors (
	alert BIGINT NOT NULL, 
	official BIGINT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (alert, official, role)
)
 WITHOUT ROWID

;
CREATE TABLE "alerts" (
	id INTEGER NOT NULL, 
	sender TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	sent TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	msg_type VARCHAR(16) NOT NULL, 
	scope VARCHAR(16) NOT NULL, 
	world VARCHAR(16) NOT NULL, 
	level SMALLINT NOT NULL, 
	event TEXT NOT NULL, 
	headline TEXT NOT NULL, 
	stage VARCHAR(16) NOT NULL, 
	root BIGINT, 
	version INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	source BLOB NOT NULL, 
	source_digest VARCHAR(64) NOT NULL, 
	findings TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	digest VARCHAR(80), 
	targeted BIGINT, 
	created_by BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	submitted_at BIGINT, 
	released_at BIGINT, 
	ended_at BIGINT, 
	expires_at BIGINT NOT NULL, 
	unit TEXT DEFAULT ('') NOT NULL, 
	path VARCHAR(16) DEFAULT 'full' NOT NULL, 
	rule TEXT DEFAULT ('') NOT NULL, 
	standing BIGINT, 
	delegation BIGINT, 
	relays BIGINT, 
	service BIGINT, 
	signature VARCHAR(16) DEFAULT ('') NOT NULL, 
	parts TEXT DEFAULT '[]' NOT NULL, 
	submission INTEGER DEFAULT 0 NOT NULL, 
	issuers TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_alerts_sender_identifier UNIQUE (sender, identifier)
);
CREATE TABLE "areas" (
	name VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	changed_by TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	unit TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
CREATE TABLE assessments (
	alert BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (alert)
)
 WITHOUT ROWID

;
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE bitmaps (
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(96) NOT NULL, 
	block INTEGER NOT NULL, 
	bits BLOB NOT NULL, 
	PRIMARY KEY (kind, "key", block)
)
 WITHOUT ROWID

;
CREATE TABLE calls (
	id INTEGER NOT NULL, 
	matter BIGINT NOT NULL, 
	official BIGINT NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	attempt SMALLINT NOT NULL, 
	at BIGINT NOT NULL, 
	state SMALLINT NOT NULL, 
	detail TEXT NOT NULL, 
	acknowledged_at BIGINT, 
	acknowledged_by VARCHAR(32) DEFAULT ('') NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_calls_matter_official_channel_attempt UNIQUE (matter, official, channel, attempt)
);
CREATE TABLE campaigns (
	id INTEGER NOT NULL, 
	alert BIGINT NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	covered BLOB NOT NULL, 
	targeted BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_campaigns_alert_channel UNIQUE (alert, channel)
);
CREATE TABLE challenges (
	id VARCHAR(64) NOT NULL, 
	purpose VARCHAR(16) NOT NULL, 
	official BIGINT NOT NULL, 
	value BLOB NOT NULL, 
	detail TEXT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
CREATE TABLE choices (
	recipient BIGINT NOT NULL, 
	refused TEXT NOT NULL, 
	language VARCHAR(35), 
	least SMALLINT NOT NULL, 
	at BIGINT NOT NULL, 
	places TEXT NOT NULL, 
	channel_order TEXT NOT NULL, 
	PRIMARY KEY (recipient)
)
 WITHOUT ROWID

;
CREATE TABLE choices_history (
	id INTEGER NOT NULL, 
	recipient BIGINT NOT NULL, 
	what VARCHAR(16) NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	way VARCHAR(16) NOT NULL, 
	actor TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE co_holders (
	campaign BIGINT NOT NULL, 
	bearer BIGINT NOT NULL, 
	holder BIGINT NOT NULL, 
	PRIMARY KEY (campaign, bearer, holder)
)
 WITHOUT ROWID

;
CREATE TABLE countersignatures (
	alert BIGINT NOT NULL, 
	rule TEXT NOT NULL, 
	due_at BIGINT NOT NULL, 
	overdue_at BIGINT, 
	met_at BIGINT, 
	official BIGINT, 
	verdict VARCHAR(16), 
	reason TEXT NOT NULL, 
	seal TEXT, 
	checked_at BIGINT, 
	PRIMARY KEY (alert)
);
CREATE TABLE credentials (
	id INTEGER NOT NULL, 
	official BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	label TEXT NOT NULL, 
	handle BLOB, 
	sealed BLOB NOT NULL, 
	counter BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	used_at BIGINT, 
	revoked_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_credentials_handle UNIQUE (handle)
);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	alert BIGINT NOT NULL, 
	official BIGINT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	void BOOLEAN NOT NULL, proof VARCHAR(64) DEFAULT '' NOT NULL, delegation BIGINT, seal TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE deliveries (
	campaign BIGINT NOT NULL, 
	recipient BIGINT NOT NULL, 
	state SMALLINT NOT NULL, 
	attempt SMALLINT NOT NULL, 
	generation INTEGER NOT NULL, 
	reason VARCHAR(16), 
	reference TEXT, 
	not_before BIGINT, 
	sent_at BIGINT, 
	accepted_at BIGINT, 
	settled_at BIGINT, 
	PRIMARY KEY (campaign, recipient)
)
 WITHOUT ROWID

;
CREATE TABLE doors (
	name VARCHAR(64) NOT NULL, 
	behind_ms BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
CREATE TABLE duties (
	id INTEGER NOT NULL, 
	alert BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	opened_at BIGINT NOT NULL, 
	met_at BIGINT, 
	official BIGINT, 
	channel TEXT NOT NULL, 
	receiver TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE endpoints (
	id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	region BIGINT, 
	sealed BLOB NOT NULL, 
	active BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_endpoints_channel_name UNIQUE (channel, name)
);
CREATE TABLE escalations (
	alert BIGINT NOT NULL, 
	from_channel VARCHAR(32) NOT NULL, 
	to_channel VARCHAR(32) NOT NULL, 
	cause VARCHAR(16) NOT NULL, 
	people INTEGER NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	PRIMARY KEY (alert, from_channel, to_channel, cause)
)
 WITHOUT ROWID

;
CREATE TABLE feedback (
	id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	reference VARCHAR(255) NOT NULL, 
	recipient BIGINT, 
	alert BIGINT, 
	region BIGINT, 
	source BLOB NOT NULL, 
	text TEXT NOT NULL, 
	sentiment VARCHAR(16) NOT NULL, 
	intent VARCHAR(32) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_feedback_channel_reference UNIQUE (channel, reference)
);
CREATE TABLE forms (
	alert BIGINT NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	language VARCHAR(35) NOT NULL, 
	part VARCHAR(255) DEFAULT '' NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	text TEXT NOT NULL, 
	segments INTEGER NOT NULL, 
	seconds INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	position INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (alert, channel, language, part)
);
CREATE TABLE hand_ups (
	id INTEGER NOT NULL, 
	alert BIGINT NOT NULL, 
	from_unit TEXT NOT NULL, 
	to_unit TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	official BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	closed_by BIGINT, 
	closed_at BIGINT, 
	closed_reason TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE idempotency (
	principal VARCHAR(128) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	request_digest VARCHAR(64) NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (principal, "key")
)
 WITHOUT ROWID

;
CREATE TABLE identities (
	issuer VARCHAR(255) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	official BIGINT NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (issuer, subject)
)
 WITHOUT ROWID

;
CREATE TABLE import_refusals (
	import_id BIGINT NOT NULL, 
	line BIGINT NOT NULL, 
	"column" VARCHAR(32) NOT NULL, 
	rule TEXT NOT NULL, 
	PRIMARY KEY (import_id, line)
)
 WITHOUT ROWID

;
CREATE TABLE import_unplaced (
	import_id BIGINT NOT NULL, 
	line BIGINT NOT NULL, 
	rule TEXT NOT NULL, 
	PRIMARY KEY (import_id, line)
)
 WITHOUT ROWID

;
CREATE TABLE "imports" (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	purpose VARCHAR(32) NOT NULL, 
	position BIGINT NOT NULL, 
	line BIGINT NOT NULL, 
	read BIGINT NOT NULL, 
	new BIGINT NOT NULL, 
	changed BIGINT NOT NULL, 
	refused BIGINT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	unplaced BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE leases (
	name VARCHAR(64) NOT NULL, 
	owner TEXT NOT NULL, 
	until BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
CREATE TABLE matters (
	id INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	subject TEXT NOT NULL, 
	occasion TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	level SMALLINT NOT NULL, 
	opened_at BIGINT NOT NULL, 
	rung SMALLINT NOT NULL, 
	rung_at BIGINT NOT NULL, 
	next_at BIGINT NOT NULL, 
	exhausted_at BIGINT, 
	closed_at BIGINT, 
	closed_reason TEXT DEFAULT ('') NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_matters_kind_subject_occasion UNIQUE (kind, subject, occasion)
);
CREATE TABLE official_addresses (
	official BIGINT NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	hash BLOB NOT NULL, 
	PRIMARY KEY (official, channel)
)
 WITHOUT ROWID

;
CREATE TABLE official_contacts (
	official BIGINT NOT NULL, 
	language VARCHAR(35) NOT NULL, 
	media TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (official)
);
CREATE TABLE officials (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	area VARCHAR(96) NOT NULL, 
	rights TEXT NOT NULL, 
	active BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, office TEXT DEFAULT '' NOT NULL, account_of BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_officials_name UNIQUE (name)
);
CREATE TABLE order_parts (
	alert BIGINT NOT NULL, 
	part VARCHAR(255) NOT NULL, 
	persons BLOB NOT NULL, 
	PRIMARY KEY (alert, part)
)
 WITHOUT ROWID

;
CREATE TABLE orders (
	alert BIGINT NOT NULL, 
	jws TEXT NOT NULL, 
	audience BLOB NOT NULL, 
	endpoints BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (alert)
);
CREATE TABLE parked_receipts (
	channel VARCHAR(32) NOT NULL, 
	reference VARCHAR(255) NOT NULL, 
	state SMALLINT NOT NULL, 
	detail TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	received_at BIGINT NOT NULL, 
	PRIMARY KEY (channel, reference, state)
)
 WITHOUT ROWID

;
CREATE TABLE partner_events (
	partner BIGINT NOT NULL, 
	alert BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	at BIGINT NOT NULL, 
	evidence TEXT NOT NULL, 
	PRIMARY KEY (partner, alert, kind)
)
 WITHOUT ROWID

;
CREATE TABLE partners (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	endpoint BIGINT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_partners_name UNIQUE (name), 
	CONSTRAINT uq_partners_token_hash UNIQUE (token_hash)
);
CREATE TABLE points (
	cell BIGINT NOT NULL, 
	block INTEGER NOT NULL, 
	entries BLOB NOT NULL, 
	PRIMARY KEY (cell, block)
)
 WITHOUT ROWID

;
CREATE TABLE proofs (
	id VARCHAR(64) NOT NULL, 
	official BIGINT NOT NULL, 
	session VARCHAR(32) NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	method VARCHAR(16) NOT NULL, 
	at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
CREATE TABLE provider_references (
	channel VARCHAR(32) NOT NULL, 
	reference VARCHAR(255) NOT NULL, 
	campaign BIGINT NOT NULL, 
	recipient BIGINT NOT NULL, 
	PRIMARY KEY (channel, reference)
)
 WITHOUT ROWID

;
CREATE TABLE receipts (
	campaign BIGINT NOT NULL, 
	recipient BIGINT NOT NULL, 
	state SMALLINT NOT NULL, 
	reference TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (campaign, recipient, state)
)
 WITHOUT ROWID

;
CREATE TABLE "recipients" (
	id INTEGER NOT NULL, 
	external_id TEXT NOT NULL, 
	region BIGINT NOT NULL, 
	lat DOUBLE, 
	lon DOUBLE, 
	language VARCHAR(35) NOT NULL, 
	groups TEXT NOT NULL, 
	channels TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	updated_at BIGINT NOT NULL, 
	marks BLOB NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_recipients_external_id UNIQUE (external_id)
);
CREATE TABLE refresh_tokens (
	hash VARCHAR(64) NOT NULL, 
	session VARCHAR(32) NOT NULL, 
	issued_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	PRIMARY KEY (hash)
)
 WITHOUT ROWID

;
CREATE TABLE regions (
	id INTEGER NOT NULL, 
	"key" VARCHAR(96) NOT NULL, 
	name TEXT NOT NULL, 
	parent BIGINT, 
	level SMALLINT NOT NULL, 
	outline BLOB, 
	west DOUBLE, 
	south DOUBLE, 
	east DOUBLE, 
	north DOUBLE, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_regions_key UNIQUE ("key")
);
CREATE TABLE revoked_tokens (
	jti VARCHAR(64) NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (jti)
)
 WITHOUT ROWID

;
CREATE TABLE service_codes (
	address BLOB NOT NULL, 
	code BLOB NOT NULL, 
	tries SMALLINT NOT NULL, 
	sent_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (address)
)
 WITHOUT ROWID

;
CREATE TABLE service_counts (
	"key" BLOB NOT NULL, 
	until BIGINT NOT NULL, 
	count INTEGER NOT NULL, 
	PRIMARY KEY ("key", until)
)
 WITHOUT ROWID

;
CREATE TABLE services (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	active BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_services_name UNIQUE (name), 
	CONSTRAINT uq_services_token_hash UNIQUE (token_hash)
);
CREATE TABLE sessions (
	id VARCHAR(32) NOT NULL, 
	official BIGINT NOT NULL, 
	methods TEXT NOT NULL, 
	client TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	ended_why TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE shards (
	id INTEGER NOT NULL, 
	campaign BIGINT NOT NULL, 
	lane VARCHAR(16) NOT NULL, 
	recipients BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	generation INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	lease_until BIGINT NOT NULL, 
	not_before BIGINT NOT NULL, 
	queued_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE shifts (
	id INTEGER NOT NULL, 
	official BIGINT NOT NULL, 
	from_at BIGINT NOT NULL, 
	until_at BIGINT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	position SMALLINT NOT NULL, 
	entered_by BIGINT NOT NULL, 
	entered_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_shifts_official_from_at UNIQUE (official, from_at)
);
CREATE TABLE silence_waits (
	alert BIGINT NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	people INTEGER NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	PRIMARY KEY (alert, channel)
)
 WITHOUT ROWID

;
CREATE TABLE standing_authorisations (
	id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name TEXT NOT NULL, 
	document TEXT NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	valid_from BIGINT NOT NULL, 
	valid_until BIGINT NOT NULL, 
	created_by BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_by BIGINT, 
	revoked_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_standing_authorisations_name UNIQUE (name)
);
CREATE TABLE standing_decisions (
	id INTEGER NOT NULL, 
	standing BIGINT NOT NULL, 
	official BIGINT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	proof VARCHAR(64) NOT NULL, 
	seal TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE throttles (
	"key" VARCHAR(64) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
CREATE TABLE trusted_senders (
	id INTEGER NOT NULL, 
	sender TEXT NOT NULL, 
	certificate TEXT NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	areas TEXT NOT NULL, 
	events TEXT NOT NULL, 
	valid_from BIGINT NOT NULL, 
	valid_until BIGINT NOT NULL, 
	revoked_at BIGINT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_trusted_senders_sender_fingerprint UNIQUE (sender, fingerprint)
);
CREATE TABLE "units" (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	area VARCHAR(96) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	parent BIGINT, 
	active BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	public_names TEXT DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_units_name UNIQUE (name)
);
CREATE INDEX ix_decisions_alert ON decisions (alert);
CREATE INDEX ix_feedback_alert ON feedback (alert);
CREATE INDEX ix_regions_parent ON regions (parent);
CREATE INDEX ix_shards_campaign ON shards (campaign);
CREATE INDEX ix_shards_state_not_before ON shards (state, not_before);
CREATE INDEX ix_credentials_official ON credentials (official);
CREATE INDEX ix_hand_ups_alert ON hand_ups (alert);
CREATE INDEX ix_refresh_tokens_session ON refresh_tokens (session);
CREATE INDEX ix_sessions_official ON sessions (official);
CREATE INDEX ix_duties_alert ON duties (alert);
CREATE INDEX ix_standing_decisions_standing ON standing_decisions (standing);
CREATE INDEX ix_choices_history_recipient ON choices_history (recipient);
CREATE INDEX ix_co_holders_holder ON co_holders (holder);
CREATE INDEX ix_imports_digest ON imports (digest);
CREATE INDEX ix_official_addresses_hash ON official_addresses (hash);
CREATE INDEX ix_shifts_until_at ON shifts (until_at);
CREATE INDEX ix_alerts_released_at ON alerts (released_at);
CREATE INDEX ix_alerts_standing ON alerts (standing);
CREATE INDEX ix_alerts_stage ON alerts (stage);
CREATE INDEX ix_alerts_root ON alerts (root);
CREATE INDEX ix_alerts_relays ON alerts (relays);
CREATE INDEX ix_calls_matter ON calls (matter);
CREATE INDEX ix_matters_closed_at ON matters (closed_at);
CREATE INDEX ix_matters_next_at ON matters (next_at);
CREATE INDEX ix_calls_at ON calls (at);
CREATE INDEX ix_acts_entry ON acts (entry);
