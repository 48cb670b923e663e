//! The methods against the numbers that their authors published, and against what then happened.

mod cdnow;
mod donations;
mod remission;
