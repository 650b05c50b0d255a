//! Whose each second is: the oldest entry's, by picture and by sound, and what is nobody's.

use lamassu_case::provenance::{BANDS_MAX, Band, Layer, Provenance, Source, Span, bands, provenance};
use lamassu_case::{Match, Medium, Method, Placed};
use lamassu_fingerprint::Area;
use proptest::prelude::*;

use crate::make::{bank, candidate, entry, placed, segment, video};

fn band(layer: Layer, item: (u32, u32)) -> Band {
    Band {
        layer,
        method: if layer == Layer::Sound { Method::Sound } else { Method::Frames },
        item: Span::new(item.0 * 1000, item.1 * 1000),
        entry: Span::new(0, (item.1 - item.0) * 1000),
        score: 0.9,
        place: None,
        borrowed: false,
        own_ms: 0,
        older: Vec::new(),
    }
}

fn picture(item: (u32, u32)) -> Band {
    band(Layer::Picture, item)
}

/// An entry that is as old as its number says.
fn source(number: u8, bands: Vec<Band>) -> Source {
    Source {
        bank: bank("known"),
        entry: entry(number),
        title: format!("release {number}"),
        medium: Medium::Video,
        duration_ms: 60_000,
        published: None,
        added_at_ms: i64::from(number),
        removed: false,
        bands,
        is_own: false,
    }
}

fn lanes(told: &Provenance) -> Vec<String> {
    told.sources.iter().filter(|it| it.is_own).map(|it| it.title.clone()).collect()
}

fn spans(told: &[Span]) -> Vec<(u32, u32)> {
    told.iter().map(|it| (it.start_ms / 1000, it.end_ms / 1000)).collect()
}

#[test]
fn the_oldest_of_those_that_show_the_same_has_the_lane() {
    let told = provenance(20_000, vec![source(9, vec![picture((5, 15))]), source(3, vec![picture((5, 15))])]);
    assert_eq!(lanes(&told), ["release 3"]);
    assert_eq!(told.sources[1].bands[0].older, [entry(3)]);
    assert_eq!(told.sources[1].bands[0].own_ms, 0);
    assert_eq!(spans(&told.unknown), [(0, 5), (15, 20)]);
}

#[test]
fn a_release_that_was_published_earlier_is_older_whenever_it_was_added() {
    let day_ms = 86_400_000;
    let mut late = source(9, vec![picture((0, 10))]);
    (late.published, late.added_at_ms) = (Some("1970-01-02".to_owned()), 900 * day_ms);
    let mut early = source(3, vec![picture((0, 10))]);
    early.added_at_ms = 30 * day_ms;
    assert_eq!(lanes(&provenance(10_000, vec![early.clone(), late.clone()])), ["release 9"]);
    // What is no date says nothing, and nothing was released after it was added.
    for odd in ["last spring", "", "2999-01-01", "02/03/1970"] {
        late.published = Some(odd.to_owned());
        assert_eq!(lanes(&provenance(10_000, vec![late.clone(), early.clone()])), ["release 3"], "{odd}");
    }
}

#[test]
fn a_later_compilation_keeps_what_only_it_explains() {
    let parts = [source(1, vec![picture((0, 5))]), source(2, vec![picture((5, 10))])];
    let told = |end| provenance(20_000, [&parts[..], &[source(7, vec![picture((0, end))])]].concat());
    // Its ends miss by a little: that is no seconds of its own.
    assert_eq!(lanes(&told(10)), ["release 1", "release 2"]);
    let told = told(15);
    assert_eq!(lanes(&told), ["release 1", "release 7", "release 2"]);
    let compilation = &told.sources[1].bands[0];
    assert_eq!((compilation.own_ms, compilation.older.len()), (5_000, 2));
}

#[test]
fn old_pictures_with_anothers_narration_are_both_told() {
    let narration = source(8, vec![band(Layer::Sound, (0, 10))]);
    let told = provenance(10_000, vec![source(1, vec![picture((0, 10))]), narration]);
    assert_eq!(lanes(&told), ["release 1", "release 8"]);
    // The same bytes are picture and sound.
    let whole = |number| source(number, vec![band(Layer::Whole, (0, 10))]);
    let sound = |number| source(number, vec![band(Layer::Sound, (0, 10))]);
    assert_eq!(lanes(&provenance(10_000, vec![whole(1), sound(8)])), ["release 1"]);
    assert_eq!(lanes(&provenance(10_000, vec![sound(1), whole(8)])), ["release 1", "release 8"]);
}

#[test]
fn what_was_found_of_one_entry_by_picture_and_by_sound_is_one_source() {
    let told = provenance(
        30_000,
        vec![source(1, vec![band(Layer::Sound, (20, 30))]), source(1, vec![picture((0, 10))])],
    );
    assert_eq!(told.sources.len(), 1);
    assert_eq!(
        told.sources[0].bands.iter().map(|it| it.layer).collect::<Vec<_>>(),
        [Layer::Picture, Layer::Sound]
    );
    assert_eq!(spans(&told.unknown), [(10, 20)]);
}

#[test]
fn borrowed_seconds_are_drawn_and_taken_from_nobody() {
    let borrowed = Band { borrowed: true, ..picture((0, 10)) };
    let told = provenance(10_000, vec![source(1, vec![borrowed]), source(2, vec![picture((0, 10))])]);
    assert_eq!(lanes(&told), ["release 1", "release 2"]);
}

