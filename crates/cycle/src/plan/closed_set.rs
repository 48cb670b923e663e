//! Closed sets: an enum whose members have a name in the database, the addresses and the API.

/// Writes an enum with `ALL`, `name` and `from_name`.
macro_rules! closed_set {
    ($(#[$about:meta])* $name:ident { $($(#[$member_about:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$member_about])* #[serde(rename = $text)] $member,)+
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$member),+];

            /// Its name in the database and in addresses.
            pub fn name(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }

            /// Reads a column that holds a name.
            ///
            /// **Errors** for a name that no member has.
            pub fn read(name: &str) -> platform::Result<Self> {
                Self::from_name(name).ok_or_else(|| {
                    platform::Error::database(format!("“{name}” is no {}", stringify!($name)))
                })
            }
        }
    };
}

pub(crate) use closed_set;
