//! Tokens that stand for a role, as some APIs have them in place of signatures. Invariant: how long a
//! look-up takes says nothing about any token.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Admin,
    User,
}

/// All tokens there are, kept as hashes, so that all are compared in the same time.
#[derive(Clone, Default)]
pub struct RoleTokens {
    admin: Vec<[u8; 32]>,
    user: Vec<[u8; 32]>,
}

impl std::fmt::Debug for RoleTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RoleTokens")
    }
}

impl RoleTokens {
    pub fn new<'t>(
        admin: impl IntoIterator<Item = &'t str>,
        user: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        Self {
            admin: admin.into_iter().map(hash).collect(),
            user: user.into_iter().map(hash).collect(),
        }
    }

    /// `None` for a token nobody has. One that stands under both roles is an administrator's.
    pub fn role_of(&self, token: &str) -> Option<Role> {
        let token = hash(token);
        let is_among = |known: &[[u8; 32]]| {
            let none = Choice::from(0);
            let found = known
                .iter()
                .fold(none, |found, known| found | known.ct_eq(&token));
            bool::from(found)
        };
        let (is_admin, is_user) = (is_among(&self.admin), is_among(&self.user));
        match (is_admin, is_user) {
            (true, _) => Some(Role::Admin),
            (false, true) => Some(Role::User),
            (false, false) => None,
        }
    }

    /// The role that an `Authorization` of the form `Token <token>` or `Bearer <token>` proves.
    pub fn role_in(&self, authorization: &str) -> Option<Role> {
        let (scheme, token) = authorization.trim().split_once(' ')?;
        let is_known = ["token", "bearer"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
        let token = token.trim();
        let is_token = is_known && !token.is_empty() && !token.contains(char::is_whitespace);
        is_token.then(|| self.role_of(token)).flatten()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Token root", Some(Role::Admin))]
    #[case("Bearer root", Some(Role::Admin))]
    #[case("token  root ", Some(Role::Admin))]
    #[case("Token shopper", Some(Role::User))]
    #[case("Token both", Some(Role::Admin))]
    #[case("Token nobody", None)]
    #[case("Token", None)]
    #[case("Token ", None)]
    #[case("root", None)]
    #[case("Basic root", None)]
    #[case("Token root x", None)]
    #[case("", None)]
    fn who_is_who(#[case] authorization: &str, #[case] role: Option<Role>) {
        let tokens = RoleTokens::new(["root", "both"], ["shopper", "both"]);
        assert_eq!(tokens.role_in(authorization), role);
        assert_eq!(RoleTokens::default().role_in(authorization), None);
        assert_eq!(format!("{tokens:?}"), "RoleTokens");
    }
}
