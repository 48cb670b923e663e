-- E-mail: campaigns, a message for each recipient, who must not be written to, topics, clicks, what came back.

-- What an action of kind campaign sends. Its name, people, purpose and experiment stand with the action.
-- why: the reason of a pause or stop. trouble: what the mail server said last that holds everybody up.
CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,
  action_id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('mjml','text')),
  body TEXT NOT NULL,
  -- [{"arm", "subject", "body"}]: what other arms than the first get; an empty text is that of the campaign
  variants_json TEXT NOT NULL,
  from_name TEXT NOT NULL,
  from_email TEXT NOT NULL,
  reply_to TEXT NOT NULL,
  topic TEXT,
  utm_campaign TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','checked','approved','sending','paused','done','stopped')),
  why TEXT,
  check_json TEXT,
  edited_by TEXT,
  approved_by TEXT,
  approved_at BIGINT,
  -- the last person for whom a message was planned, so that planning goes on behind it
  planned_up_to TEXT NOT NULL DEFAULT '',
  is_planned BIGINT NOT NULL DEFAULT 0 CHECK (is_planned IN (0,1)),
  trouble TEXT,
  trouble_since BIGINT,
  launched_at BIGINT,
  ended_at BIGINT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX campaigns_by_created ON campaigns (created_at, id);

-- state: queued → handed (committed before the server may take it) → accepted, refused, or doubtful where the answer was
-- never seen; left_out: not sent, for the reason given. send_at: not before.
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  variant TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued','handed','accepted','refused','left_out','doubtful')),
  send_at BIGINT NOT NULL,
  n_attempts BIGINT NOT NULL DEFAULT 0,
  address TEXT,
  reason TEXT,
  detail TEXT,
  handed_at BIGINT,
  ended_at BIGINT,
  UNIQUE (campaign_id, person_id)
);
CREATE INDEX messages_by_state ON messages (campaign_id, state, send_at, id);
CREATE INDEX messages_by_person ON messages (person_id, handed_at) WHERE handed_at IS NOT NULL;
-- Two people may share an address: it gets one mail of a campaign.
CREATE UNIQUE INDEX messages_by_address ON messages (campaign_id, address) WHERE address IS NOT NULL;

-- Where the links of a campaign lead, as they were at the launch; each variant counts its own from 0.
CREATE TABLE campaign_links (
  campaign_id TEXT NOT NULL,
  variant TEXT NOT NULL,
  link_no BIGINT NOT NULL,
  url TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (campaign_id, variant, link_no)
);

-- Addresses that nothing is sent to, whatever the purpose.
CREATE TABLE suppressions (
  address_key TEXT PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('hard_bounce','complaint','unsubscribed','by_hand')),
  detail TEXT,
  person_id TEXT,
  message_id TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX suppressions_by_time ON suppressions (created_at, address_key);

-- What people may choose among in the preference centre; each belongs to a purpose of processing.
CREATE TABLE topics (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  purpose TEXT NOT NULL,
  is_listed BIGINT NOT NULL CHECK (is_listed IN (0,1)),
  created_at BIGINT NOT NULL
);
CREATE TABLE topic_choices (
  person_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  wanted BIGINT NOT NULL CHECK (wanted IN (0,1)),
  source TEXT NOT NULL,
  stated_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, topic)
);
-- The most that a person wants in 30 days, where the person has said so.
CREATE TABLE mail_frequencies (
  person_id TEXT PRIMARY KEY,
  most_in_30_days BIGINT NOT NULL,
  stated_at BIGINT NOT NULL
);

-- who: person, or machine where a scanner or a prefetcher followed the link.
CREATE TABLE clicks (
  id TEXT PRIMARY KEY,
  message_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  url TEXT NOT NULL,
  who TEXT NOT NULL CHECK (who IN ('person','machine')),
  why_machine TEXT,
  at BIGINT NOT NULL
);
CREATE INDEX clicks_by_campaign ON clicks (campaign_id, who, person_id);
CREATE INDEX clicks_by_message ON clicks (message_id, at);
CREATE INDEX clicks_by_person ON clicks (person_id, at);

-- Mail that came back: bounces and complaints. digest: the same mail read twice counts once.
CREATE TABLE returned_mail (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('hard','soft','complaint','auto_reply','unknown')),
  reason TEXT NOT NULL,
  address TEXT,
  message_id TEXT,
  campaign_id TEXT,
  person_id TEXT,
  detail TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX returned_mail_by_time ON returned_mail (received_at, id);
CREATE INDEX returned_mail_by_campaign ON returned_mail (campaign_id, kind) WHERE campaign_id IS NOT NULL;
CREATE INDEX returned_mail_by_person ON returned_mail (person_id, received_at) WHERE person_id IS NOT NULL;
