use lamassu_case::{BankName, EntryMetadata, Standing, searchable};
use lamassu_store::{
    Bar, EntryError, EntryFilter, EntryOrder, EntryPlace, EntryQuery, Facet, NewHash, NewHashes, Period,
    Standings, Store,
};

use crate::samples::{bank_name, entry_id, fill, new_entry, stamp};

/// Title, outlet, series, event, standing, date.
type Told = (&'static str, &'static str, &'static str, &'static str, Standing, &'static str);

const RELEASES: [Told; 6] = [
    ("Morning report 1", "Example Agency", "Reports", "fair", Standing::Official, "2025-11-30"),
    ("Morning report 2", "Example Agency", "Reports", "", Standing::Official, "2026-02"),
    ("Fair highlights", "Example Friends", "", "fair", Standing::Supporter, "2026-02-14"),
    ("تقرير الصباح", "Example Agency", "Reports", "", Standing::Official, "٢٠٢٦-٠٢-٢٠"),
    ("Looking back", "", "", "", Standing::Unknown, "2025"),
    ("Found in a folder", "", "", "", Standing::Unknown, "spring"),
];

async fn released(store: &dyn Store) -> BankName {
    let bank = fill(store, 0).await;
    for (k, (title, outlet, series, event, standing, published)) in (1..).zip(RELEASES) {
        let mut new = new_entry(&bank, k);
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        new.metadata = EntryMetadata {
            title: title.to_owned(),
            outlet: told(outlet),
            series: told(series),
            event: told(event),
            standing,
            published: told(published),
            ..EntryMetadata::default()
        };
        store.add_entry(new, &stamp()).await.expect("is added");
    }
    bank
}

fn outlet(outlet: &str) -> EntryFilter {
    EntryFilter { outlet: Some(outlet.to_owned()), ..EntryFilter::default() }
}

fn words(text: &str) -> EntryFilter {
    EntryFilter { words: Some(searchable(text)), ..EntryFilter::default() }
}

async fn numbers(store: &dyn Store, bank: &BankName, filter: EntryFilter, order: EntryOrder) -> Vec<u64> {
    let query = EntryQuery { filter, order, after: None };
    store.entries(bank, &query, 100).await.expect("reads").iter().map(|entry| entry.number).collect()
}

pub async fn a_filter_lets_through_what_has_it_all(store: &dyn Store) {
    let bank = released(store).await;
    let other = bank_name("other");
    store.create_bank(&other, &stamp()).await.expect("the name is free");
    let mut elsewhere = new_entry(&other, 50);
    elsewhere.metadata.outlet = Some("Example Agency".to_owned());
    store.add_entry(elsewhere, &stamp()).await.expect("is added");

    let all = EntryFilter::default;
    let published = |from_ms, before_ms| EntryFilter {
        published_from_ms: from_ms,
        published_before_ms: before_ms,
        ..all()
    };
    let ms = |text| lamassu_case::released_ms(text);
    for (filter, expected) in [
        (all(), vec![1, 2, 3, 4, 5, 6]),
        (outlet("Example Agency"), vec![1, 2, 4]),
        (outlet(" Example Agency "), vec![1, 2, 4]),
        (outlet("example agency"), vec![]),
        (EntryFilter { series: Some("Reports".to_owned()), ..all() }, vec![1, 2, 4]),
        (EntryFilter { event: Some("fair".to_owned()), ..all() }, vec![1, 3]),
        (EntryFilter { event: Some("fair".to_owned()), ..outlet("Example Agency") }, vec![1]),
        (EntryFilter { standing: Some(Standing::Supporter), ..all() }, vec![3]),
        (EntryFilter { standing: Some(Standing::Unknown), ..all() }, vec![5, 6]),
        (published(ms("2026"), None), vec![2, 3, 4]),
        // What has no date is not older than a date.
        (published(None, ms("2026")), vec![1, 5]),
        (published(ms("2026-02-14"), ms("2026-02-15")), vec![3]),
        (words("report"), vec![1, 2]),
        (words("REP morn"), vec![1, 2]),
        (words("report 2"), vec![2]),
        (words("تَقْرِيرُ الصَّباح"), vec![4]),
        (words("eport"), vec![]),
        // What means something to a full-text index means nothing here.
        (EntryFilter { words: Some("report OR fair".to_owned()), ..all() }, vec![]),
        (EntryFilter { words: Some("\" * ( NEAR".to_owned()), ..all() }, vec![]),
    ] {
        assert_eq!(
            numbers(store, &bank, filter.clone(), EntryOrder::OldestAdded).await,
            expected,
            "{filter:?}"
        );
    }
    let refused = store.entries(&bank_name("nobody"), &EntryQuery::default(), 10).await.expect_err("no bank");
    assert!(matches!(refused, EntryError::BankNotFound));
}

pub async fn each_order_comes_whole_in_pages(store: &dyn Store) {
    let bank = released(store).await;
    for (order, expected) in [
        (EntryOrder::OldestAdded, [1, 2, 3, 4, 5, 6]),
        (EntryOrder::NewestAdded, [6, 5, 4, 3, 2, 1]),
        (EntryOrder::OldestPublished, [6, 5, 1, 2, 3, 4]),
        (EntryOrder::NewestPublished, [4, 3, 2, 1, 5, 6]),
    ] {
        for limit in [1, 2, 6] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let query = EntryQuery { order, after, ..EntryQuery::default() };
                let page = store.entries(&bank, &query, limit).await.expect("reads");
                let Some(last) = page.last() else { break };
                // A place survives being written down.
                after = Some(EntryPlace::of(last).to_string().parse().expect("is a place"));
                seen.extend(page.iter().map(|entry| entry.number));
            }
            assert_eq!(seen, expected, "{order:?} by {limit}");
        }
    }
}

