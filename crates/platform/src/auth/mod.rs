//! Who may come in: users with a password, sessions of a browser, tokens of programs.
//!
//! What a signed-in user may do is decided by [`Role`]; the pages ask it before they call a verb.

mod password;
mod sessions;
pub mod tokens;
mod users;

pub use sessions::{Session, close, find, open, sweep, touch};
pub use users::{
    NewUser, Role, User, create, disable, get, is_empty, list, set_password, set_role, set_theme, sign_in,
};
