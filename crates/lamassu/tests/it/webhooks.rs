use crate::Workplace;

#[test]
fn webhooks_are_added_listed_and_disabled() {
    let place = Workplace::new();
    let added = place.run(["webhook", "add", "https://platform.example/hook", "--event", "action.requested"]);
    let added = added.expect_status(0).stdout;
    let secret = added.lines().find_map(|line| line.strip_prefix("secret ")).expect("is shown");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let more = place.run(["webhook", "add", "https://other.example/", "--format", "json"]).expect_status(0);
    assert!(more.json()[0]["secret"].as_str().expect("is shown").starts_with("whsec_"));
    let listed = place.run(["webhook", "list", "--format", "json"]).expect_status(0);
    assert!(!listed.stdout.contains("whsec_"), "the secret is shown once");
    let rows = listed.json();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["url"], "https://platform.example/hook");
    assert_eq!(rows[0]["events"], serde_json::json!(["action.requested"]));
    let id = rows[0]["webhook"].as_str().expect("an id");
    place.run(["webhook", "disable", id]).expect_status(0);
    let listed = place.run(["webhook", "list"]).expect_status(0).stdout;
    assert!(listed.contains("disabled (person)") && listed.contains("all events"), "{listed}");
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn what_cannot_be_done_is_told_with_its_code() {
    let place = Workplace::new();
    let id = "33333333-0000-7000-8000-000000000001";
    for (arguments, code) in [
        (&["webhook", "add", "http://127.0.0.1:8080/"][..], "url-refused"),
        (&["webhook", "add", "http://2130706433/"], "url-refused"),
        (&["webhook", "add", "ftp://platform.example/"], "url-invalid"),
        (&["webhook", "add", "https://platform.example/", "--event", "nothing"], "event-unknown"),
        (&["webhook", "disable", id], "webhook-not-found"),
        (&["webhook", "test", id], "webhook-not-found"),
        (&["webhook", "replay", id], "delivery-not-found"),
        (&["webhook", "replay", id, "--webhook", id], "delivery-not-found"),
    ] {
        let told = place.run(arguments).expect_status(2);
        assert!(told.stderr.contains(&format!("({code})")), "{arguments:?}: {}", told.stderr);
    }
    assert_eq!(place.run(["webhook", "list"]).expect_status(0).stdout, "");
    assert_eq!(place.run(["webhook", "deliveries", "--dead"]).expect_status(0).stdout, "");
}
