//! Where a redirect rule sends a visitor (docs/reference/05-search.md §4).

use crate::domain::{QueryText, Site};
use crate::http::query_string::{Parameter, QueryString};

/// Where a rule of the site sends whoever typed this.
pub(super) fn suggested_url(site: &Site, typed: &str) -> Option<String> {
    let text = QueryText::new(typed)?;
    let url = site.rules.for_query(&text)?.redirect.as_deref()?;
    Some(redirected(url, typed))
}

/// The URL of a rule with the query that led there, before a fragment.
fn redirected(url: &str, query: &str) -> String {
    let (page, fragment) = match url.split_once('#') {
        Some((page, fragment)) => (page, Some(fragment)),
        None => (url, None),
    };
    let origin: QueryString = [Parameter {
        name: "lb_redirected_from".to_owned(),
        value: query.to_owned(),
    }]
    .into_iter()
    .collect();
    let joint = match page.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, parameters)) if parameters.ends_with('&') => "",
        Some(_) => "&",
    };
    match fragment {
        Some(fragment) => format!("{page}{joint}{origin}#{fragment}"),
        None => format!("{page}{joint}{origin}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "https://shop.example/sale",
        "https://shop.example/sale?lb_redirected_from=Wool%20s%26d"
    )]
    #[case("/sale?a=b", "/sale?a=b&lb_redirected_from=Wool%20s%26d")]
    #[case("/sale?", "/sale?lb_redirected_from=Wool%20s%26d")]
    #[case("/sale?a=b&", "/sale?a=b&lb_redirected_from=Wool%20s%26d")]
    #[case("/sale#top?", "/sale?lb_redirected_from=Wool%20s%26d#top?")]
    fn the_query_is_added_to_the_url(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(redirected(url, "Wool s&d"), expected);
    }
}
