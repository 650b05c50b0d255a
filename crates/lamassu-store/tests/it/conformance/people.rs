use lamassu_case::Role;
use lamassu_fingerprint::Digest;
use lamassu_store::{
    NewPerson, NewSession, NewSetupLink, NewSignInLink, PasswordHash, PersonError, Stamp, Store,
};

use crate::samples::{AT_MS, person_id, stamp};

pub fn new_person(k: u64, name: &str, role: Role) -> NewPerson {
    NewPerson {
        id: person_id(k),
        name: name.parse().expect("a valid name"),
        display_name: (k == 1).then(|| "Example Person".to_owned()),
        role,
        password: PasswordHash(format!("hash {k}")),
    }
}

pub async fn a_person_comes_back_as_added(store: &dyn Store) {
    let ada = store.create_person(new_person(1, "Ada", Role::Reviewer), &stamp()).await.expect("is added");
    assert_eq!(ada.display_name.as_deref(), Some("Example Person"));
    assert_eq!((ada.number, ada.created_at_ms, ada.disabled_at_ms), (1, AT_MS, None));
    assert_eq!(store.person(&person_id(1)).await.expect("is there"), ada);
    assert_eq!(store.people(0, 10).await.expect("reads"), std::slice::from_ref(&ada));
    assert_eq!(store.people(1, 10).await.expect("reads"), []);
    let found = store.person_of_name(&"aDA".parse().expect("a name")).await.expect("reads");
    assert_eq!(found, Some((ada, PasswordHash("hash 1".to_owned()))));
    assert_eq!(store.person_of_name(&"bob".parse().expect("a name")).await.expect("reads"), None);
    assert!(matches!(store.person(&person_id(2)).await, Err(PersonError::NotFound)));
    assert_eq!(store.audit(0, 10).await.expect("reads")[0].action, "person.created");
}

pub async fn a_name_is_taken_in_any_case(store: &dyn Store) {
    store.create_person(new_person(1, "Ada", Role::Reviewer), &stamp()).await.expect("is added");
    let taken = store.create_person(new_person(2, "ADA", Role::Reviewer), &stamp()).await.expect_err("taken");
    assert!(matches!(taken, PersonError::NameTaken));
    assert_eq!((taken.code(), store.people(0, 10).await.expect("reads").len()), ("person-exists", 1));
}

pub async fn the_last_administrator_stays(store: &dyn Store) {
    for (k, name) in [(1, "ada"), (2, "bob")] {
        store.create_person(new_person(k, name, Role::Administrator), &stamp()).await.expect("is added");
    }
    store.set_disabled(&person_id(2), true, &stamp()).await.expect("there is another one");
    let before = store.people(0, 10).await.expect("reads");
    let disabled = store.set_disabled(&person_id(1), true, &stamp()).await.expect_err("is the last");
    let demoted = store.set_role(&person_id(1), Role::Reviewer, &stamp()).await.expect_err("is the last");
    assert!(matches!((disabled, demoted), (PersonError::LastAdministrator, PersonError::LastAdministrator)));
    assert_eq!(store.people(0, 10).await.expect("reads"), before, "nothing was changed");
    // A disabled administrator is not missed, and one who is let in again counts.
    store.set_role(&person_id(2), Role::Reviewer, &stamp()).await.expect("was not one");
    store.set_role(&person_id(2), Role::Administrator, &stamp()).await.expect("is one");
    store.set_disabled(&person_id(2), false, &stamp()).await.expect("is let in");
    store.set_role(&person_id(1), Role::Reviewer, &stamp()).await.expect("there is another one");
    assert!(matches!(
        store.set_disabled(&person_id(9), true, &stamp()).await.expect_err("there is none"),
        PersonError::NotFound
    ));
}

pub async fn a_change_that_changes_nothing_is_not_noted(store: &dyn Store) {
    store.create_person(new_person(1, "ada", Role::Reviewer), &stamp()).await.expect("is added");
    assert!(!store.set_role(&person_id(1), Role::Reviewer, &stamp()).await.expect("is one"));
    assert!(!store.set_disabled(&person_id(1), false, &stamp()).await.expect("is in"));
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 1);
}

fn link(k: u64, first_only: bool) -> NewSetupLink {
    NewSetupLink { digest: Digest::of(&k.to_be_bytes()), expires_at_ms: AT_MS + 1, first_only }
}

async fn redeem(store: &dyn Store, link: u64, person: NewPerson, at_ms: i64) -> Result<(), PersonError> {
    let session = NewSession {
        digest: Digest::of(person.name.as_str().as_bytes()),
        person: person.id.clone(),
        from: "192.0.2.1".to_owned(),
    };
    let stamp = Stamp { at_ms, ..stamp() };
    store.redeem_setup_link(Digest::of(&link.to_be_bytes()), person, session, &stamp).await.map(|_| ())
}

