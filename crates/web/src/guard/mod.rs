//! What stands between the network and the pages: who may come in, from where, how much, and what browsers are told.

pub(crate) mod bearer;
pub(crate) mod csrf;
pub(crate) mod headers;
pub(crate) mod journal;
pub(crate) mod loopback;
pub(crate) mod sign_in;
