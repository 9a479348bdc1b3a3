CREATE TABLE public.acts (
    subject character varying(64) NOT NULL,
    number integer NOT NULL,
    entry bigint NOT NULL,
    jws text NOT NULL
);
CREATE TABLE public.address_choices (
    channel character varying(32) NOT NULL,
    hash bytea NOT NULL,
    refused boolean NOT NULL,
    at bigint NOT NULL,
    sealed bytea NOT NULL,
    seal_kid character varying(16) NOT NULL,
    hash_kid character varying(16) NOT NULL
);
CREATE TABLE public.address_hashes (
    bucket smallint NOT NULL,
    block integer NOT NULL,
    entries bytea NOT NULL
);
CREATE TABLE public.admin_requests (
    id bigint NOT NULL,
    kind character varying(32) NOT NULL,
    subject text NOT NULL,
    payload text NOT NULL,
    requested_by bigint NOT NULL,
    requested_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    state character varying(16) NOT NULL,
    decided_by bigint,
    decided_at bigint,
    reason text NOT NULL
);
CREATE SEQUENCE public.admin_requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.admin_requests_id_seq OWNED BY public.admin_requests.id;
CREATE TABLE public.alarms (
    id bigint NOT NULL,
    at bigint NOT NULL,
    kind character varying(64) NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);
