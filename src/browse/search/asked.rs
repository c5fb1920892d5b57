//! What the address of a search page asks for: parameters of the public endpoint, as its reference names them
//! (docs/reference/05-search.md §2), with a few in place of those that are missing. Invariant: what stands in the
//! address is what is asked, in the order it stands there.

use crate::browse::failure::Failure;
use crate::browse::link::parameter;
use crate::domain::TrackerId;
use crate::http::query_string::{Parameter, QueryString};

/// Hits of a page, where the address says nothing, and at most.
const HITS: usize = 10;
const HITS_MAX: usize = 50;

/// Asked for where the address says nothing: what shops filter by most. Unknown ones are left out by the endpoint.
const FACETS: &str = "type,category,brand,price_amount,availability";
const DYNAMIC_FACETS: &str = "4";

/// Filters, each a list.
const FILTERS: [&str; 3] = ["f", "f_must", "neg_f"];

/// Parameters that a page has fields for.
const OWN_FIELDS: [&str; 5] = ["q", "sort", "facets", "page", FURTHER];

/// Decided by the page.
const FIXED: [&str; 2] = ["tracker_id", "explain"];

/// Parameters that somebody has typed in, as a query string.
const FURTHER: &str = "further";

pub(super) struct Asked {
    parameters: Vec<Parameter>,
    /// Of the page.
    pub(super) action: String,
}

/// A filter that holds, and the page without it.
pub(super) struct Chip {
    pub(super) text: String,
    pub(super) is_negative: bool,
    pub(super) href: String,
}

impl Asked {
    pub(super) fn read(query: &str, action: String) -> Result<Self, Failure> {
        let query = QueryString::parse(query).map_err(|_| Failure::BadForm)?;
        let sent = query
            .iter()
            .filter(|sent| !FIXED.contains(&sent.name.as_str()) && !sent.value.is_empty());
        Ok(Self {
            parameters: sent.cloned().collect(),
            action,
        })
    }

    /// What the public endpoint is asked.
    pub(super) fn request(&self, site: &TrackerId) -> QueryString {
        let further = QueryString::parse(self.further()).unwrap_or_default();
        let further = further
            .iter()
            .filter(|sent| !FIXED.contains(&sent.name.as_str()));
        let sent = self.parameters.iter().filter(|sent| sent.name != FURTHER);
        let mut all = vec![parameter("tracker_id", site.as_str())];
        all.extend(
            sent.chain(further)
                .filter(|sent| sent.name != "size")
                .cloned(),
        );
        let has = |name: &str| all.iter().any(|sent| sent.name == name);
        let defaults = [("facets", FACETS), ("dynamic_facets_size", DYNAMIC_FACETS)];
        let missing = defaults.into_iter().filter(|(name, _)| !has(name));
        let missing: Vec<_> = missing
            .map(|(name, value)| parameter(name, value))
            .collect();
        all.extend(missing);
        all.push(parameter("size", &self.size().to_string()));
        all.push(parameter("explain", "true"));
        all.into_iter().collect()
    }

    fn size(&self) -> usize {
        let further = QueryString::parse(self.further()).unwrap_or_default();
        let typed = further.scalar("size").unwrap_or(self.scalar("size"));
        typed
            .parse()
            .ok()
            .filter(|size| *size > 0)
            .unwrap_or(HITS)
            .min(HITS_MAX)
    }