pub async fn a_setup_link_is_good_once(store: &dyn Store) {
    let ada = || new_person(1, "ada", Role::Administrator);
    store.create_setup_link(link(1, true), &stamp()).await.expect("nobody is there");
    store.create_setup_link(link(2, true), &stamp()).await.expect("nobody is there");
    for (number, at_ms) in [(1, AT_MS), (3, AT_MS), (2, AT_MS + 1)] {
        let refused = redeem(store, number, ada(), at_ms).await.expect_err("replaced, unknown, too old");
        assert!(matches!(refused, PersonError::LinkRefused), "{number}");
    }
    redeem(store, 2, ada(), AT_MS).await.expect("is good");
    assert_eq!(store.sessions(0, 10).await.expect("reads").len(), 1);
    let bob = || new_person(2, "bob", Role::Administrator);
    assert!(matches!(redeem(store, 2, bob(), AT_MS).await, Err(PersonError::LinkRefused)));
    let set_up = store.create_setup_link(link(4, true), &stamp()).await.expect_err("is set up");
    assert!(matches!(set_up, PersonError::SetUp));
    // The operator's link is good beside other administrators; a name that is taken does not use it up.
    store.create_setup_link(link(5, false), &stamp()).await.expect("is kept");
    let taken = redeem(store, 5, NewPerson { id: person_id(3), ..ada() }, AT_MS).await.expect_err("taken");
    assert!(matches!(taken, PersonError::NameTaken));
    redeem(store, 5, bob(), AT_MS).await.expect("is good");
    let actions: Vec<String> =
        store.audit(0, 20).await.expect("reads").into_iter().map(|record| record.action).collect();
    let redeemed = ["person.created", "person.signed-in"];
    assert_eq!(actions[..2], ["setup-link.created"; 2]);
    assert_eq!(actions[2..4], redeemed);
    assert_eq!(actions[5..], redeemed);
}

pub async fn a_link_for_the_first_is_refused_when_there_is_one(store: &dyn Store) {
    store.create_setup_link(link(1, true), &stamp()).await.expect("nobody is there");
    store.create_person(new_person(1, "ada", Role::Administrator), &stamp()).await.expect("is added");
    let refused = redeem(store, 1, new_person(2, "bob", Role::Administrator), AT_MS).await;
    assert!(matches!(refused, Err(PersonError::LinkRefused)));
}

fn sign_in_link(k: u64) -> NewSignInLink {
    let digest = Digest::of(format!("sign-in link {k}").as_bytes());
    NewSignInLink { digest, person: person_id(1), expires_at_ms: AT_MS + 10 }
}

fn by_link(k: u64) -> NewSession {
    let digest = Digest::of(format!("session {k}").as_bytes());
    NewSession { digest, person: person_id(1), from: "192.0.2.1".to_owned() }
}

pub async fn a_sign_in_link_is_good_once(store: &dyn Store) {
    store.create_person(new_person(1, "ada", Role::Administrator), &stamp()).await.expect("is added");
    store.create_sign_in_link(sign_in_link(1), &stamp()).await.expect("is kept");
    store.create_sign_in_link(sign_in_link(2), &stamp()).await.expect("takes its place");
    let (first, link) = (sign_in_link(1).digest, sign_in_link(2).digest);
    assert_eq!(store.person_of_link(first).await.expect("reads"), None, "was replaced");
    assert_eq!(store.person_of_link(link).await.expect("reads"), Some(person_id(1)));
    let of_another = NewSession { person: person_id(2), ..by_link(1) };
    let refused = store.redeem_sign_in_link(link, of_another, &stamp()).await.expect_err("is not theirs");
    assert_eq!(refused.code(), "sign-in-link-refused");
    let (person, gone) = store.redeem_sign_in_link(link, by_link(1), &stamp()).await.expect("is good");
    assert_eq!((person.id, gone), (person_id(1), vec![]));
    assert_eq!(store.sessions(0, 10).await.expect("reads").len(), 1);
    let again = store.redeem_sign_in_link(link, by_link(2), &stamp()).await;
    assert!(matches!(again, Err(PersonError::SignInLinkRefused)));
    let log = store.audit(0, 20).await.expect("reads");
    let words: Vec<&str> = log.iter().map(|record| record.action.as_str()).collect();
    let link = "sign-in-link.created";
    assert_eq!(words, ["person.created", link, link, "sign-in-link.used", "person.signed-in"]);
}

pub async fn a_sign_in_link_ends_with_time_password_and_leave(store: &dyn Store) {
    for (k, name) in [(1, "ada"), (2, "bob")] {
        store.create_person(new_person(k, name, Role::Administrator), &stamp()).await.expect("is added");
    }
    let link = sign_in_link(1).digest;
    store.create_sign_in_link(sign_in_link(1), &stamp()).await.expect("is kept");
    let late = Stamp { at_ms: AT_MS + 10, ..stamp() };
    let refused = store.redeem_sign_in_link(link, by_link(1), &late).await;
    assert!(matches!(refused, Err(PersonError::SignInLinkRefused)));
    let password = PasswordHash("another hash".to_owned());
    store.set_password(&person_id(1), &password, None, &stamp()).await.expect("is set");
    assert_eq!(store.person_of_link(link).await.expect("reads"), None, "a new password ends it");
    store.create_sign_in_link(sign_in_link(1), &stamp()).await.expect("is kept");
    store.set_disabled(&person_id(1), true, &stamp()).await.expect("is disabled");
    assert_eq!(store.person_of_link(link).await.expect("reads"), None, "so does leave");
    let nobody = store.create_sign_in_link(sign_in_link(1), &stamp()).await;
    assert!(matches!(nobody, Err(PersonError::NotFound)), "who is disabled gets none");
}