CREATE SEQUENCE public.alarms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alarms_id_seq OWNED BY public.alarms.id;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.alert_authors (
    alert bigint NOT NULL,
    official bigint NOT NULL,
    role character varying(16) NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.alerts (
    id bigint NOT NULL,
    sender text NOT NULL,
    identifier text NOT NULL,
    sent text NOT NULL,
    status character varying(16) NOT NULL,
    msg_type character varying(16) NOT NULL,
    scope character varying(16) NOT NULL,
    world character varying(16) NOT NULL,
    level smallint NOT NULL,
    event text NOT NULL,
    headline text NOT NULL,
    stage character varying(16) NOT NULL,
    root bigint,
    version integer NOT NULL,
    content bytea NOT NULL,
    source bytea NOT NULL,
    source_digest character varying(64) NOT NULL,
    findings text NOT NULL,
    plan text NOT NULL,
    digest character varying(80),
    targeted bigint,
    created_by bigint NOT NULL,
    created_at bigint NOT NULL,
    submitted_at bigint,
    released_at bigint,
    ended_at bigint,
    expires_at bigint NOT NULL,
    unit text DEFAULT ''::text NOT NULL,
    path character varying(16) DEFAULT 'full'::character varying NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    standing bigint,
    delegation bigint,
    relays bigint,
    service bigint,
    signature character varying(16) DEFAULT ''::character varying NOT NULL,
    parts text DEFAULT '[]'::text NOT NULL,
    submission integer DEFAULT 0 NOT NULL,
    issuers text DEFAULT '{}'::text NOT NULL
);
CREATE SEQUENCE public.alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alerts_id_seq OWNED BY public.alerts.id;
CREATE TABLE public.areas (
    name character varying(64) NOT NULL,
    version integer NOT NULL,
    content text NOT NULL,
    changed_by text NOT NULL,
    at bigint NOT NULL,
    unit text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.assessments (
    alert bigint NOT NULL,
    until bigint NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    action character varying(64) NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    previous character varying(64) NOT NULL,
    hash character varying(64) NOT NULL
);
CREATE TABLE public.bitmaps (
    kind character varying(16) NOT NULL,
    key character varying(96) NOT NULL,
    block integer NOT NULL,
    bits bytea NOT NULL
);
CREATE TABLE public.calls (
    id bigint NOT NULL,
    matter bigint NOT NULL,
    official bigint NOT NULL,
    channel character varying(32) NOT NULL,
    attempt smallint NOT NULL,
    at bigint NOT NULL,
    state smallint NOT NULL,
    detail text NOT NULL,
    acknowledged_at bigint,
    acknowledged_by character varying(32) DEFAULT ''::character varying NOT NULL
);
CREATE SEQUENCE public.calls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calls_id_seq OWNED BY public.calls.id;
CREATE TABLE public.campaigns (
    id bigint NOT NULL,
    alert bigint NOT NULL,
    channel character varying(32) NOT NULL,
    covered bytea NOT NULL,
    targeted bigint NOT NULL
);
CREATE SEQUENCE public.campaigns_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaigns_id_seq OWNED BY public.campaigns.id;
CREATE TABLE public.challenges (
    id character varying(64) NOT NULL,
    purpose character varying(16) NOT NULL,
    official bigint NOT NULL,
    value bytea NOT NULL,
    detail text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.choices (
    recipient bigint NOT NULL,
    refused text NOT NULL,
    language character varying(35),
    "least" smallint NOT NULL,
    at bigint NOT NULL,
    places text NOT NULL,
    channel_order text NOT NULL
);
CREATE TABLE public.choices_history (
    id bigint NOT NULL,
    recipient bigint NOT NULL,
    what character varying(16) NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    way character varying(16) NOT NULL,
    actor text NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.choices_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.choices_history_id_seq OWNED BY public.choices_history.id;
CREATE TABLE public.co_holders (
    campaign bigint NOT NULL,
    bearer bigint NOT NULL,
    holder bigint NOT NULL
);
CREATE TABLE public.countersignatures (
    alert bigint NOT NULL,
    rule text NOT NULL,
    due_at bigint NOT NULL,
    overdue_at bigint,
    met_at bigint,
    official bigint,
    verdict character varying(16),
    reason text NOT NULL,
    seal text,
    checked_at bigint
);
CREATE TABLE public.credentials (
    id bigint NOT NULL,
    official bigint NOT NULL,
    kind character varying(16) NOT NULL,
    label text NOT NULL,
    handle bytea,
    sealed bytea NOT NULL,
    counter bigint NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint,
    revoked_at bigint
);
CREATE SEQUENCE public.credentials_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.credentials_id_seq OWNED BY public.credentials.id;
CREATE TABLE public.decisions (
    id bigint NOT NULL,
    alert bigint NOT NULL,
    official bigint NOT NULL,
    step character varying(16) NOT NULL,
    verdict character varying(16) NOT NULL,
    digest character varying(80) NOT NULL,
    reason text NOT NULL,
    at bigint NOT NULL,
    void boolean NOT NULL,
    proof character varying(64) DEFAULT ''::character varying NOT NULL,
    delegation bigint,
    seal text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.decisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decisions_id_seq OWNED BY public.decisions.id;
CREATE TABLE public.deliveries (
    campaign bigint NOT NULL,
    recipient bigint NOT NULL,
    state smallint NOT NULL,
    attempt smallint NOT NULL,
    generation integer NOT NULL,
    reason character varying(16),
    reference text,
    not_before bigint,
    sent_at bigint,
    accepted_at bigint,
    settled_at bigint
);
CREATE TABLE public.doors (
    name character varying(64) NOT NULL,
    behind_ms bigint NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.duties (
    id bigint NOT NULL,
    alert bigint NOT NULL,
    kind character varying(24) NOT NULL,
    opened_at bigint NOT NULL,
    met_at bigint,
    official bigint,
    channel text NOT NULL,
    receiver text NOT NULL,
    note text NOT NULL
);
CREATE SEQUENCE public.duties_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.duties_id_seq OWNED BY public.duties.id;
CREATE TABLE public.endpoints (
    id bigint NOT NULL,
    channel character varying(32) NOT NULL,
    name text NOT NULL,
    region bigint,
    sealed bytea NOT NULL,
    active boolean NOT NULL
);
CREATE SEQUENCE public.endpoints_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.endpoints_id_seq OWNED BY public.endpoints.id;
CREATE TABLE public.escalations (
    alert bigint NOT NULL,
    from_channel character varying(32) NOT NULL,
    to_channel character varying(32) NOT NULL,
    cause character varying(16) NOT NULL,
    people integer NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL
);
CREATE TABLE public.feedback (
    id bigint NOT NULL,
    channel character varying(32) NOT NULL,
    reference character varying(255) NOT NULL,
    recipient bigint,
    alert bigint,
    region bigint,
    source bytea NOT NULL,
    text text NOT NULL,
    sentiment character varying(16) NOT NULL,
    intent character varying(32) NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.feedback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feedback_id_seq OWNED BY public.feedback.id;
CREATE TABLE public.forms (
    alert bigint CONSTRAINT forms_alert_not_null1 NOT NULL,
    channel character varying(32) CONSTRAINT forms_channel_not_null1 NOT NULL,
    language character varying(35) CONSTRAINT forms_language_not_null1 NOT NULL,
    part character varying(255) DEFAULT ''::character varying NOT NULL,
    subject text CONSTRAINT forms_subject_not_null1 NOT NULL,
    body text CONSTRAINT forms_body_not_null1 NOT NULL,
    text text CONSTRAINT forms_text_not_null1 NOT NULL,
    segments integer CONSTRAINT forms_segments_not_null1 NOT NULL,
    seconds integer CONSTRAINT forms_seconds_not_null1 NOT NULL,
    digest character varying(64) CONSTRAINT forms_digest_not_null1 NOT NULL,
    "position" integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.hand_ups (
    id bigint NOT NULL,
    alert bigint NOT NULL,
    from_unit text NOT NULL,
    to_unit text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    official bigint NOT NULL,
    at bigint NOT NULL,
    due_at bigint NOT NULL,
    state character varying(16) NOT NULL,
    closed_by bigint,
    closed_at bigint,
    closed_reason text NOT NULL
);
CREATE SEQUENCE public.hand_ups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.hand_ups_id_seq OWNED BY public.hand_ups.id;
CREATE TABLE public.idempotency (
    principal character varying(128) NOT NULL,
    key character varying(255) NOT NULL,
    request_digest character varying(64) NOT NULL,
    status integer NOT NULL,
    body bytea NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.identities (
    issuer character varying(255) NOT NULL,
    subject character varying(255) NOT NULL,
    official bigint NOT NULL,
    seal character varying(64) NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.import_refusals (
    import_id bigint NOT NULL,
    line bigint NOT NULL,
    "column" character varying(32) NOT NULL,
    rule text NOT NULL
);
CREATE TABLE public.import_unplaced (
    import_id bigint NOT NULL,
    line bigint NOT NULL,
    rule text NOT NULL
);
CREATE TABLE public.imports (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    purpose character varying(32) NOT NULL,
    "position" bigint NOT NULL,
    line bigint NOT NULL,
    read bigint NOT NULL,
    new bigint NOT NULL,
    changed bigint NOT NULL,
    refused bigint NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint,
    unplaced bigint DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.imports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.imports_id_seq OWNED BY public.imports.id;
CREATE TABLE public.leases (
    name character varying(64) NOT NULL,
    owner text NOT NULL,
    until bigint NOT NULL
);
CREATE TABLE public.matters (
    id bigint NOT NULL,
    kind character varying(24) NOT NULL,
    subject text NOT NULL,
    occasion text NOT NULL,
    unit text NOT NULL,
    level smallint NOT NULL,
    opened_at bigint NOT NULL,
    rung smallint NOT NULL,
    rung_at bigint NOT NULL,
    next_at bigint NOT NULL,
    exhausted_at bigint,
    closed_at bigint,
    closed_reason text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.matters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.matters_id_seq OWNED BY public.matters.id;
CREATE TABLE public.official_addresses (
    official bigint NOT NULL,
    channel character varying(32) NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE public.official_contacts (
    official bigint NOT NULL,
    language character varying(35) NOT NULL,
    media text NOT NULL,
    sealed bytea NOT NULL,
    changed_at bigint NOT NULL
);
CREATE TABLE public.officials (
    id bigint NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    area character varying(96) NOT NULL,
    rights text NOT NULL,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    office text DEFAULT ''::text NOT NULL,
    account_of bigint
);
CREATE SEQUENCE public.officials_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.officials_id_seq OWNED BY public.officials.id;
CREATE TABLE public.order_parts (
    alert bigint NOT NULL,
    part character varying(255) NOT NULL,
    persons bytea NOT NULL
);
CREATE TABLE public.orders (
    alert bigint NOT NULL,
    jws text NOT NULL,
    audience bytea NOT NULL,
    endpoints bytea NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.parked_receipts (
    channel character varying(32) NOT NULL,
    reference character varying(255) NOT NULL,
    state smallint NOT NULL,
    detail text NOT NULL,
    at bigint NOT NULL,
    received_at bigint NOT NULL
);
CREATE TABLE public.partner_events (
    partner bigint NOT NULL,
    alert bigint NOT NULL,
    kind character varying(16) NOT NULL,
    at bigint NOT NULL,
    evidence text NOT NULL
);
CREATE TABLE public.partners (
    id bigint NOT NULL,
    name text NOT NULL,
    token_hash character varying(64) NOT NULL,
    endpoint bigint,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.partners_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.partners_id_seq OWNED BY public.partners.id;
CREATE TABLE public.points (
    cell bigint NOT NULL,
    block integer NOT NULL,
    entries bytea NOT NULL
);
CREATE TABLE public.proofs (
    id character varying(64) NOT NULL,
    official bigint NOT NULL,
    session character varying(32) NOT NULL,
    digest character varying(80) NOT NULL,
    method character varying(16) NOT NULL,
    at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.provider_references (
    channel character varying(32) NOT NULL,
    reference character varying(255) NOT NULL,
    campaign bigint NOT NULL,
    recipient bigint NOT NULL
);
CREATE TABLE public.receipts (
    campaign bigint NOT NULL,
    recipient bigint NOT NULL,
    state smallint NOT NULL,
    reference text NOT NULL,
    detail text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.recipients (
    id bigint NOT NULL,
    external_id text NOT NULL,
    region bigint NOT NULL,
    lat double precision,
    lon double precision,
    language character varying(35) NOT NULL,
    groups text NOT NULL,
    channels text NOT NULL,
    sealed bytea NOT NULL,
    updated_at bigint NOT NULL,
    marks bytea NOT NULL
);
CREATE SEQUENCE public.recipients_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.recipients_id_seq OWNED BY public.recipients.id;
CREATE TABLE public.refresh_tokens (
    hash character varying(64) NOT NULL,
    session character varying(32) NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
);
CREATE TABLE public.regions (
    id bigint NOT NULL,
    key character varying(96) NOT NULL,
    name text NOT NULL,
    parent bigint,
    level smallint NOT NULL,
    outline bytea,
    west double precision,
    south double precision,
    east double precision,
    north double precision
);
CREATE SEQUENCE public.regions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.regions_id_seq OWNED BY public.regions.id;
CREATE TABLE public.revoked_tokens (
    jti character varying(64) NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.service_codes (
    address bytea NOT NULL,
    code bytea NOT NULL,
    tries smallint NOT NULL,
    sent_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.service_counts (
    key bytea NOT NULL,
    until bigint NOT NULL,
    count integer NOT NULL
);
CREATE TABLE public.services (
    id bigint NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    scopes text NOT NULL,
    token_hash character varying(64) NOT NULL,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
);
CREATE SEQUENCE public.services_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.services_id_seq OWNED BY public.services.id;
CREATE TABLE public.sessions (
    id character varying(32) NOT NULL,
    official bigint NOT NULL,
    methods text NOT NULL,
    client text NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    ended_why text NOT NULL
);
CREATE TABLE public.shards (
    id bigint NOT NULL,
    campaign bigint NOT NULL,
    lane character varying(16) NOT NULL,
    recipients bytea NOT NULL,
    size integer NOT NULL,
    state character varying(16) NOT NULL,
    generation integer NOT NULL,
    owner text NOT NULL,
    lease_until bigint NOT NULL,
    not_before bigint NOT NULL,
    queued_at bigint NOT NULL
);
CREATE SEQUENCE public.shards_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shards_id_seq OWNED BY public.shards.id;
CREATE TABLE public.shifts (
    id bigint NOT NULL,
    official bigint NOT NULL,
    from_at bigint NOT NULL,
    until_at bigint NOT NULL,
    role character varying(16) NOT NULL,
    "position" smallint NOT NULL,
    entered_by bigint NOT NULL,
    entered_at bigint NOT NULL
);
CREATE SEQUENCE public.shifts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shifts_id_seq OWNED BY public.shifts.id;
CREATE TABLE public.silence_waits (
    alert bigint NOT NULL,
    channel character varying(32) NOT NULL,
    reason character varying(32) NOT NULL,
    people integer NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL
);
CREATE TABLE public.standing_authorisations (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    name text NOT NULL,
    document text NOT NULL,
    digest character varying(80) NOT NULL,
    state character varying(16) NOT NULL,
    valid_from bigint NOT NULL,
    valid_until bigint NOT NULL,
    created_by bigint NOT NULL,
    created_at bigint NOT NULL,
    revoked_by bigint,
    revoked_at bigint
);
CREATE SEQUENCE public.standing_authorisations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.standing_authorisations_id_seq OWNED BY public.standing_authorisations.id;
CREATE TABLE public.standing_decisions (
    id bigint NOT NULL,
    standing bigint NOT NULL,
    official bigint NOT NULL,
    step character varying(16) NOT NULL,
    verdict character varying(16) NOT NULL,
    digest character varying(80) NOT NULL,
    reason text NOT NULL,
    proof character varying(64) NOT NULL,
    seal text NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.standing_decisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.standing_decisions_id_seq OWNED BY public.standing_decisions.id;
CREATE TABLE public.throttles (
    key character varying(64) NOT NULL,
    failures integer NOT NULL,
    last_at bigint NOT NULL,
    until bigint NOT NULL
);
CREATE TABLE public.trusted_senders (
    id bigint NOT NULL,
    sender text NOT NULL,
    certificate text NOT NULL,
    fingerprint character varying(64) NOT NULL,
    areas text NOT NULL,
    events text NOT NULL,
    valid_from bigint NOT NULL,
    valid_until bigint NOT NULL,
    revoked_at bigint,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.trusted_senders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trusted_senders_id_seq OWNED BY public.trusted_senders.id;
CREATE TABLE public.units (
    id bigint NOT NULL,
    name text NOT NULL,
    area character varying(96) NOT NULL,
    kind character varying(32) NOT NULL,
    parent bigint,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    public_names text DEFAULT '[]'::text NOT NULL
);
CREATE SEQUENCE public.units_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.units_id_seq OWNED BY public.units.id;
ALTER TABLE ONLY public.admin_requests ALTER COLUMN id SET DEFAULT nextval('public.admin_requests_id_seq'::regclass);
ALTER TABLE ONLY public.alarms ALTER COLUMN id SET DEFAULT nextval('public.alarms_id_seq'::regclass);
ALTER TABLE ONLY public.alerts ALTER COLUMN id SET DEFAULT nextval('public.alerts_id_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN id SET DEFAULT nextval('public.calls_id_seq'::regclass);
ALTER TABLE ONLY public.campaigns ALTER COLUMN id SET DEFAULT nextval('public.campaigns_id_seq'::regclass);
ALTER TABLE ONLY public.choices_history ALTER COLUMN id SET DEFAULT nextval('public.choices_history_id_seq'::regclass);
ALTER TABLE ONLY public.credentials ALTER COLUMN id SET DEFAULT nextval('public.credentials_id_seq'::regclass);
ALTER TABLE ONLY public.decisions ALTER COLUMN id SET DEFAULT nextval('public.decisions_id_seq'::regclass);
ALTER TABLE ONLY public.duties ALTER COLUMN id SET DEFAULT nextval('public.duties_id_seq'::regclass);
ALTER TABLE ONLY public.endpoints ALTER COLUMN id SET DEFAULT nextval('public.endpoints_id_seq'::regclass);
ALTER TABLE ONLY public.feedback ALTER COLUMN id SET DEFAULT nextval('public.feedback_id_seq'::regclass);
ALTER TABLE ONLY public.hand_ups ALTER COLUMN id SET DEFAULT nextval('public.hand_ups_id_seq'::regclass);
ALTER TABLE ONLY public.imports ALTER COLUMN id SET DEFAULT nextval('public.imports_id_seq'::regclass);
ALTER TABLE ONLY public.matters ALTER COLUMN id SET DEFAULT nextval('public.matters_id_seq'::regclass);
ALTER TABLE ONLY public.officials ALTER COLUMN id SET DEFAULT nextval('public.officials_id_seq'::regclass);
ALTER TABLE ONLY public.partners ALTER COLUMN id SET DEFAULT nextval('public.partners_id_seq'::regclass);
ALTER TABLE ONLY public.recipients ALTER COLUMN id SET DEFAULT nextval('public.recipients_id_seq'::regclass);
ALTER TABLE ONLY public.regions ALTER COLUMN id SET DEFAULT nextval('public.regions_id_seq'::regclass);
ALTER TABLE ONLY public.services ALTER COLUMN id SET DEFAULT nextval('public.services_id_seq'::regclass);
ALTER TABLE ONLY public.shards ALTER COLUMN id SET DEFAULT nextval('public.shards_id_seq'::regclass);
ALTER TABLE ONLY public.shifts ALTER COLUMN id SET DEFAULT nextval('public.shifts_id_seq'::regclass);
ALTER TABLE ONLY public.standing_authorisations ALTER COLUMN id SET DEFAULT nextval('public.standing_authorisations_id_seq'::regclass);
ALTER TABLE ONLY public.standing_decisions ALTER COLUMN id SET DEFAULT nextval('public.standing_decisions_id_seq'::regclass);
ALTER TABLE ONLY public.trusted_senders ALTER COLUMN id SET DEFAULT nextval('public.trusted_senders_id_seq'::regclass);
ALTER TABLE ONLY public.units ALTER COLUMN id SET DEFAULT nextval('public.units_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0022');
ALTER TABLE ONLY public.acts
    ADD CONSTRAINT acts_pkey PRIMARY KEY (subject, number);
ALTER TABLE ONLY public.address_choices
    ADD CONSTRAINT address_choices_pkey PRIMARY KEY (channel, hash);
ALTER TABLE ONLY public.address_hashes
    ADD CONSTRAINT address_hashes_pkey PRIMARY KEY (bucket, block);
ALTER TABLE ONLY public.admin_requests
    ADD CONSTRAINT admin_requests_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.alert_authors
    ADD CONSTRAINT alert_authors_pkey PRIMARY KEY (alert, official, role);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.areas
    ADD CONSTRAINT areas_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.assessments
    ADD CONSTRAINT assessments_pkey PRIMARY KEY (alert);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.bitmaps
    ADD CONSTRAINT bitmaps_pkey PRIMARY KEY (kind, key, block);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.choices_history
    ADD CONSTRAINT choices_history_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.choices
    ADD CONSTRAINT choices_pkey PRIMARY KEY (recipient);
ALTER TABLE ONLY public.co_holders
    ADD CONSTRAINT co_holders_pkey PRIMARY KEY (campaign, bearer, holder);
ALTER TABLE ONLY public.countersignatures
    ADD CONSTRAINT countersignatures_pkey PRIMARY KEY (alert);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (campaign, recipient);
ALTER TABLE ONLY public.doors
    ADD CONSTRAINT doors_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.duties
    ADD CONSTRAINT duties_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.endpoints
    ADD CONSTRAINT endpoints_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.escalations
    ADD CONSTRAINT escalations_pkey PRIMARY KEY (alert, from_channel, to_channel, cause);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.forms
    ADD CONSTRAINT forms_pkey PRIMARY KEY (alert, channel, language, part);
ALTER TABLE ONLY public.hand_ups
    ADD CONSTRAINT hand_ups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (principal, key);
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject);
ALTER TABLE ONLY public.import_refusals
    ADD CONSTRAINT import_refusals_pkey PRIMARY KEY (import_id, line);
ALTER TABLE ONLY public.import_unplaced
    ADD CONSTRAINT import_unplaced_pkey PRIMARY KEY (import_id, line);
ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.matters
    ADD CONSTRAINT matters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.official_addresses
    ADD CONSTRAINT official_addresses_pkey PRIMARY KEY (official, channel);
ALTER TABLE ONLY public.official_contacts
    ADD CONSTRAINT official_contacts_pkey PRIMARY KEY (official);
ALTER TABLE ONLY public.officials
    ADD CONSTRAINT officials_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.order_parts
    ADD CONSTRAINT order_parts_pkey PRIMARY KEY (alert, part);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (alert);
ALTER TABLE ONLY public.parked_receipts
    ADD CONSTRAINT parked_receipts_pkey PRIMARY KEY (channel, reference, state);
ALTER TABLE ONLY public.partner_events
    ADD CONSTRAINT partner_events_pkey PRIMARY KEY (partner, alert, kind);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT partners_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.points
    ADD CONSTRAINT points_pkey PRIMARY KEY (cell, block);
ALTER TABLE ONLY public.proofs
    ADD CONSTRAINT proofs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.provider_references
    ADD CONSTRAINT provider_references_pkey PRIMARY KEY (channel, reference);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (campaign, recipient, state);
ALTER TABLE ONLY public.recipients
    ADD CONSTRAINT recipients_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.revoked_tokens
    ADD CONSTRAINT revoked_tokens_pkey PRIMARY KEY (jti);
ALTER TABLE ONLY public.service_codes
    ADD CONSTRAINT service_codes_pkey PRIMARY KEY (address);
ALTER TABLE ONLY public.service_counts
    ADD CONSTRAINT service_counts_pkey PRIMARY KEY (key, until);
ALTER TABLE ONLY public.services
    ADD CONSTRAINT services_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.shards
    ADD CONSTRAINT shards_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.silence_waits
    ADD CONSTRAINT silence_waits_pkey PRIMARY KEY (alert, channel);
ALTER TABLE ONLY public.standing_authorisations
    ADD CONSTRAINT standing_authorisations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.standing_decisions
    ADD CONSTRAINT standing_decisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.throttles
    ADD CONSTRAINT throttles_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.trusted_senders
    ADD CONSTRAINT trusted_senders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT uq_alerts_sender_identifier UNIQUE (sender, identifier);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_matter_official_channel_attempt UNIQUE (matter, official, channel, attempt);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT uq_campaigns_alert_channel UNIQUE (alert, channel);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT uq_credentials_handle UNIQUE (handle);
ALTER TABLE ONLY public.endpoints
    ADD CONSTRAINT uq_endpoints_channel_name UNIQUE (channel, name);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT uq_feedback_channel_reference UNIQUE (channel, reference);
ALTER TABLE ONLY public.matters
    ADD CONSTRAINT uq_matters_kind_subject_occasion UNIQUE (kind, subject, occasion);
ALTER TABLE ONLY public.officials
    ADD CONSTRAINT uq_officials_name UNIQUE (name);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT uq_partners_name UNIQUE (name);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT uq_partners_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.recipients
    ADD CONSTRAINT uq_recipients_external_id UNIQUE (external_id);
ALTER TABLE ONLY public.regions
    ADD CONSTRAINT uq_regions_key UNIQUE (key);
ALTER TABLE ONLY public.services
    ADD CONSTRAINT uq_services_name UNIQUE (name);
ALTER TABLE ONLY public.services
    ADD CONSTRAINT uq_services_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT uq_shifts_official_from_at UNIQUE (official, from_at);
ALTER TABLE ONLY public.standing_authorisations
    ADD CONSTRAINT uq_standing_authorisations_name UNIQUE (name);
ALTER TABLE ONLY public.trusted_senders
    ADD CONSTRAINT uq_trusted_senders_sender_fingerprint UNIQUE (sender, fingerprint);
ALTER TABLE ONLY public.units
    ADD CONSTRAINT uq_units_name UNIQUE (name);
CREATE INDEX ix_acts_entry ON public.acts USING btree (entry);
CREATE INDEX ix_alerts_relays ON public.alerts USING btree (relays);
CREATE INDEX ix_alerts_released_at ON public.alerts USING btree (released_at);
CREATE INDEX ix_alerts_root ON public.alerts USING btree (root);
CREATE INDEX ix_alerts_stage ON public.alerts USING btree (stage);
CREATE INDEX ix_alerts_standing ON public.alerts USING btree (standing);
CREATE INDEX ix_calls_at ON public.calls USING btree (at);
CREATE INDEX ix_calls_matter ON public.calls USING btree (matter);
CREATE INDEX ix_choices_history_recipient ON public.choices_history USING btree (recipient);
CREATE INDEX ix_co_holders_holder ON public.co_holders USING btree (holder);
CREATE INDEX ix_credentials_official ON public.credentials USING btree (official);
CREATE INDEX ix_decisions_alert ON public.decisions USING btree (alert);
CREATE INDEX ix_duties_alert ON public.duties USING btree (alert);
CREATE INDEX ix_feedback_alert ON public.feedback USING btree (alert);
CREATE INDEX ix_hand_ups_alert ON public.hand_ups USING btree (alert);
CREATE INDEX ix_imports_digest ON public.imports USING btree (digest);
CREATE INDEX ix_matters_closed_at ON public.matters USING btree (closed_at);
CREATE INDEX ix_matters_next_at ON public.matters USING btree (next_at);
CREATE INDEX ix_official_addresses_hash ON public.official_addresses USING btree (hash);
CREATE INDEX ix_refresh_tokens_session ON public.refresh_tokens USING btree (session);
CREATE INDEX ix_regions_parent ON public.regions USING btree (parent);
CREATE INDEX ix_sessions_official ON public.sessions USING btree (official);
CREATE INDEX ix_shards_campaign ON public.shards USING btree (campaign);
CREATE INDEX ix_shards_state_not_before ON public.shards USING btree (state, not_before);
CREATE INDEX ix_shifts_until_at ON public.shifts USING btree (until_at);
CREATE INDEX ix_standing_decisions_standing ON public.standing_decisions USING btree (standing);
