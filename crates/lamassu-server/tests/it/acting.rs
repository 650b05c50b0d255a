//! A bank that acts: two people approve, an administrator switches it on, a person undoes what it did.

use serde_json::{Value, json};

use crate::entries::bmp;
use crate::items;
use crate::multipart::{Parts, post};
use crate::{Ask, CSRF, PASSWORD, SESSION, Served};

const POLICY: &str = "[banks.known]\nact_score = 0.97\n";
const ACTING: &str = "/api/v1/banks/known/acting";
const APPROVAL: &str = "/api/v1/banks/known/approval";

/// A bank with a picture and a rule, and two people: `admin` with the usual session, and `reader`, a reviewer.
async fn scene() -> Served {
    let mut served = Served::with_policy(POLICY).await;
    assert_eq!(served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await.status, 201);
    items::know(&served, 3).await;
    served.sign_in().await;
    let new = format!(r#"{{"name":"reader","role":"reviewer","password":"{PASSWORD}"}}"#);
    assert_eq!(served.ask(Ask::post("/api/v1/people").json(&new)).await.status, 201);
    served.sign_in_as("reader").await;
    served
}

fn admin(ask: Ask) -> Ask {
    ask.nobody().header("Cookie", SESSION).header("X-CSRF-Token", CSRF)
}

fn reader(ask: Ask) -> Ask {
    ask.nobody().header("Cookie", "lamassu_session={reader}").header("X-CSRF-Token", "{reader csrf}")
}

/// The version of the rule, as a body.
async fn seen(served: &Served) -> String {
    let row = served.ask(Ask::get(ACTING)).await.json();
    json!({ "rule": row["rule"]["version"] }).to_string()
}

fn put(path: &str, body: &str) -> Ask {
    Ask::new("PUT", path).json(body)
}

/// Approved by both and switched on.
async fn acting() -> Served {
    let served = scene().await;
    let seen = seen(&served).await;
    for ask in [admin(put(APPROVAL, &seen)), reader(put(APPROVAL, &seen)), admin(put(ACTING, &seen))] {
        let answer = served.ask(ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    served
}

async fn send(served: &Served, reference: &str, seed: u32) -> Value {
    let details = json!({ "reference": reference }).to_string();
    let body = Parts::new().text("item", &details).file("file", &bmp(seed)).end();
    let answer = served.ask(post("/api/v1/items?wait_ms=30000", &body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["item"].clone()
}

async fn case_of(served: &Served, item: &Value) -> Value {
    served.ask(Ask::get(format!("/api/v1/cases/{}", item["case"].as_str().expect("a case")))).await.json()
}

#[tokio::test]
async fn a_bank_acts_when_two_people_approved_and_an_administrator_says_so() {
    let served = scene().await;
    let seen = seen(&served).await;
    assert_eq!(send(&served, "before", 3).await["outcome"], "review");
    assert_eq!(served.ask(admin(put(APPROVAL, &seen))).await.status, 200);
    let again = served.ask(admin(put(APPROVAL, &seen))).await.json();
    assert_eq!(again["approvals"].as_array().unwrap().len(), 1, "one person counts once");
    let early = served.ask(admin(put(ACTING, &seen))).await;
    assert_eq!((early.status, early.code().as_str()), (409, "approvals-missing"));
    assert_eq!(served.ask(reader(put(APPROVAL, &seen))).await.status, 200);
    assert_eq!(send(&served, "approved", 3).await["outcome"], "review", "nobody switched it on");
    let refused = served.ask(reader(put(ACTING, &seen))).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "scope-missing"));
    let on = served.ask(admin(put(ACTING, &seen))).await.json();
    assert_eq!((&on["on"], &on["on_by"], &on["entries_waiting"]), (&json!(true), &json!("admin"), &json!(0)));
    let names: Vec<_> = on["approvals"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["admin", "reader"]);

    let item = send(&served, "after", 3).await;
    assert_eq!(item["outcome"], "act");
    let case = case_of(&served, &item).await;
    assert_eq!(
        (&case["state"], &case["undoable"]),
        (&json!("open"), &json!(true)),
        "a person looks at it after"
    );
    assert_eq!(
        (&case["actions"][0]["kind"], &case["actions"][0]["origin"]),
        (&json!("disable"), &json!("rule"))
    );
    let acted = &case["acted"][0];
    assert_eq!(
        (&acted["bank"], &acted["act_score"], &acted["on_by"]),
        (&json!("known"), &json!(0.97), &json!("admin"))
    );
    assert_eq!(acted["approvals"].as_array().unwrap().len(), 2);
    assert_eq!(acted["entries"], json!([case["matches"][0]["entry"]]));
    let history =
        served.ask(Ask::get(format!("/api/v1/cases/{}/history", case["id"].as_str().unwrap()))).await;
    assert_eq!(history.json()["items"][0]["change"], "acted");

    let off = served.ask(admin(Ask::new("DELETE", ACTING))).await.json();
    assert_eq!(off["on"], json!(false));
    assert_eq!(send(&served, "off", 3).await["outcome"], "review");
    served
        .engine
        .execute(lamassu_engine::Command::VerifyAudit, None, &lamassu_engine::Actor("test".to_owned()))
        .await
        .expect("holds together");
}

#[tokio::test]
async fn a_key_gives_no_word_and_an_old_rule_is_not_approved() {
    let served = scene().await;
    let seen = seen(&served).await;
    for ask in [put(APPROVAL, &seen), Ask::new("DELETE", APPROVAL), put(ACTING, &seen)] {
        let answer = served.ask(ask).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "session-needed"));
    }
    let other = json!({ "rule": "00".repeat(32) }).to_string();
    for path in [APPROVAL, ACTING] {
        let answer = served.ask(admin(put(path, &other))).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "rule-changed"), "{path}");
        assert_eq!(served.ask(admin(put(path, "{}"))).await.code(), "body-invalid");
    }
    assert_eq!(served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"plain"}"#)).await.status, 201);
    let plain = served.ask(admin(put("/api/v1/banks/plain/approval", &seen))).await;
    assert_eq!((plain.status, plain.code().as_str()), (409, "bank-without-rule"));
    assert_eq!(served.ask(Ask::get("/api/v1/banks/plain/acting")).await.json()["rule"], Value::Null);
    assert_eq!(served.ask(Ask::get("/api/v1/banks/other/acting")).await.code(), "bank-not-found");
    assert_eq!(served.ask(Ask::get(ACTING)).await.json()["approvals"], json!([]));
}

