//! Label values that code chooses among. Invariant: there are few, all known when the program is built,
//! so a counter can be found by its place in a list instead of by its text.

macro_rules! labels {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

labels! {
    /// Who a request was for.
    Api {
        Content = "content",
        Search = "search",
        Autocomplete = "autocomplete",
        Events = "events",
        Swiftype = "swiftype",
        ProductSync = "product_sync",
        /// Health and these metrics.
        Ops = "ops",
        /// Paths of nobody.
        Other = "other",
    }
}

labels! {
    /// What a write does with an object.
    Operation {
        Replace = "replace",
        Patch = "patch",
        Delete = "delete",
    }
}

labels! {
    /// How a search ended.
    SearchOutcome {
        Answered = "answered",
        /// It asked for what cannot be done.
        Refused = "refused",
        /// It found no place to run, or its site no index.
        Overloaded = "overloaded",
        TimedOut = "timed_out",
        Failed = "failed",
    }
}

labels! {
    /// What came of fetching a file.
    FileOutcome {
        Fetched = "fetched",
        /// The server has what was fetched before.
        Unchanged = "unchanged",
        /// It is tried again.
        Later = "later",
        Failed = "failed",
        /// It came, and no text can be made of it.
        Unreadable = "unreadable",
        /// The place may not be asked.
        Refused = "refused",
    }
}

labels! {
    Outcome {
        Accepted = "accepted",
        Refused = "refused",
    }
}

labels! {
    /// Methods the APIs use; others are one.
    Verb {
        Get = "GET",
        Head = "HEAD",
        Post = "POST",
        Put = "PUT",
        Patch = "PATCH",
        Delete = "DELETE",
        Options = "OPTIONS",
        Other = "other",
    }
}

impl Verb {
    pub fn of(method: &str) -> Self {
        let known = Self::ALL.iter().find(|verb| verb.as_str() == method);
        known.copied().unwrap_or(Self::Other)
    }
}

labels! {
    StatusClass {
        Informational = "1xx",
        Success = "2xx",
        Redirection = "3xx",
        ClientError = "4xx",
        ServerError = "5xx",
    }
}

impl StatusClass {
    pub fn of(status: u16) -> Self {
        match status {
            ..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

labels! {
    /// Statuses that say: come again later.
    Overload {
        TooMany = "429",
        Unavailable = "503",
    }
}

impl Overload {
    pub fn of(status: u16) -> Option<Self> {
        match status {
            429 => Some(Self::TooMany),
            503 => Some(Self::Unavailable),
            _ => None,
        }
    }
}
