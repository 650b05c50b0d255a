//! The way out: which addresses it takes, and that nothing gets it to take others.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lamassu_engine::delivery::{Names, Network, Outward, OutwardError, PostRequest, is_allowed};

use crate::receiver::{Answer, Receiver};

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

const PUBLIC: &str = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
     169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 \
     223.255.255.255 2606:4700::1111 2a00:1450:4001::1 ::ffff:1.1.1.1 64:ff9b::101:101 2002:101:101::1 2001:200::1";

const NOT_PUBLIC: &str = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 \
     127.255.255.255 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 \
     192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 \
     255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 \
     64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 64:ff9b::1:0:0 2002:7f00:1::1 2002:a00:1:: 2002:c0a8:1::1 \
     2001::1 2001:2::1 2001:db8::1 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 100::1 4000::1";

#[test]
fn only_public_addresses_are_allowed() {
    for public in PUBLIC.split_whitespace() {
        assert!(is_allowed(address(public), &[]), "{public}");
    }
    for not_public in NOT_PUBLIC.split_whitespace() {
        assert!(!is_allowed(address(not_public), &[]), "{not_public}");
    }
}

#[test]
fn opened_networks_are_allowed_and_no_more() {
    let opened: Vec<Network> =
        ["127.0.0.1/32", "10.1.0.0/16", "fd12::/16"].map(|text| text.parse().expect("a network")).into();
    for allowed in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.255.255", "fd12::1", "1.1.1.1"] {
        assert!(is_allowed(address(allowed), &opened), "{allowed}");
    }
    for refused in ["127.0.0.2", "10.2.0.0", "10.0.255.255", "fd13::1", "::1", "64:ff9b::7f00:1"] {
        assert!(!is_allowed(address(refused), &opened), "{refused}");
    }
    for wrong in ["", "10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "a/8", "10.0.0.0/-1", "10.0.0.0/"] {
        assert!(wrong.parse::<Network>().is_err(), "{wrong}");
    }
    assert!(is_allowed(address("10.0.0.1"), &["0.0.0.0/0".parse().expect("a network")]));
}

#[test]
fn every_spelling_of_an_address_is_the_address() {
    let outward = Outward::new(&[]).expect("is there");
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0x0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "[64:ff9b::127.0.0.1]",
        "[fe80::1]",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0xa9.0xfe.0xa9.0xfe",
        "2852039166",
        "10.0.0.1",
        "192.168.1",
        "[::]",
    ] {
        for scheme in ["http", "https"] {
            let checked = outward.check(&format!("{scheme}://{host}:8080/x"));
            assert!(matches!(checked, Err(OutwardError::Refused)), "{host}: {checked:?}");
        }
    }
    for (url, plain) in [
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("https://Receiver.Example:444/a?b#c", "https://receiver.example:444/a?b"),
        ("http://0x01010101/", "http://1.1.1.1/"),
    ] {
        assert_eq!(outward.check(url).expect("is public").as_str(), plain);
    }
    let long = format!("https://receiver.example/{}", "a".repeat(2_100));
    for invalid in [
        "",
        "//receiver.example",
        "file:///etc/passwd",
        "gopher://receiver.example",
        "unix:/run/x.sock",
        "http://",
        "http://user@receiver.example",
        "http://:word@receiver.example",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://[::1/",
        "http://receiver.example:99999/",
        "data:text/plain,x",
        &long,
    ] {
        assert!(matches!(outward.check(invalid), Err(OutwardError::Invalid)), "{invalid}");
    }
}

/// Answers in turn, the last for ever.
struct Script {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Names for Script {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        assert!(host == "receiver.example" || host == "localhost", "{host}");
        let at = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Ok(self.answers[at].iter().map(|text| address(text)).collect())
    }
}