pub async fn what_is_said_anew_is_what_is_found(store: &dyn Store) {
    let bank = released(store).await;
    let metadata = EntryMetadata {
        title: "Evening report".to_owned(),
        outlet: Some("Example Friends".to_owned()),
        ..EntryMetadata::default()
    };
    store.change_entry(&bank, &entry_id(1), &metadata, &stamp()).await.expect("is changed");
    store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect("is removed");
    let by_number = EntryOrder::OldestAdded;
    assert_eq!(numbers(store, &bank, outlet("Example Agency"), by_number).await, [4]);
    assert_eq!(numbers(store, &bank, outlet("Example Friends"), by_number).await, [1, 3]);
    assert_eq!(numbers(store, &bank, words("morning"), by_number).await, [0; 0]);
    assert_eq!(numbers(store, &bank, words("evening"), by_number).await, [1]);
    assert_eq!(store.facets(&bank, &EntryFilter::default(), None).await.expect("counts").entries, 5);
}

pub async fn hashes_of_a_list_are_in_the_catalogue(store: &dyn Store) {
    let bank = fill(store, 0).await;
    let hash = |k: u64| NewHash {
        id: entry_id(k),
        medium: lamassu_case::Medium::Image,
        digest: lamassu_fingerprint::Digest::of(&k.to_be_bytes()),
        frame: None,
        metadata: EntryMetadata {
            title: format!("List, line {k}"),
            outlet: Some("Example \"Agency\"".to_owned()),
            ..EntryMetadata::default()
        },
    };
    let lines = lamassu_fingerprint::Digest::of(b"lines");
    let hashes = NewHashes {
        bank: bank.clone(),
        hashes: vec![hash(1), hash(2), hash(1)],
        fingerprint_version: "pdq-1".to_owned(),
        lines,
    };
    store.add_hashes(hashes, &stamp()).await.expect("are added");
    assert_eq!(numbers(store, &bank, outlet("Example \"Agency\""), EntryOrder::OldestAdded).await, [1, 2]);
    assert_eq!(numbers(store, &bank, words("line 2"), EntryOrder::OldestAdded).await, [2]);
}

pub async fn facets_count_what_each_choice_would_give(store: &dyn Store) {
    let bank = released(store).await;
    let all = store.facets(&bank, &EntryFilter::default(), None).await.expect("counts");
    assert_eq!(all.entries, 6);
    assert_eq!(all.outlets, facet(&[("Example Agency", 3), ("Example Friends", 1)]));
    assert_eq!(all.series, facet(&[("Reports", 3)]));
    assert_eq!(all.events, facet(&[("fair", 2)]));
    assert_eq!(all.standings, Standings { official: 3, supporter: 1, unknown: 2 });
    let timeline = all.timeline;
    let bar = |year, month, official, supporter, unknown| Bar {
        year,
        month,
        entries: Standings { official, supporter, unknown },
    };
    assert_eq!(timeline.bars, [bar(2025, Some(11), 1, 0, 0), bar(2026, Some(2), 2, 1, 0)]);
    assert_eq!(
        (timeline.period, timeline.undated, timeline.year_only, timeline.more),
        (Period::Month, 1, 1, false)
    );

    // The chosen field stays open, the others do not.
    let chosen = EntryFilter {
        event: Some("fair".to_owned()),
        published_from_ms: lamassu_case::released_ms("2026"),
        ..EntryFilter::default()
    };
    let chosen = store.facets(&bank, &chosen, Some(Period::Year)).await.expect("counts");
    assert_eq!((chosen.entries, chosen.events), (1, facet(&[("fair", 1)])));
    assert_eq!(chosen.outlets, facet(&[("Example Friends", 1)]));
    assert_eq!(chosen.timeline.bars, [bar(2025, None, 1, 0, 0), bar(2026, None, 0, 1, 0)]);
    assert_eq!((chosen.timeline.undated, chosen.timeline.year_only), (0, 0));

    let official = EntryFilter { standing: Some(Standing::Official), ..EntryFilter::default() };
    let official = store.facets(&bank, &official, None).await.expect("counts");
    assert_eq!(
        (official.entries, official.standings),
        (3, Standings { official: 3, supporter: 1, unknown: 2 })
    );
    assert!(store.facets(&bank_name("nobody"), &EntryFilter::default(), None).await.is_err());
}

pub async fn facets_are_bounded(store: &dyn Store) {
    let bank = fill(store, 0).await;
    // More outlets than are counted, and more months than there are bars.
    for k in 0..260_u64 {
        let mut new = new_entry(&bank, k);
        new.metadata.outlet = Some(format!("Example {k:03}"));
        new.metadata.published = Some(format!("{}-{:02}", 2000 + k / 12, k % 12 + 1));
        store.add_entry(new, &stamp()).await.expect("is added");
    }
    let facets = store.facets(&bank, &EntryFilter::default(), None).await.expect("counts");
    assert_eq!((facets.outlets.values.len(), facets.outlets.more), (50, true));
    assert_eq!(
        (facets.timeline.period, facets.timeline.bars.len(), facets.timeline.more),
        (Period::Year, 22, false)
    );
    let by_month =
        store.facets(&bank, &EntryFilter::default(), Some(Period::Month)).await.expect("counts").timeline;
    assert_eq!((by_month.period, by_month.bars.len(), by_month.more), (Period::Month, 240, true));
    assert_eq!(by_month.bars.last().map(|bar| (bar.year, bar.month)), Some((2021, Some(8))));
}

fn facet(values: &[(&str, u64)]) -> Facet {
    Facet { values: values.iter().map(|(value, n)| ((*value).to_owned(), *n)).collect(), more: false }
}
