//! Limits of what people say about an entry.

use lamassu_case::{EntryMetadata, MetadataError, TEXT_CHARS_MAX};

fn titled(title: &str) -> EntryMetadata {
    EntryMetadata { title: title.to_owned(), ..EntryMetadata::default() }
}

#[test]
fn a_title_is_needed() {
    assert_eq!(titled("a").validate(), Ok(()));
    assert_eq!(titled("").validate(), Err(MetadataError::NoTitle));
    assert_eq!(titled(" \t\n").validate(), Err(MetadataError::NoTitle));
}

#[test]
fn lengths_are_in_characters_not_bytes() {
    let longest = "ن".repeat(TEXT_CHARS_MAX);
    let too_long = format!("{longest}ن");
    assert_eq!(titled(&longest).validate(), Ok(()));
    assert_eq!(titled(&too_long).validate(), Err(MetadataError::TooLong { field: "title" }));
    let check = |change: &dyn Fn(&mut EntryMetadata, String)| {
        let mut metadata = titled("a");
        change(&mut metadata, longest.clone());
        assert_eq!(metadata.validate(), Ok(()));
        change(&mut metadata, too_long.clone());
        metadata.validate()
    };
    let refused = |field| Err(MetadataError::TooLong { field });
    assert_eq!(check(&|m, text| m.source = Some(text)), refused("source"));
    assert_eq!(check(&|m, text| m.outlet = Some(text)), refused("outlet"));
    assert_eq!(check(&|m, text| m.series = Some(text)), refused("series"));
    assert_eq!(check(&|m, text| m.published = Some(text)), refused("published"));
    assert_eq!(check(&|m, text| m.event = Some(text)), refused("event"));
    assert_eq!(check(&|m, text| m.labels = vec![text]), refused("label"));
}

#[test]
fn labels_are_limited() {
    let labels = |count: usize| EntryMetadata { labels: vec!["a".to_owned(); count], ..titled("a") };
    assert_eq!(labels(32).validate(), Ok(()));
    assert_eq!(labels(33).validate(), Err(MetadataError::TooManyLabels));
}

#[test]
fn metadata_survives_json_and_labels_may_be_absent() {
    let metadata = EntryMetadata { outlet: Some("daily".to_owned()), ..titled("a") };
    let text = serde_json::to_string(&metadata).expect("metadata has a text form");
    assert_eq!(serde_json::from_str::<EntryMetadata>(&text).ok(), Some(metadata));
    assert_eq!(serde_json::from_str::<EntryMetadata>(r#"{"title":"a"}"#).ok(), Some(titled("a")));
}
