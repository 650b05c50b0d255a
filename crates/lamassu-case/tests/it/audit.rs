//! The audit chain shows what was changed, removed or cut off.

use lamassu_case::audit::{Action, Broken, CHAIN_START, Record, Verifier, chain};
use lamassu_fingerprint::Digest;
use proptest::prelude::*;

/// A log of `length` records as the store writes it.
fn log(length: u32) -> Vec<Record> {
    let mut head = CHAIN_START;
    (1..=length)
        .map(|number| {
            let (actor, subject) = ("cli:sam".to_owned(), format!("subject {number}"));
            let (action, detail) = (Action::EntryAdded.name().to_owned(), "{}".to_owned());
            let at_ms = 1_700_000_000_000 + i64::from(number);
            let number = u64::from(number);
            head = chain(head, number, at_ms, [&actor, &action, &subject, &detail]);
            Record { number, at_ms, actor, action, subject, detail, hash: head }
        })
        .collect()
}

fn verify(records: &[Record]) -> Result<Verifier, Broken> {
    records
        .iter()
        .try_fold(Verifier::default(), |mut verifier, record| verifier.check(record).map(|()| verifier))
}

#[test]
fn an_untouched_log_holds_together() {
    let records = log(5);
    let verifier = verify(&records).expect("nothing was changed");
    assert_eq!((verifier.records, verifier.head), (5, records[4].hash));
    assert_eq!(Verifier::default().head, CHAIN_START);
}

#[test]
fn the_chain_is_fixed_for_good() {
    // Computed with Python's hashlib from the layout that `chain` states.
    let hash = chain(CHAIN_START, 1, 1_700_000_000_000, ["cli:sam", "entry.added", "x", "{}"]);
    assert_eq!(hash.to_string(), "8606f22cd1e3658d0d5b94dfe9acad617808a858f958d5d2c563c588bdbb0a28");
}

#[test]
fn a_cut_off_log_has_another_head() {
    let records = log(5);
    let verifier = verify(&records[..3]).expect("what is left holds together");
    assert_ne!(verifier.head, records[4].hash, "whoever noted the head notices");
}

#[test]
fn text_cannot_move_between_fields() {
    assert_ne!(chain(CHAIN_START, 1, 0, ["ab", "c", "", ""]), chain(CHAIN_START, 1, 0, ["a", "bc", "", ""]));
}

proptest! {
    #[test]
    fn a_missing_record_is_noticed(at in 0_usize..5) {
        let mut records = log(6);
        records.remove(at);
        prop_assert_eq!(verify(&records).err(), Some(Broken::Missing(at as u64 + 1)));
    }

    #[test]
    fn a_changed_record_is_noticed(at in 0_usize..6, field in 0_usize..6) {
        let mut records = log(6);
        let record = &mut records[at];
        match field {
            0 => record.at_ms += 1,
            1 => record.actor.push('x'),
            2 => record.action = Action::EntryRemoved.name().to_owned(),
            3 => record.subject.clear(),
            4 => record.detail.push(' '),
            _ => record.hash = Digest([1; 32]),
        }
        prop_assert_eq!(verify(&records).err(), Some(Broken::Changed(at as u64 + 1)));
    }

    #[test]
    fn swapped_records_are_noticed(at in 0_usize..5) {
        let mut records = log(6);
        records.swap(at, at + 1);
        prop_assert!(verify(&records).is_err());
    }

    #[test]
    fn a_rewritten_record_breaks_the_next(at in 0_usize..5) {
        // Whoever changes a record and its hash must also change all that follow.
        let mut records = log(6);
        let previous = if at == 0 { CHAIN_START } else { records[at - 1].hash };
        let record = &mut records[at];
        record.subject.push('!');
        let texts = [&record.actor, &record.action, &record.subject, &record.detail].map(String::as_str);
        record.hash = chain(previous, record.number, record.at_ms, texts);
        prop_assert_eq!(verify(&records).err(), Some(Broken::Changed(at as u64 + 2)));
    }
}
