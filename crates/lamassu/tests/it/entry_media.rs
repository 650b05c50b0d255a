//! What is kept of entries: sealed, as the bank's policy says, whoever adds them.

use rustix::process::Signal;

use crate::Workplace;
use crate::concurrency::Server;
use crate::kill::kept;
use crate::pictures::png;

#[test]
fn media_is_kept_as_the_policy_says() {
    let place = Workplace::with_bank();
    place.run(["bank", "create", "apart"]).expect_status(0);
    place.write("data/policy.toml", b"[banks.apart]\nkeep_media = false\n");
    for seed in 0..3 {
        place.write(format!("{seed}.png"), &png(seed));
    }
    place.run(["bank", "add", "apart", "0.png"]).expect_status(0);
    assert_eq!(kept(&place), 0);
    place.run(["bank", "add", "known", "1.png"]).expect_status(0);
    assert_eq!(kept(&place), 1);
    place.run(["bank", "add", "known", "1.png"]).expect_status(0);
    assert_eq!(kept(&place), 1, "what the bank holds is kept once");
    let server = Server::start(&place);
    place.run(["bank", "add", "known", "2.png"]).expect_status(0);
    assert_eq!(kept(&place), 2, "through the server, too");
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn what_was_taken_out_stays_sealed() {
    let place = Workplace::with_bank();
    let picture = png(1);
    place.write("a.png", &picture);
    let added = place.run(["bank", "add", "known", "a.png", "--format", "json"]).expect_status(0).json();
    let id = added[0]["entry"]["entry"].as_str().expect("an id").to_owned();
    let refused = place.run(["bank", "remove", "known", &id, "--reason", " "]).expect_status(2);
    assert!(refused.stderr.contains("(reason-invalid)"), "{refused:?}");
    place.run(["bank", "remove", "known", &id, "--reason", "banked by mistake"]).expect_status(0);
    assert_eq!((place.titles().len(), kept(&place)), (0, 1));
    let sealed = fs_err::read(place.data().join("media").join(&id)).expect("is there");
    assert!(!sealed.windows(16).any(|window| picture.windows(16).next() == Some(window)));
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn what_an_addition_left_that_broke_off_goes_with_the_next_start() {
    let place = Workplace::with_bank();
    place.write("a.png", &png(1));
    place.run(["bank", "add", "known", "a.png"]).expect_status(0);
    let broken_off = "01890000-0000-7000-8000-000000000000";
    fs_err::write(place.data().join("media/marks").join(broken_off), "").expect("is written");
    fs_err::write(place.data().join("media").join(broken_off), "sealed").expect("is written");
    assert_eq!(place.titles().len(), 1);
    assert_eq!(kept(&place), 1);
}
