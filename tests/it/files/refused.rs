//! Addresses that nobody on the internet means, in every disguise: a canary on loopback hears of none of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::{file, in_state, meets};
use crate::support::{Figures, FileHost, TestServer, answer, plain};

/// `{p}` is the port of the canary, `{h}` a host that may be asked.
const TRICKS: &[&str] = &[
    // Loopback, as it is and in all forms that one parser or another reads.
    "http://127.0.0.1:{p}/",
    "http://127.0.0.1.:{p}/",
    "http://127.0.0.2:{p}/",
    "http://127.255.255.254:{p}/",
    "http://127.1:{p}/",
    "http://127.0.1:{p}/",
    "http://2130706433:{p}/",
    "http://2130706433.:{p}/",
    "http://0x7f000001:{p}/",
    "http://0X7F000001:{p}/",
    "http://0x7f.0x0.0x0.0x1:{p}/",
    "http://0x7f.1:{p}/",
    "http://0x7f.0.1:{p}/",
    "http://017700000001:{p}/",
    "http://0177.0.0.1:{p}/",
    "http://0177.0.0.01:{p}/",
    "http://0177.1:{p}/",
    "http://00000177.00000000.00000000.00000001:{p}/",
    "http://127.0x0.0.1:{p}/",
    "http://0x7f.00.0x00.01:{p}/",
    "http://127.0.0.0x1:{p}/",
    "http://127.00.00.01:{p}/",
    "http://127.000.000.001:{p}/",
    "http://4294967297:{p}/",
    "http://6442450945:{p}/",
    "http://0x17f000001:{p}/",
    "http://127.0.0.257:{p}/",
    "http://383.0.0.1:{p}/",
    "http://127.0.0.1%00:{p}/",
    "http://127.0.0.1%2e:{p}/",
    "http://127%2e0%2e0%2e1:{p}/",
    "http://%31%32%37.0.0.1:{p}/",
    "http://１２７.０.０.１:{p}/",
    "http://127。0。0。1:{p}/",
    "http://127．0．0．1:{p}/",
    "http://127｡0｡0｡1:{p}/",
    "http://①②⑦.⓪.⓪.①:{p}/",
    "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:{p}/",
    "http://⓪x7f.1:{p}/",
    "http://127.0.0.1\u{ad}:{p}/",
    "http://127.0.\u{200b}0.1:{p}/",
    "http://\u{2060}127.0.0.1:{p}/",
    "http:127.0.0.1:{p}/",
    "http:/127.0.0.1:{p}/",
    "http:///127.0.0.1:{p}/",
    "http:////127.0.0.1:{p}/",
    "http:\\\\127.0.0.1:{p}\\",
    "http://\t127.0.0.1:{p}/",
    "http://127.0.\n0.1:{p}/",
    "ht\ntp://127.0.0.1:{p}/",
    " http://127.0.0.1:{p}/ ",
    "HTTP://127.0.0.1:{p}/",
    "hTTp://127.0.0.1:{p}/",
    "https://127.0.0.1:{p}/",
    // Names of this machine.
    "http://localhost:{p}/",
    "http://LOCALHOST:{p}/",
    "http://localhost.:{p}/",
    "http://localhost..:{p}/",
    "http://ｌｏｃａｌｈｏｓｔ:{p}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{p}/",
    "http://local\u{ad}host:{p}/",
    "http://%6cocalhost:{p}/",
    "http://a.localhost:{p}/",
    "http://localhost.localdomain:{p}/",
    "http://ip6-localhost:{p}/",
    "http://ip6-loopback:{p}/",
    // "This network", which Linux takes for this machine.
    "http://0.0.0.0:{p}/",
    "http://0:{p}/",
    "http://0.0:{p}/",
    "http://0x0:{p}/",
    "http://00:{p}/",
    "http://0.0.0.1:{p}/",
    "http://０:{p}/",
    // IPv6: loopback, unspecified, mapped, compatible, translated, tunnelled.
    "http://[::1]:{p}/",
    "http://[0:0:0:0:0:0:0:1]:{p}/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{p}/",
    "http://[::]:{p}/",
    "http://[0:0:0:0:0:0:0:0]:{p}/",
    "http://[::127.0.0.1]:{p}/",
    "http://[::7f00:1]:{p}/",
    "http://[::ffff:127.0.0.1]:{p}/",
    "http://[::FFFF:127.0.0.1]:{p}/",
    "http://[::ffff:7f00:1]:{p}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{p}/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:{p}/",
    "http://[::ffff:0:127.0.0.1]:{p}/",
    "http://[::ffff:0:7f00:1]:{p}/",
    "http://[::ffff:0.0.0.0]:{p}/",
    "http://[64:ff9b::127.0.0.1]:{p}/",
    "http://[64:ff9b::7f00:1]:{p}/",
    "http://[64:ff9b:1::7f00:1]:{p}/",
    "http://[2002:7f00:1::]:{p}/",
    "http://[2002:7f00:1::1]:{p}/",
    "http://[2002:a00:1::1]:{p}/",
    "http://[2001:0:7f00:1::80ff:fffe]:{p}/",
    "http://[2001::80ff:fffe]:{p}/",
    "http://[fe80::5efe:127.0.0.1]:{p}/",
    "http://[2606:4700::5efe:127.0.0.1]:{p}/",
    "http://[2606:4700::200:5efe:7f00:1]:{p}/",
    "http://[fe80::1]:{p}/",
    "http://[fe80::1%25lo]:{p}/",
    "http://[fe80::1%lo]:{p}/",
    "http://[::1%25lo]:{p}/",
    "http://[::1%lo]:{p}/",
    "http://[fc00::1]:{p}/",
    "http://[fd00:ec2::254]:{p}/",
    "http://[fec0::1]:{p}/",
    "http://[ff02::1]:{p}/",
    "http://[100::1]:{p}/",
    "http://[2001:db8::1]:{p}/",
    "http://[::1]]:{p}/",
    "http://[[::1]]:{p}/",
    "http://::1:{p}/",
    "http://[::1].:{p}/",
    "http://[v1.127.0.0.1]:{p}/",
    // Networks of others that are nobody's business.
    "http://10.0.0.1:{p}/",
    "http://10.255.255.255:{p}/",
    "http://012.0.0.1:{p}/",
    "http://167772161:{p}/",
    "http://172.16.0.1:{p}/",
    "http://172.31.255.255:{p}/",
    "http://192.168.0.1:{p}/",
    "http://192.168.257:{p}/",
    "http://0xc0a80001:{p}/",
    "http://100.64.0.1:{p}/",
    "http://100.127.255.255:{p}/",
    "http://100.100.100.200:{p}/latest/meta-data/",
    "http://169.254.169.254:{p}/latest/meta-data/",
    "http://2852039166:{p}/latest/meta-data/",
    "http://0xa9fea9fe:{p}/latest/meta-data/",
    "http://0251.0376.0251.0376:{p}/",
    "http://169.254.43518:{p}/",
    "http://[::ffff:169.254.169.254]:{p}/",
    "http://[64:ff9b::169.254.169.254]:{p}/",
    "http://192.0.0.1:{p}/",
    "http://192.0.0.192:{p}/",
    "http://192.0.2.1:{p}/",
    "http://198.18.0.1:{p}/",
    "http://198.51.100.1:{p}/",
    "http://203.0.113.1:{p}/",
    "http://224.0.0.1:{p}/",
    "http://239.255.255.250:{p}/",
    "http://240.0.0.1:{p}/",
    "http://255.255.255.255:{p}/",
    "http://4294967295:{p}/",
    // Who is asked, and who only seems to be.
    "http://user@127.0.0.1:{p}/",
    "http://user:pass@127.0.0.1:{p}/",
    "http://:@127.0.0.1:{p}/",
    "http://@127.0.0.1:{p}/",
    "http://8.8.8.8@127.0.0.1:{p}/",
    "http://8.8.8.8:80@127.0.0.1:{p}/",
    "http://8.8.8.8#@127.0.0.1:{p}/",
    "http://8.8.8.8\\@127.0.0.1:{p}/",
    "http://127.0.0.1:{p}\\@8.8.8.8/",
    "http://127.0.0.1:{p}#@8.8.8.8/",
    "http://127.0.0.1:{p}?@8.8.8.8/",
    "http://8.8.8.8%40127.0.0.1:{p}/",
    "http://127.0.0.1:{p}:80/",
    "http://127.0.0.1:80:{p}/",
    "http://127.0.0.1 :{p}/",
    "http://127.0.0.1,8.8.8.8:{p}/",
    "http://127.0.0.1;8.8.8.8:{p}/",
    // Ports that are not allowed, and one that only seems to be.
    "http://127.0.0.1:22/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:6379/",
    "http://127.0.0.1:0{p}/",
    "http://127.0.0.1:+{p}/",
];

