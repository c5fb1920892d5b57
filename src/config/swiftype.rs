//! `[swiftype]`: keys of its clients and engines made at the start (docs/reference/10-swiftype.md §7).
//! Invariant: every engine is a site; one that no `[[sites]]` names has no key to sign with. A site that a
//! key opens is searched field by field, and no other pays for it with a larger index.

use super::check::Checks;
use super::file::SwiftypeSection;
use super::{ConfiguredSite, Secret, SiteThrottle, Swiftype, SwiftypeKey};
use crate::domain::{Site, TrackerId, slug};

impl Checks<'_> {
    /// The keys, and the sites with the engines among them.
    pub(super) fn swiftype(
        &mut self,
        section: SwiftypeSection,
        sites: &mut Vec<ConfiguredSite>,
        throttle: SiteThrottle,
    ) -> Swiftype {
        for (position, name) in section.engines.iter().enumerate() {
            let Some(id) = named(name, sites) else {
                self.wrong(
                    format!("swiftype.engines[{position}]"),
                    format!("`{name}` has no letter or digit, or more than 64"),
                );
                continue;
            };
            match sites.iter_mut().find(|site| site.site.tracker_id == id) {
                Some(site) => site.site.words_by_attribute = true,
                None => sites.push(engine(id, throttle)),
            }
        }
        let mut keys = Vec::new();
        for (position, key) in section.api_keys.into_iter().enumerate() {
            self.key(&format!("swiftype.api_keys[{position}]"), Some(&key));
            keys.push(SwiftypeKey { key, engines: None });
        }
        for (position, entry) in section.keys.into_iter().enumerate() {
            let at = format!("swiftype.keys[{position}]");
            self.key(&format!("{at}.key"), entry.key.as_ref());
            let engines = entry.engines.iter().enumerate().filter_map(|(of, name)| {
                let found = named(name, sites);
                if found.is_none() {
                    self.wrong(
                        format!("{at}.engines[{of}]"),
                        format!("`{name}` has no letter or digit, or more than 64"),
                    );
                }
                found
            });
            let engines = Some(engines.collect());
            keys.extend(entry.key.map(|key| SwiftypeKey { key, engines }));
        }
        for site in sites {
            let id = &site.site.tracker_id;
            site.site.words_by_attribute |= keys.iter().any(|key| key.opens(id));
        }
        Swiftype {
            keys,
            create_document_types: section.create_document_types.unwrap_or(true),
        }
    }

    fn key(&mut self, at: &str, key: Option<&Secret<String>>) {
        match key {
            None => self.wrong(at, "is missing"),
            Some(key) if key.expose().is_empty() => self.wrong(at, "is empty"),
            Some(_) => {}
        }
    }
}

/// The site a name means: one that is there, or an engine that is made later.
fn named(name: &str, sites: &[ConfiguredSite]) -> Option<TrackerId> {
    let slug_of_name = slug(name);
    let ids = || sites.iter().map(|site| &site.site.tracker_id);
    ids()
        .find(|id| id.as_str() == name)
        .or_else(|| ids().find(|id| slug(id.as_str()) == slug_of_name))
        .cloned()
        .or_else(|| TrackerId::new(&slug_of_name))
}

fn engine(tracker_id: TrackerId, throttle: SiteThrottle) -> ConfiguredSite {
    ConfiguredSite {
        site: Site::of_documents(tracker_id),
        private_keys: Vec::new(),
        throttle,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::domain::TrackerId;

    fn config(swiftype: &str) -> Result<Config, String> {
        let site = "[[sites]]\ntracker_id = \"Shop_1\"\nprivate_key = \"secret\"\n";
        Config::from_toml(&format!("{site}[swiftype]\n{swiftype}\n"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn engines_are_sites_without_a_key_to_sign_with() {
        let config = config("engines = [\"Book Store\", \"films\", \"book-store\"]");
        let config = config.expect("good settings");
        let sites = config.sites.iter().map(|site| {
            let id = site.site.tracker_id.as_str();
            (id, site.private_keys.len(), site.site.words_by_attribute)
        });
        let sites: Vec<_> = sites.collect();
        let engines = [("book-store", 0, true), ("films", 0, true)];
        assert_eq!(sites, [&[("Shop_1", 1, false)][..], &engines].concat());
    }

    #[test]
    fn batches_make_document_types_unless_told_otherwise() {
        for (settings, makes) in [
            ("", true),
            ("create_document_types = true", true),
            ("create_document_types = false", false),
        ] {
            let config = config(settings).expect("good settings");
            assert_eq!(config.swiftype.create_document_types, makes, "{settings}");
        }
    }

    #[test]
    fn a_site_named_among_the_engines_is_searched_field_by_field() {
        for name in ["Shop_1", "shop 1"] {
            let config = config(&format!("engines = [{name:?}]"));
            let config = config.expect("good settings");
            assert_eq!(config.sites.len(), 1);
            assert!(config.sites[0].site.words_by_attribute);
        }
    }

    #[test]
    fn a_site_that_a_key_opens_is_searched_field_by_field() {
        let other = "[[sites]]\ntracker_id = \"other\"\nprivate_key = \"secret\"\n";
        for (swiftype, expected) in [
            ("", [false, false]),
            ("[swiftype]\nengines = [\"books\"]", [false, false]),
            ("[swiftype]\napi_keys = [\"all\"]", [true, true]),
            (
                "[[swiftype.keys]]\nkey = \"some\"\nengines = [\"shop 1\"]",
                [true, false],
            ),
        ] {
            let site = "[[sites]]\ntracker_id = \"Shop_1\"\nprivate_key = \"secret\"\n";
            let config = Config::from_toml(&format!("{site}{other}{swiftype}\n"));
            let sites = config.expect("good settings").sites;
            let is_apart = |at: usize| sites[at].site.words_by_attribute;
            assert_eq!([is_apart(0), is_apart(1)], expected, "{swiftype}");
        }
    }

    #[test]
    fn engines_alone_are_a_configuration() {
        let config = Config::from_toml("[swiftype]\nengines = [\"books\"]\n");
        assert_eq!(config.expect("good settings").sites.len(), 1);
    }

    #[test]
    fn a_key_opens_every_engine_or_those_it_names() {
        let config = config(
            "api_keys = [\"all\"]\n[[swiftype.keys]]\nkey = \"some\"\n\
             engines = [\"Shop_1\", \"shop-1\", \"Later Made\"]",
        );
        let config = config.expect("good settings");
        let keys = config.swiftype.keys.iter().map(|key| {
            let engines = key.engines.as_ref();
            let engines = engines.map(|list| list.iter().map(TrackerId::as_str).collect());
            (key.key.expose().as_str(), engines)
        });
        let keys: Vec<(&str, Option<Vec<&str>>)> = keys.collect();
        let some = Some(vec!["Shop_1", "Shop_1", "later-made"]);
        assert_eq!(keys, [("all", None), ("some", some)]);
    }

    #[test]
    fn everything_wrong_is_told_with_its_key() {
        let message =
            config("api_keys = [\"\"]\nengines = [\"?!\"]\n[[swiftype.keys]]\nengines = [\"...\"]");
        let message = message.expect_err("four mistakes");
        for key in [
            "swiftype.api_keys[0]: is empty",
            "swiftype.engines[0]: `?!`",
            "swiftype.keys[0].key: is missing",
            "swiftype.keys[0].engines[0]: `...`",
        ] {
            assert!(message.contains(key), "{key} is missing in: {message}");
        }
    }
}
