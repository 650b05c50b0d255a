//! Finding entries by the digest of their bytes.

use lamassu_fingerprint::Digest;
use lamassu_index::{ChangeKind, Filter, Index};

use crate::samples::{added, digest, numbered};

#[test]
fn a_digest_finds_its_entries_in_the_banks_asked_for() {
    let index = Index::default();
    let twin = |entry, bank| ChangeKind::Added { entry, bank, digest: digest(1), frames: Vec::new() };
    index.apply(numbered(1, [added(1, 7, &[]), added(2, 7, &[]), twin(3, 8)])).unwrap();
    let find = |wanted, filter: Filter| index.snapshot().find_digest(wanted, &filter);
    assert_eq!(find(digest(1), Filter::AllBanks), [(1, 7), (3, 8)]);
    assert_eq!(find(digest(1), Filter::Bank(8)), [(3, 8)]);
    assert_eq!(find(digest(1), Filter::Bank(9)), []);
    assert_eq!(find(Digest::of(b"nobody's"), Filter::AllBanks), []);
    index.apply(numbered(4, [ChangeKind::Removed { entry: 1 }])).unwrap();
    assert_eq!(find(digest(1), Filter::AllBanks), [(3, 8)]);
}

#[test]
fn digests_are_found_on_both_sides_of_a_segment_boundary() {
    let index = Index::default();
    index.apply(numbered(1, (1..=4097).map(|entry| added(entry, 0, &[])))).unwrap();
    for entry in [1, 4096, 4097] {
        assert_eq!(index.snapshot().find_digest(digest(entry), &Filter::AllBanks), [(entry, 0)]);
    }
}