fn names(answers: &[&[&'static str]]) -> Arc<Script> {
    let answers = answers.iter().map(|answer| answer.to_vec()).collect();
    Arc::new(Script { answers, asked: AtomicUsize::new(0) })
}

fn post(url: String) -> PostRequest {
    PostRequest { url, headers: Vec::new(), body: String::new(), timeout_ms: 2_000 }
}

#[tokio::test]
async fn names_that_lead_inside_are_refused_and_never_connected_to() {
    let receiver = Receiver::new(vec![Answer::Status(200, "")]).await;
    for answer in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["1.1.1.1", "127.0.0.1"],
        &["127.0.0.1", "2606:4700::1111"],
    ] {
        let outward = Outward::with_names(&[], names(&[answer])).expect("is there");
        for host in ["receiver.example", "localhost"] {
            let refused = outward.post(post(format!("http://{host}:{}/", receiver.port))).await;
            assert!(matches!(refused, Err(OutwardError::Refused)), "{answer:?} {refused:?}");
        }
    }
    let outward = Outward::with_names(&[], names(&[&[]])).expect("is there");
    let refused = outward.post(post(format!("http://receiver.example:{}/", receiver.port))).await;
    assert!(matches!(refused, Err(OutwardError::Unresolved)), "{refused:?}");
    assert_eq!(receiver.captured().len(), 0);
}

/// The address that was checked is the one connected to: a name is resolved once for each connection.
#[tokio::test]
async fn a_name_that_changes_its_address_gets_nobody_inside() {
    let receiver = Receiver::new(vec![Answer::Status(200, "connection: close\r\n")]).await;
    let opened = ["127.0.0.1/32".parse().expect("a network")];
    let script = names(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let outward = Outward::with_names(&opened, script.clone()).expect("is there");
    let url = format!("http://receiver.example:{}/", receiver.port);
    assert_eq!(outward.post(post(url.clone())).await.expect("is answered").status, 200);
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    let refused = outward.post(post(url)).await;
    assert!(matches!(refused, Err(OutwardError::Refused)), "{refused:?}");
}

#[tokio::test]
async fn errors_do_not_name_the_url() {
    let outward = Outward::with_names(&[], names(&[&["127.0.0.1"]])).expect("is there");
    let refused = outward.post(post("http://receiver.example/hook?token=abc".to_owned())).await;
    let told = format!("{:?}", refused.expect_err("is refused"));
    assert!(!told.contains("token"), "{told}");
}

#[tokio::test]
async fn downloads_end_at_their_limit() {
    let opened = ["127.0.0.1/32".parse().expect("a network")];
    let outward = Outward::new(&opened).expect("is there");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    for (answer, size_bytes_max, expected) in [
        (Answer::Body(200, 100_000), 100_000, Ok(100_000)),
        (Answer::Body(200, 100_001), 100_000, Err("download-too-large")),
        (Answer::Body(404, 10), 100_000, Err("host-status")),
        (Answer::Status(302, "location: http://127.0.0.1:1/\r\n"), 100_000, Err("host-status")),
        (Answer::BreakOff, 100_000, Err("host-broke-off")),
    ] {
        let receiver = Receiver::new(vec![answer.clone()]).await;
        let path = folder.path().join("download");
        let mut file = tokio::fs::File::create(&path).await.expect("is made");
        let fetched = outward.download(&receiver.url(), &mut file, size_bytes_max).await;
        assert_eq!(fetched.map_err(|error| error.code()), expected, "{answer:?}");
        if let Ok(size_bytes) = expected {
            assert_eq!(fs_err::metadata(&path).expect("is there").len(), size_bytes);
        }
    }
    let mut file = tokio::fs::File::create(folder.path().join("none")).await.expect("is made");
    let refused = Outward::new(&[]).expect("is there").download("http://127.0.0.1/", &mut file, 1).await;
    assert_eq!(refused.expect_err("is refused").code(), "url-refused");
}

#[tokio::test]
async fn a_network_that_is_none_is_told_when_the_folder_is_opened() {
    for (text, good) in [("10.1.0.0/16", true), ("10.1.0.0", false), ("everything", false)] {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let settings = format!("[outward]\nallow_private_targets = [\"{text}\"]\n");
        fs_err::write(folder.path().join("lamassu.toml"), settings).expect("is written");
        let opened = lamassu_engine::Engine::open(folder.path(), "test", "/none".into()).await;
        assert_eq!(opened.map(|_| ()).map_err(|error| error.code()).is_ok(), good, "{text}");
    }
}
