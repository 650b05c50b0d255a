use lamassu_case::Bank;
use lamassu_store::{BankError, Store};

use crate::samples::{AT_MS, bank_name, fill, stamp};

pub async fn banks_are_listed_by_name(store: &dyn Store) {
    assert_eq!(store.banks().await.expect("reads"), []);
    let made = store.create_bank(&bank_name("wire"), &stamp()).await.expect("the name is free");
    fill(store, 2).await;
    let news = Bank { name: bank_name("news"), created_at_ms: AT_MS, entries: 2 };
    assert_eq!(made, Bank { name: bank_name("wire"), created_at_ms: AT_MS, entries: 0 });
    assert_eq!(store.bank(&news.name).await.expect("exists"), news);
    assert_eq!(store.banks().await.expect("reads"), [news, made]);
}

pub async fn a_bank_name_is_taken_once(store: &dyn Store) {
    let name = fill(store, 1).await;
    let again = store.create_bank(&name, &stamp()).await.expect_err("the name is taken");
    assert!(matches!(again, BankError::Exists));
    assert_eq!(again.code(), "bank-exists");
    assert_eq!(store.bank(&name).await.expect("exists").entries, 1);
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 2);
}

pub async fn an_unknown_bank_is_not_found(store: &dyn Store) {
    let missing = store.bank(&bank_name("nobody")).await.expect_err("there is none");
    assert!(matches!(missing, BankError::NotFound));
    assert_eq!(missing.code(), "bank-not-found");
}
