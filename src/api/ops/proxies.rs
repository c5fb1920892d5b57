//! What tells that a request came by a proxy, a load balancer or a content delivery network. Invariant: a name is
//! here when one of them adds it by itself and no client does; lower case, as names of headers are.

use axum::http::HeaderMap;

const NAMES: [&str; 38] = [
    "akamai-origin-hop",
    "ali-cdn-real-ip",
    "client-ip",
    "forwarded",
    "forwarded-for",
    "front-end-https",
    "incap-client-ip",
    "proxy-client-ip",
    "remote-addr",
    "surrogate-capability",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-amzn-trace-id",
    "x-arr-log-id",
    "x-arr-ssl",
    "x-cdn",
    "x-client-ip",
    "x-cloud-trace-context",
    "x-cluster-client-ip",
    "x-coming-from",
    "x-forward",
    "x-host",
    "x-originating-ip",
    "x-proxied-by",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-real-port",
    "x-real-proto",
    "x-remote-addr",
    "x-remote-ip",
    "x-request-start",
    "x-scheme",
    "x-sucuri-clientip",
    "x-true-client-ip",
    "x-url-scheme",
    "x-varnish",
    "x-via",
];

/// Families of them: whatever follows.
const PREFIXES: [&str; 24] = [
    "ar-real-",
    "cdn-",
    "cf-",
    "cloudfront-",
    "eagleeye-",
    "fastly-",
    "fly-",
    "x-akamai-",
    "x-amz-cf-",
    "x-appengine-",
    "x-appgw-",
    "x-azure-",
    "x-edge-",
    "x-envoy-",
    "x-fd-",
    "x-forwarded",
    "x-goog-",
    "x-haproxy-",
    "x-nf-",
    "x-nginx-",
    "x-original-",
    "x-proxy-",
    "x-tencent-",
    "x-vercel-",
];

/// Whether the request says that it was passed on.
pub(super) fn have_passed(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let name = name.as_str();
        NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn with(name: &str) -> HeaderMap {
        let name: HeaderName = name.parse().expect("the name of a header");
        HeaderMap::from_iter([(name, HeaderValue::from_static(""))])
    }

    #[test]
    fn every_name_of_the_lists_can_be_met() {
        for name in NAMES.iter().chain(&PREFIXES) {
            assert_eq!(*name, name.to_ascii_lowercase());
            assert!(have_passed(&with(name)), "{name}");
        }
    }

    #[test]
    fn what_clients_send_by_themselves_is_not_of_a_proxy() {
        for name in [
            "Accept",
            "Authorization",
            "Cache-Control",
            "Cookie",
            "DNT",
            "Origin",
            "Sec-CH-UA-Platform",
            "Sec-Fetch-Mode",
            "Traceparent",
            "Upgrade-Insecure-Requests",
            "User-Agent",
            "X-Prometheus-Scrape-Timeout-Seconds",
            "X-Request-Id",
            "X-Requested-With",
        ] {
            assert!(!have_passed(&with(name)), "{name}");
        }
    }
}
