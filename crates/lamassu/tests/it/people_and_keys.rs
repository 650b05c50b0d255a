//! `key` and `person`, directly and through a server.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use lamassu_case::Role;
use lamassu_engine::{Actor, Engine, PersonDraft, Secret};

use crate::Workplace;
use crate::concurrency::Server;

const PASSWORD: &str = "correct horse battery";

/// Does something with an engine of our own, as the server does for browsers.
fn with_engine<T>(place: &Workplace, work: impl AsyncFnOnce(&Engine) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let engine = Engine::open(&place.data(), "test", PathBuf::new()).await.expect("opens");
        let done = work(&engine).await;
        engine.close().await;
        done
    })
}

fn add(place: &Workplace, name: &str, role: Role) {
    let password = Secret::new(PASSWORD.to_owned());
    let draft = PersonDraft { name: name.to_owned(), display_name: None, role, password };
    with_engine(place, async |engine| {
        engine.create_person(draft, &Actor("test".to_owned())).await.expect("is added");
    });
}

fn signs_in(place: &Workplace, name: &str, password: &str) -> bool {
    let password = Secret::new(password.to_owned());
    with_engine(place, async |engine| engine.sign_in(name, &password, "192.0.2.1").await.is_ok())
}

fn typed(place: &Workplace, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = place.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    // A program that stops reading closes the pipe.
    let _written = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends")
}

fn accepts(place: &Workplace, secret: &str) -> bool {
    with_engine(place, async |engine| engine.authenticate_key(secret).is_ok())
}