fn tricks(port: u16) -> Vec<String> {
    TRICKS
        .iter()
        .map(|trick| trick.replace("{p}", &port.to_string()))
        .collect()
}

/// Canaries on all addresses of this machine that this test may take, on one port.
fn canaries() -> Vec<FileHost> {
    let speak =
        |_: &crate::support::Request, stream: &mut std::net::TcpStream| plain(stream, "canary");
    let first = FileHost::start(speak);
    let port = first.port();
    let others = [
        IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
    ];
    let others = others
        .into_iter()
        .filter_map(|address| FileHost::start_at(address, port, speak));
    std::iter::once(first).chain(others).collect()
}

fn heard(canaries: &[FileHost]) -> usize {
    canaries.iter().map(FileHost::connections).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_disguise_of_an_address_gets_a_connection() {
    assert!(TRICKS.len() >= 120, "{}", TRICKS.len());
    let canaries = canaries();
    let port = canaries[0].port();
    let section = format!(
        "[files]\nenabled = true\nallow_ports = [{port}, 443]\ntries_max = 1\ndownload_timeout_ms = 5000\n\
         downloads_concurrent_max = 16\ndownloads_per_host_max = 16\n"
    );
    let server = TestServer::builder().sections(&section).start().await;
    let site = server.site();
    let tricks = tricks(port);
    let files = tricks.iter().enumerate();
    let files: Vec<Value> = files
        .map(|(n, url)| file(&format!("trick{n}"), url).into())
        .collect();
    let answer = site.replace(files).await.status(201).json();
    // What is no URL of http at all is told at once, everything else fails in its turn.
    let told = answer["warnings"].as_object().cloned().unwrap_or_default();
    for (n, url) in tricks.iter().enumerate() {
        let name = format!("trick{n}");
        if told.contains_key(&name) {
            assert!(!url.trim().to_lowercase().starts_with("http://"), "{url}");
            continue;
        }
        in_state(&site, &name, "failed").await;
    }
    assert_eq!(heard(&canaries), 0);
    assert!(meets(&site, "canary").await.is_empty());
    let page = Figures::read(&server.get("/metrics").await.text());
    let refused = page.value("vetrina_file_fetches_total", &[("outcome", "refused")]);
    assert!(refused > 100.0, "{refused}");
    server.stop().await;
}

/// A host that may be asked leads to one that may not.
#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_leads_to_an_address_that_is_not_allowed() {
    let canary = FileHost::start(|_, stream| plain(stream, "canary"));
    let targets = tricks(canary.port());
    let script = {
        let targets = targets.clone();
        move |request: &crate::support::Request, stream: &mut std::net::TcpStream| {
            let step: Vec<&str> = request.target[1..].split('/').collect();
            let at: usize = step[0].parse().unwrap_or_default();
            // By one more redirect of its own, every second time.
            let location = match step.get(1) {
                Some(_) => format!("/{at}"),
                None => targets[at].replace(['\n', '\t'], ""),
            };
            let status = [301, 302, 303, 307, 308][at % 5];
            answer(stream, status, &format!("Location: {location}\r\n"), b"")
        }
    };
    // Allowed by its address alone.
    let Some(host) = FileHost::start_at(Ipv4Addr::new(127, 0, 0, 3).into(), 0, script) else {
        eprintln!("SKIPPED: this machine has no 127.0.0.3");
        return;
    };
    let section = format!(
        "[files]\nenabled = true\nallow_networks = [\"127.0.0.3/32\"]\nallow_ports = [{}, {}, 443]\ntries_max = 1\n\
         download_timeout_ms = 5000\ndownloads_concurrent_max = 16\ndownloads_per_host_max = 16\n",
        host.port(),
        canary.port()
    );
    let server = TestServer::builder().sections(&section).start().await;
    let site = server.site();
    let files = (0..targets.len()).map(|n| {
        let path = if n % 2 == 0 {
            format!("/{n}")
        } else {
            format!("/{n}/on")
        };
        Value::from(file(&format!("trick{n}"), host.url(&path)))
    });
    site.replace(files).await.status(201);
    for n in 0..targets.len() {
        in_state(&site, &format!("trick{n}"), "failed").await;
    }
    assert!(host.connections() > 0);
    assert_eq!(canary.connections(), 0);
    server.stop().await;
}

/// A proxy that the environment names is nobody that files are asked of.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_used() {
    let proxy = FileHost::start(|_, stream| plain(stream, "canary"));
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut launch = crate::support::Launch::new(home.path())
        .setting("FILES__ENABLED", "true")
        .setting("FILES__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .setting("FILES__ALLOW_PORTS", &format!("[{}]", host.port()));
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        launch = launch.variable(name, &proxy.url(""));
    }
    let server = launch.start();
    server.ready().await;
    let site = server.site();
    site.replace([file("manual", host.url("/"))]).await.ok();
    in_state(&site, "manual", "fetched").await;
    assert_eq!(meets(&site, "hinge").await, ["manual"]);
    assert_eq!(proxy.connections(), 0);
    server.stop();
}
