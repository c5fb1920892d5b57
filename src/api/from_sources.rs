//! Error enums of the dialects: each variant that has one source is made from it.

/// `impl From<Source> for Error`, for each `Source => Variant`.
macro_rules! from_sources {
    ($error:ident { $($source:ty => $variant:ident),* $(,)? }) => {$(
        impl From<$source> for $error {
            fn from(source: $source) -> Self {
                Self::$variant(source)
            }
        }
    )*};
}