#[test]
fn a_key_is_made_listed_and_revoked() {
    let place = Workplace::new();
    let made =
        place.run(["key", "create", "intake", "--scope", "lookup", "--scope", "items", "--expires", "90d"]);
    let made = made.expect_status(0);
    let secret = made.stdout.trim();
    assert!(secret.starts_with("lmk_") && secret.len() == 47, "{made:?}");
    assert!(made.stderr.contains("not shown again"), "{made:?}");
    assert!(accepts(&place, secret));
    let listed = place.run(["key", "list", "--format", "json"]).expect_status(0);
    assert!(!listed.stdout.contains("lmk_"));
    let row = listed.json().remove(0);
    assert_eq!(
        (&row["name"], row["scopes"].to_string().as_str()),
        (&"intake".into(), r#"["items","lookup"]"#)
    );
    let lives_ms = row["expires_at_ms"].as_i64().unwrap() - row["created_at_ms"].as_i64().unwrap();
    assert!((0..1_000).contains(&(lives_ms - 90 * 24 * 60 * 60 * 1000).abs()));
    assert!(row["last_used_at_ms"].is_i64(), "closing noted it");
    let id = row["key"].as_str().unwrap();
    place.run(["key", "revoke", id]).expect_status(0);
    assert!(!accepts(&place, secret));
    let human = place.run(["key", "list"]).expect_status(0).stdout;
    assert!(human.contains("intake  items lookup  expires 2") && human.contains("  revoked 2"), "{human}");
    let unknown = place.run(["key", "revoke", "00000000-0000-7000-8000-000000000000"]).expect_status(2);
    assert!(unknown.stderr.contains("(key-not-found)"), "{unknown:?}");
}

#[test]
fn an_expiry_may_be_a_date_and_must_make_sense() {
    let place = Workplace::new();
    let create = |expires: &str| {
        place.run(["key", "create", "k", "--scope", "items", &format!("--expires={expires}")])
    };
    create("2999-12-31").expect_status(0);
    let row = place.run(["key", "list", "--format", "json"]).json().remove(0);
    assert_eq!(row["expires_at_ms"], 32_503_680_000_000_i64, "the end of that day in UTC");
    assert!(create("2001-01-01").expect_status(2).stderr.contains("(expiry-past)"));
    for odd in ["", "d", "-1d", "99999999999d", "soon", "2031-02-30", "9999-12-31T", "9999-12-31"] {
        let refused = create(odd).expect_status(2);
        assert!(refused.stderr.contains("invalid value"), "{odd}: {refused:?}");
    }
    let scope = place.run(["key", "create", "k", "--scope", "everything"]).expect_status(2);
    assert!(scope.stderr.contains("the scopes are items, lookup"), "{scope:?}");
    place.run(["key", "create", "k"]).expect_status(2);
    assert_eq!(place.run(["key", "list"]).stdout.lines().count(), 1);
}

#[test]
fn a_key_made_and_revoked_through_the_server_is_the_same() {
    let place = Workplace::new();
    let server = Server::start(&place);
    let made =
        place.run(["key", "create", "k", "--scope", "metrics", "--format", "json"]).expect_status(0).json();
    let secret = made[0]["secret"].as_str().unwrap().to_owned();
    let id = made[0]["key"]["key"].as_str().unwrap().to_owned();
    assert_eq!(place.run(["key", "list"]).expect_status(0).stdout.lines().count(), 1);
    server.end(rustix::process::Signal::TERM);
    assert!(accepts(&place, &secret));
    let server = Server::start(&place);
    place.run(["key", "revoke", &id]).expect_status(0);
    server.end(rustix::process::Signal::TERM);
    assert!(!accepts(&place, &secret));
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn a_setup_link_lets_the_first_person_in() {
    let place = Workplace::new();
    let made = place.run(["person", "setup-link", "--format", "json"]).expect_status(0).json();
    let link = Secret::new(made[0]["secret"].as_str().unwrap().to_owned());
    let redeemed = with_engine(&place, async |engine| {
        let password = Secret::new(PASSWORD.to_owned());
        engine.redeem_setup_link(&link, "ada", &password, "192.0.2.1").await.map(|(person, _)| person.role)
    });
    assert_eq!(redeemed.unwrap(), Role::Administrator);
    let listed = place.run(["person", "list"]).expect_status(0).stdout;
    assert!(listed.contains("  administrator  ada"), "{listed}");
    let human = place.run(["person", "setup-link"]).expect_status(0).stdout;
    assert!(human.starts_with("lml_") && human.contains("  good once, until 2"), "{human}");
}

#[test]
fn people_are_disabled_and_let_in_again() {
    let place = Workplace::new();
    add(&place, "ada", Role::Administrator);
    add(&place, "bob", Role::Reviewer);
    place.run(["person", "disable", "BOB"]).expect_status(0);
    assert!(!signs_in(&place, "bob", PASSWORD));
    let rows = place.run(["person", "list", "--format", "json"]).expect_status(0).json();
    assert!(rows[0]["disabled_at_ms"].is_null() && rows[1]["disabled_at_ms"].is_i64(), "{rows:?}");
    place.run(["person", "enable", "bob"]).expect_status(0);
    assert!(signs_in(&place, "bob", PASSWORD));
    for (name, code) in [("ada", "last-administrator"), ("eve", "person-not-found")] {
        let refused = place.run(["person", "disable", name]).expect_status(2);
        assert!(refused.stderr.contains(&format!("({code})")), "{refused:?}");
    }
}

#[test]
fn a_password_is_read_from_standard_input() {
    let place = Workplace::new();
    add(&place, "ada", Role::Administrator);
    let set = |input: &[u8]| {
        let output = typed(&place, &["person", "password", "ada"], input);
        let shown = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(shown).expect("text"))
    };
    for (input, password) in [
        (&b"another long one\n"[..], "another long one"),
        (b"another\r\nlong one", "another\r\nlong one"),
        (b" spaces stay here \r\n", " spaces stay here "),
    ] {
        assert_eq!(set(input), (Some(0), String::new()));
        assert!(signs_in(&place, "ada", password), "{password:?}");
    }
    let long = vec![b'x'; 100_000];
    for bad in [&b""[..], b"\n", b"eleven char", b"\xff\xfe password", &long] {
        let (status, shown) = set(bad);
        assert_eq!(status, Some(2));
        assert!(shown.contains("(password-invalid)") && !shown.contains("eleven char"), "{shown}");
    }
    assert!(signs_in(&place, "ada", " spaces stay here "));
}

#[test]
fn a_link_signs_a_person_in() {
    let place = Workplace::new();
    add(&place, "ada", Role::Administrator);
    let print = || place.run(["person", "link", "ADA", "--format", "json"]).expect_status(0).json().remove(0);
    let redeems = |link: &str| {
        let (_, token) = link.split_once("/sign-in#").expect("a link to the console");
        let token = Secret::new(token.to_owned());
        with_engine(&place, async |engine| engine.redeem_sign_in_link(&token, "192.0.2.1").await.is_ok())
    };
    fs_err::write(place.data().join("lamassu.toml"), "[server]\npublic_url = \"https://review.example/\"\n")
        .expect("the settings are written");
    let row = print();
    let link = row["link"].as_str().expect("a link");
    assert!(link.starts_with("https://review.example/sign-in#lmi_"), "{link}");
    assert!(row["expires_at_ms"].is_i64());
    assert!(redeems(link));
    assert!(!redeems(link), "it is good once");
    fs_err::remove_file(place.data().join("lamassu.toml")).expect("the settings are removed");
    let server = Server::start(&place);
    let row = print();
    let link = row["link"].as_str().expect("a link").to_owned();
    assert!(
        link.starts_with(&format!("http://127.0.0.1:{}/sign-in#", server.port)),
        "where it listens: {link}"
    );
    server.end(rustix::process::Signal::TERM);
    assert!(redeems(&link), "a link outlives the server");
    let human = place.run(["person", "link", "ada"]).expect_status(0).stdout;
    assert!(
        human.starts_with("http://127.0.0.1:8700/sign-in#lmi_") && human.contains("  good once, until 2"),
        "{human}"
    );
    let nobody = place.run(["person", "link", "eve"]).expect_status(2);
    assert!(nobody.stderr.contains("(person-not-found)"), "{nobody:?}");
}

#[test]
fn two_people_approve_a_bank_and_an_administrator_lets_it_act() {
    let place = Workplace::with_bank();
    add(&place, "noor", Role::Administrator);
    add(&place, "samir", Role::Reviewer);
    let told = place.run(["bank", "acting", "show", "known"]).expect_status(0).stdout;
    assert!(told.contains("never acts"), "{told}");
    fs_err::write(place.data().join("policy.toml"), "[banks.known]\nact_score = 0.98\n").expect("is written");
    let show = || {
        place.run(["bank", "acting", "show", "known", "--format", "json"]).expect_status(0).json().remove(0)
    };
    let rule = show()["rule"]["version"].as_str().expect("a version").to_owned();
    let say = |verb: &str, name: &str, password: &str| {
        let arguments = ["bank", "acting", verb, "known", "--as", name, "--rule", &rule];
        let told = typed(&place, &arguments, password.as_bytes());
        (told.status.code(), String::from_utf8_lossy(&told.stderr).into_owned())
    };
    let refused = |(status, told): (Option<i32>, String), code: &str| {
        assert!(status == Some(2) && told.contains(&format!("({code})")), "{status:?} {told}");
    };
    refused(say("approve", "samir", "not the password"), "sign-in-refused");
    assert_eq!(say("approve", "samir", PASSWORD).0, Some(0));
    refused(say("on", "noor", PASSWORD), "approvals-missing");
    assert_eq!(say("approve", "noor", PASSWORD).0, Some(0));
    refused(say("on", "samir", PASSWORD), "forbidden");
    assert_eq!(say("on", "noor", PASSWORD).0, Some(0));
    assert_eq!((show()["on"].clone(), show()["on_by"].clone()), (true.into(), "noor".into()));
    let told = place.run(["bank", "acting", "show", "known"]).expect_status(0).stdout;
    assert!(
        told.contains("known acts") && told.contains("act_score = 0.98") && told.contains("samir"),
        "{told}"
    );

    // Another rule was approved by nobody, and the old one's approvals do not come back.
    fs_err::write(place.data().join("policy.toml"), "[banks.known]\nact_score = 0.99\n").expect("is written");
    let changed = show();
    assert_eq!((changed["on"].clone(), changed["approvals"].clone()), (false.into(), serde_json::json!([])));
    fs_err::write(place.data().join("policy.toml"), "[banks.known]\nact_score = 0.98\n").expect("is written");
    assert_eq!(show()["approvals"], serde_json::json!([]));
    place.run(["bank", "acting", "off", "known"]).expect_status(0);
    place.run(["audit", "verify"]).expect_status(0);
}
