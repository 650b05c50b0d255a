//! Messages over TLS: to receivers that the machine trusts, and to no other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::Workplace;

/// An authority of a test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("is signed"))
    }

    /// Its certificate as the file that `SSL_CERT_FILE` names.
    fn file(&self, place: &Workplace) -> PathBuf {
        place.write("authority.pem", self.0.pem().as_bytes())
    }

    /// A receiver with a certificate of it for `name`, on a free port of 127.0.0.1; answers 204 to everything.
    fn receiver(&self, name: &str) -> u16 {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.0).expect("is signed");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("there are some")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("they fit");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
                // Who does not trust this receiver breaks off.
                let _broken_off = answer(BufReader::new(StreamOwned::new(tls, stream)));
            }
        });
        port
    }
}

fn answer(mut stream: BufReader<impl Read + Write>) -> std::io::Result<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    stream.get_mut().flush()
}

#[test]
fn messages_go_to_trusted_receivers_only() {
    let place = Workplace::with_bank();
    let settings = "[outward]\nallow_private_targets = [\"127.0.0.1/32\", \"::1/128\"]\n";
    fs_err::write(place.data().join("lamassu.toml"), settings).expect("written");
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let authority = trusted.file(&place);
    for (told, port, expected) in [
        ("trusted", trusted.receiver("127.0.0.1"), json!({ "status": 204, "error": null })),
        (
            "of a stranger",
            stranger.receiver("127.0.0.1"),
            json!({ "status": null, "error": "host-unreachable" }),
        ),
        (
            "of another name",
            trusted.receiver("other.example"),
            json!({ "status": null, "error": "host-unreachable" }),
        ),
    ] {
        let url = format!("https://127.0.0.1:{port}/hook");
        let added = place.run(["webhook", "add", &url, "--format", "json"]).expect_status(0).json().remove(0);
        let id = added["webhook"]["webhook"].as_str().expect("an id");
        let mut test = place.command(["webhook", "test", id, "--format", "json"]);
        let answered = crate::Answered::of(test.env("SSL_CERT_FILE", &authority));
        let report: Value = serde_json::from_str(answered.stdout.trim()).expect("JSON");
        assert_eq!(report, expected, "{told}: {answered:?}");
        assert_eq!(answered.status, if expected["error"].is_null() { 0 } else { 2 }, "{told}");
    }
}