#[tokio::test]
async fn what_it_did_is_undone_and_not_done_again() {
    let served = acting().await;
    let item = send(&served, "post-1", 3).await;
    assert_eq!(item["outcome"], "act");
    let path = format!("/api/v1/cases/{}/action", item["case"].as_str().unwrap());
    let undone = served.ask(reader(Ask::new("DELETE", &path))).await;
    assert_eq!(undone.status, 200, "{undone:?}");
    let case = undone.json();
    assert_eq!((&case["state"], &case["undoable"]), (&json!("open"), &json!(false)));
    assert_eq!(case["acted"].as_array().unwrap().len(), 1, "it still tells what was done");
    // Without a webhook nobody heard of it, or it was handed over already: held back, or the opposite is asked for.
    let actions = case["actions"].as_array().unwrap();
    assert!(!actions[0]["withdrawn_at"].is_null() || actions[1]["origin"] == "undo", "{actions:?}");
    assert_eq!(served.ask(reader(Ask::new("DELETE", &path))).await.code(), "nothing-to-undo");
    assert_eq!(send(&served, "post-2", 3).await["outcome"], "review", "this entry waits for two approvals");
    assert_eq!(served.ask(Ask::get(ACTING)).await.json()["entries_waiting"], 1);
    // A person decides as ever, and takes that back as ever.
    let review = path.replace("/action", "/review");
    let decide = Ask::post(&review).json(r#"{"verdict":"not-violating","reason":"A news report."}"#);
    assert_eq!(served.ask(decide).await.status, 200);
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.code(), "case-decided");
    assert_eq!(served.ask(Ask::new("DELETE", &review)).await.json()["state"], "open");
}

#[tokio::test]
async fn new_entries_go_to_people_and_a_lost_approval_ends_it() {
    let served = acting().await;
    items::know(&served, 90).await;
    assert_eq!(send(&served, "new", 90).await["outcome"], "review");
    let list = served.ask(Ask::get("/api/v1/people")).await.json();
    let reader = list["items"].as_array().unwrap().iter().find(|it| it["name"] == "reader").unwrap();
    let path = format!("/api/v1/people/{}", reader["id"].as_str().unwrap());
    assert_eq!(served.ask(Ask::new("PATCH", &path).json(r#"{"disabled":true}"#)).await.status, 200);
    let row = served.ask(Ask::get(ACTING)).await.json();
    assert_eq!((&row["on"], row["approvals"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(send(&served, "late", 3).await["outcome"], "review");
}
