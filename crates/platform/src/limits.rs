//! Every bound of queues, lists and retries, by name.

/// Changes that may wait for the writer before callers are told to come back.
pub const WRITES_WAITING: usize = 4096;
/// Changes that share one commit (and so one flush of the disk).
pub const WRITES_PER_COMMIT: usize = 256;
/// Connections that answer short reads on the embedded engine.
pub const READERS: usize = 4;
/// Connections to a database server.
pub const SERVER_CONNECTIONS: usize = 12;
/// Times that a serializable change is tried before its conflict is reported.
pub const WRITE_ATTEMPTS: u32 = 8;
/// Prepared statements kept per connection.
pub const STATEMENTS_KEPT: usize = 256;
/// Rows in one statement when many rows are inserted on a database server.
pub const ROWS_PER_INSERT: usize = 500;
/// Attempts of a job before it becomes a dead letter.
pub const JOB_ATTEMPTS: i64 = 8;
/// Seconds that a worker may hold a job without a sign of life.
pub const JOB_LEASE_SECONDS: i64 = 60;
/// Sign-in: failures allowed before the address has to wait, and the wait in seconds.
pub const SIGN_IN_FAILURES: i64 = 5;
pub const SIGN_IN_WAIT_SECONDS: i64 = 60;
/// A session ends after this many days without a visit, and after that many days in all.
pub const SESSION_IDLE_DAYS: i64 = 14;
pub const SESSION_DAYS: i64 = 90;
/// Longest password in bytes; longer ones only cost hashing time.
pub const PASSWORD_BYTES: usize = 256;
/// Passwords that are hashed at the same time (each takes 19 MiB), and that may wait for their turn.
pub const HASHING_AT_ONCE: usize = 2;
pub const HASHING_WAITING: usize = 64;
/// Largest form without files, in bytes.
pub const FORM_BYTES: usize = 1 << 20;
/// Largest JSON body of a request to the API, in bytes.
pub const API_BODY_BYTES: usize = 4 << 20;
/// Records on one page of the API, and where the request does not say how many.
pub const API_PAGE: usize = 200;
pub const API_PAGE_USUAL: usize = 50;
/// Tokens that one user may have.
pub const TOKENS_PER_USER: i64 = 50;