    pub(super) fn scalar(&self, name: &str) -> &str {
        let sent = self.parameters.iter().rev().find(|sent| sent.name == name);
        sent.map_or("", |sent| sent.value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        self.scalar("q")
    }

    pub(super) fn further(&self) -> &str {
        self.scalar(FURTHER)
    }

    pub(super) fn facets(&self) -> &str {
        match self.scalar("facets") {
            "" => FACETS,
            asked => asked,
        }
    }

    pub(super) fn page(&self) -> usize {
        self.scalar("page")
            .parse()
            .ok()
            .filter(|page| *page > 0)
            .unwrap_or(1)
    }

    pub(super) fn first_rank(&self) -> usize {
        (self.page() - 1).saturating_mul(self.size()) + 1
    }

    /// Fields that the form keeps as they are.
    pub(super) fn kept(&self) -> Vec<(String, String)> {
        let kept = self.parameters.iter();
        kept.filter(|sent| !OWN_FIELDS.contains(&sent.name.as_str()))
            .map(|sent| (sent.name.clone(), sent.value.clone()))
            .collect()
    }

    pub(super) fn chips(&self) -> Vec<Chip> {
        let filters = self.parameters.iter().enumerate();
        let filters = filters.filter(|(_, sent)| FILTERS.contains(&sent.list_name()));
        filters
            .map(|(at, sent)| Chip {
                text: sent.value.clone(),
                is_negative: sent.list_name() == "neg_f",
                href: self.without(at),
            })
            .collect()
    }

    fn without(&self, at: usize) -> String {
        let others = self.parameters.iter().enumerate();
        self.address(
            others
                .filter(|(other, _)| *other != at)
                .map(|(_, sent)| sent),
        )
    }

    /// Whether `f[]` has the filter, and the page where it is the other way round.
    pub(super) fn toggled(&self, filter: &str) -> (bool, String) {
        let is_it = |sent: &Parameter| sent.list_name() == "f" && sent.value == filter;
        if let Some(at) = self.parameters.iter().position(is_it) {
            return (true, self.without(at));
        }
        let added = parameter("f[]", filter);
        (false, self.address(self.parameters.iter().chain([&added])))
    }

    pub(super) fn at_page(&self, page: usize) -> String {
        let page = parameter("page", &page.to_string());
        let others = self.parameters.iter().filter(|sent| sent.name != "page");
        let query: QueryString = others.chain([&page]).cloned().collect();
        format!("{}?{query}", self.action)
    }

    /// The first page of these parameters.
    fn address<'p>(&self, parameters: impl Iterator<Item = &'p Parameter>) -> String {
        let query: QueryString = parameters
            .filter(|sent| sent.name != "page")
            .cloned()
            .collect();
        format!("{}?{query}", self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(query, "/s".to_owned()).expect("few parameters")
    }

    fn requested(query: &str) -> String {
        let site = TrackerId::new("a-1").expect("an id");
        asked(query).request(&site).to_string()
    }

    #[test]
    fn the_address_is_what_is_asked() {
        assert_eq!(
            requested(
                "q=tent&f[]=type:product&facets=brand&dynamic_facets_size=0&tracker_id=b&explain=0"
            ),
            "tracker_id=a-1&q=tent&f[]=type:product&facets=brand&dynamic_facets_size=0&size=10&explain=true"
        );
        let typed = requested("q=a&further=size%3D7%26hit_fields%3Dtitle%26tracker_id%3Db");
        assert!(typed.contains("&hit_fields=title&"), "{typed}");
        assert!(typed.ends_with("&size=7&explain=true"), "{typed}");
        assert!(!typed.contains("tracker_id=b"), "{typed}");
        assert!(requested("size=9999").contains("size=50"));
    }

    #[test]
    fn filters_are_put_on_and_taken_off() {
        let it = asked("q=a&page=3&f[]=brand:X&neg_f[]=type:article");
        assert_eq!(
            it.toggled("brand:X"),
            (true, "/s?q=a&neg_f[]=type:article".to_owned())
        );
        let (is_on, href) = it.toggled("brand:Y & Z");
        assert!(!is_on);
        assert_eq!(
            href,
            "/s?q=a&f[]=brand:X&neg_f[]=type:article&f[]=brand:Y%20%26%20Z"
        );
        assert_eq!(it.chips().len(), 2);
        assert_eq!(
            it.at_page(4),
            "/s?q=a&f[]=brand:X&neg_f[]=type:article&page=4"
        );
        assert_eq!(it.first_rank(), 21);
        assert_eq!(it.kept().len(), 2);
    }
}