#[test]
fn bands_say_what_agreed_and_how_fast_it_plays() {
    let found = |candidate| Match { candidate, score: 0.7, borrowed: Vec::new(), explained_by: None };
    let told = bands(&found(video(1, 90, &[segment(4, 10)])), Medium::Video);
    assert_eq!((told[0].layer, told[0].item, told[0].rate()), (Layer::Picture, Span::new(0, 1000), 1.0));
    let faster = lamassu_case::Segment { entry_end_ms: 6_250, ..segment(4, 10) };
    assert!((bands(&found(video(1, 90, &[faster])), Medium::Video)[0].rate() - 1.25).abs() < 1e-9);
    let mut same = candidate(1, Method::Sha256);
    same.segments = vec![segment(0, 0)];
    let layer = |medium| bands(&found(same.clone()), medium)[0].layer;
    assert_eq!(layer(Medium::Video), Layer::Whole);
    assert_eq!(layer(Medium::Audio), Layer::Sound);
    assert_eq!(layer(Medium::Image), Layer::Picture);
}

#[test]
fn in_a_split_screen_each_source_has_its_seconds() {
    let half = |x| Band { place: Some(Area { x, y: 0, width: 5_000, height: 10_000 }), ..picture((0, 10)) };
    let lanes = |older: Band, younger: Band| {
        lanes(&provenance(10_000, vec![source(3, vec![older]), source(9, vec![younger])])).len()
    };
    assert_eq!(lanes(half(0), half(5_000)), 2, "beside each other");
    assert_eq!(lanes(half(100), half(0)), 1, "in the same place");
    assert_eq!(lanes(picture((0, 10)), half(0)), 1, "all of the picture has all of its parts");
    assert_eq!(lanes(half(0), picture((0, 10))), 2, "a part does not have the rest");
    assert_eq!(lanes(band(Layer::Whole, (0, 10)), half(0)), 1, "the same bytes have all");
}

#[test]
fn bands_say_in_which_part_of_the_picture_they_are_seen_where_that_is_known() {
    let left = Area { x: 0, y: 0, width: 5_000, height: 10_000 };
    let told = |place| {
        let seen = lamassu_case::Segment { place, ..segment(4, 10) };
        let candidate = video(1, 90, &[seen]);
        bands(&Match { candidate, score: 0.7, borrowed: Vec::new(), explained_by: None }, Medium::Video)[0]
            .place
    };
    assert_eq!([told(None), told(Some(left)), told(Some(Area::NOWHERE))], [None, Some(left), None]);
    let moved = Placed {
        item_outline: [[0.6, -0.1], [1.2, -0.1], [1.2, 0.5], [0.6, 0.5]],
        ..placed(40, 60, 60, 0.8, 90.0)
    };
    let mut by_parts = candidate(1, Method::Local);
    (by_parts.segments, by_parts.placed) = (vec![segment(4, 60)], Some(moved));
    let found = Match { candidate: by_parts, score: 0.7, borrowed: Vec::new(), explained_by: None };
    let corner = Area { x: 6_000, y: 0, width: 4_000, height: 5_000 };
    assert_eq!(bands(&found, Medium::Video)[0].place, Some(corner), "by key frames, as far as it is seen");
    let nearly = Area { x: 100, y: 100, width: 9_700, height: 9_800 };
    assert_eq!(told(Some(nearly)), None);
}

#[test]
fn of_too_many_the_surest_are_told() {
    let many = |k: u32| Band { score: f64::from(k % 7) / 10.0, ..picture((k, k + 1)) };
    let told = provenance(9_000_000, vec![source(1, (0..2_100).map(many).collect())]);
    assert_eq!((told.sources[0].bands.len(), told.bands_left_out), (BANDS_MAX, 100));
    assert!(told.sources[0].bands.iter().filter(|it| it.score < 0.05).count() <= 200);
}

fn any_sources() -> impl Strategy<Value = Vec<Source>> {
    let layer = prop::sample::select(vec![Layer::Picture, Layer::Sound, Layer::Whole]);
    let band = (layer, 0..40_u32, 0..20_u32).prop_map(|(layer, start, length)| {
        let mut band = band(layer, (start, start));
        (band.item, band.entry) = (Span::new(start * 1000, (start + length) * 1000), Span::new(0, length));
        band
    });
    prop::collection::vec((0..6_u8, prop::collection::vec(band, 0..5)), 0..6)
        .prop_map(|all| all.into_iter().map(|(number, bands)| source(number, bands)).collect())
}

proptest! {
    #[test]
    fn the_order_of_sources_does_not_matter(
        (sources, shuffled) in any_sources().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
    ) {
        prop_assert_eq!(provenance(50_000, sources), provenance(50_000, shuffled));
    }

    #[test]
    fn each_second_is_somebodys_or_nobodys(sources in any_sources()) {
        let told = provenance(50_000, sources);
        for second in 0..50_u32 {
            let moment = Span::new(second * 1000 + 400, second * 1000 + 600);
            let within = |it: Span| it.start_ms <= moment.start_ms && it.end_ms >= moment.end_ms;
            let known = told.sources.iter().any(|it| it.bands.iter().any(|band| within(band.item)));
            prop_assert!(known != told.unknown.iter().any(|it| within(*it)), "second {}: {:?}", second, told);
            // Whoever is oldest there has a lane.
            let shown = |it: &&Source| it.bands.iter().any(|band| within(band.item) && band.is_own());
            prop_assert!(!known || told.sources.iter().any(|it| shown(&it) && it.is_own), "{:?}", told);
        }
    }
}
