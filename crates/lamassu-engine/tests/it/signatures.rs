//! What goes out verifies with somebody else's code, and nothing else does.

use std::io::Write;
use std::process::{Command, Stdio};

use lamassu_engine::delivery::{self, HttpCourier};
use serde_json::{Value, json};

use crate::posting::{MemorySchedule, Place};
use crate::receiver::{Answer, Captured, Receiver};

#[tokio::test]
async fn the_npm_package_verifies_what_we_send_and_refuses_what_was_changed() {
    let place = Place::on_time().await;
    let receiver = Receiver::new(vec![Answer::Status(204, "")]).await;
    let (_, secret) = place.webhook(&receiver.url()).await;
    let (_, other) = place.webhook("https://other.example/").await;
    place.message(1).await;
    let schedule = MemorySchedule::default();
    let courier = HttpCourier::new(place.engine.outward().expect("is there"));
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let own =
        std::iter::from_fn(|| schedule.next()).min_by_key(|job| job.webhook.clone()).expect("is planned");
    delivery::attempt(&place.engine, &courier, &schedule, &own).await.expect("is recorded");
    let captured = receiver.captured().remove(0);
    assert_eq!(captured.header("content-type"), "application/json");
    assert!(captured.header("user-agent").starts_with("Lamassu/"));
    let body: Value = serde_json::from_str(&captured.body).expect("is JSON");
    assert_eq!(body["type"], "item.decided");
    assert_eq!(body["timestamp"], "2023-11-14T22:13:20.000Z", "that of the message, not of the attempt");
    assert_eq!(body["data"], json!({ "item": "item-1", "outcome": "review" }));

    let good = question(secret.reveal(), &captured);
    let mut asked = vec![good.clone()];
    let mut change = |pointer: &str, value: &str| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("is there") = value.into();
        asked.push(bad);
    };
    change("/body", &captured.body.replace("review", "none"));
    change("/body", &format!("{} ", captured.body));
    change("/secret", other.reveal());
    change("/headers/webhook-id", "22222222-0000-7000-8000-000000000002");
    change("/headers/webhook-timestamp", "1700000000");
    let later = captured.header("webhook-timestamp").parse::<i64>().expect("a number") + 1;
    change("/headers/webhook-timestamp", &later.to_string());
    change("/headers/webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let told = verify(&asked);
    assert_eq!(told[0], json!({ "verified": true, "type": "item.decided" }));
    assert_eq!(told.len(), asked.len());
    for (told, asked) in told.iter().zip(&asked).skip(1) {
        assert_eq!(told["verified"], false, "{asked}");
        assert_eq!(told["error"], "WebhookVerificationError", "{told}");
    }
}

fn question(secret: &str, captured: &Captured) -> Value {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), captured.header(name).into())).collect();
    json!({ "secret": secret, "headers": headers, "body": captured.body })
}

fn verify(questions: &[Value]) -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/standardwebhooks");
    assert!(
        std::path::Path::new(folder).join("node_modules/standardwebhooks").exists(),
        "`make setup` installs what this test verifies with"
    );
    #[expect(clippy::disallowed_methods, reason = "somebody else's code verifies our signatures")]
    let mut node = Command::new("node")
        .arg("verify.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let lines: Vec<_> = questions.iter().map(Value::to_string).collect();
    node.stdin.take().expect("is piped").write_all(lines.join("\n").as_bytes()).expect("node reads");
    let output = node.wait_with_output().expect("node ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("is text");
    text.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
}
