//! Candidates and evidence for tests, by hand and at random.

use lamassu_case::{Areas, BankName, Candidate, EntryId, Evidence, Medium, Method, Placed, Segment};
use lamassu_fingerprint::{Area, Digest, FINGERPRINT_VERSION};
use proptest::prelude::*;

pub fn bank(name: &str) -> BankName {
    name.parse().expect("tests use valid bank names")
}

pub fn entry(number: u8) -> EntryId {
    format!("00000000-0000-7000-8000-0000000000{number:02x}").parse().expect("this is a UUID")
}

/// A candidate in the bank `known` without any measure.
pub fn candidate(number: u8, method: Method) -> Candidate {
    Candidate {
        bank: bank("known"),
        entry: entry(number),
        title: format!("entry {number}"),
        medium: Medium::Image,
        method,
        distance_bits: None,
        quality: None,
        views: None,
        negative: false,
        areas: None,
        placed: None,
        item_coverage: None,
        entry_coverage: None,
        segments: Vec::new(),
    }
}

pub fn picture(number: u8, distance_bits: u32, quality: u8) -> Candidate {
    Candidate { distance_bits: Some(distance_bits), quality: Some(quality), ..candidate(number, Method::Pdq) }
}

pub fn segment(frames: u32, distance_bits: u32) -> Segment {
    Segment {
        item_start_ms: 0,
        item_end_ms: 1000,
        entry_start_ms: 5000,
        entry_end_ms: 6000,
        frames,
        distance_bits,
        place: None,
    }
}

pub fn video(number: u8, quality: u8, segments: &[Segment]) -> Candidate {
    let nearest = segments.iter().map(|s| s.distance_bits).min();
    Candidate {
        medium: Medium::Video,
        distance_bits: nearest,
        quality: Some(quality),
        segments: segments.to_vec(),
        ..candidate(number, Method::Frames)
    }
}

pub fn evidence(candidates: Vec<Candidate>) -> Evidence {
    Evidence { candidates, ..Evidence::new(Digest::of(b""), FINGERPRINT_VERSION, 7) }
}

fn any_segment() -> impl Strategy<Value = Segment> {
    (any::<[u32; 4]>(), 0..12_u32, 0..80_u32).prop_map(|(times, frames, distance_bits)| Segment {
        item_start_ms: times[0],
        item_end_ms: times[1],
        entry_start_ms: times[2],
        entry_end_ms: times[3],
        frames,
        distance_bits,
        place: None,
    })
}

/// Candidates of few entries and few distances, so that ties are common.
pub fn any_candidate() -> impl Strategy<Value = Candidate> {
    let method =
        prop::sample::select(vec![Method::Sha256, Method::Pdq, Method::Plain, Method::Local, Method::Frames]);
    let medium = prop::sample::select(Medium::ALL.to_vec());
    let of = (
        prop::sample::select(vec!["known", "strict", "other"]),
        0..4_u8,
        "[a-z\"\\\\ ]{0,6}",
        medium,
        method,
    );
    let found = (
        prop::option::of(prop_oneof![0..5_u32, 0..257_u32]),
        prop::option::of(0..=100_u8),
        (prop::option::of(["[a-z]{1,4}", "[a-z]{1,4}", "[a-z]{1,4}"]), any::<bool>()),
        prop::option::of((any_area(), any_area()).prop_map(|(item, entry)| Areas { item, entry })),
        prop::option::of(any_placed()),
        prop::option::of(0.0..=1.0_f64),
        prop::option::of(0.0..=1.0_f64),
        prop::collection::vec(any_segment(), 0..4),
    );
    (of, found).prop_map(|((name, number, title, medium, method), found)| {
        let (
            distance_bits,
            quality,
            (views, negative),
            areas,
            placed,
            item_coverage,
            entry_coverage,
            segments,
        ) = found;
        Candidate {
            bank: bank(name),
            entry: entry(number),
            title,
            medium,
            method,
            distance_bits,
            quality,
            views,
            negative,
            areas,
            placed,
            item_coverage,
            entry_coverage,
            segments,
        }
    })
}

fn any_placed() -> impl Strategy<Value = Placed> {
    (0..300_u32, 0..200_u32, 0..60_u32, 0.0..=1.0_f32, -40.0..400.0_f32, any::<bool>()).prop_map(
        |(inliers, missed, distance_bits, spread, evidence_bits, mirrored)| Placed {
            mirrored,
            ..placed(inliers, inliers + missed, distance_bits, spread, evidence_bits)
        },
    )
}

/// An entry of 300 features, half as large as the item.
pub fn placed(inliers: u32, visible: u32, distance_bits: u32, spread: f32, evidence_bits: f32) -> Placed {
    Placed {
        inliers,
        visible,
        entry_features: 300,
        distance_bits,
        spread,
        evidence_bits,
        transform: [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]],
        mirrored: false,
        rotation_deg: 0.0,
        scale: 0.5,
        item_outline: [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]],
        entry_region: [0.0, 0.0, 1.0, 1.0],
        places: vec![[0.1, 0.2, 0.2, 0.4]],
        moments_ms: [0, 0],
    }
}

fn any_area() -> impl Strategy<Value = Area> {
    (0..4_u16, 0..4_u16, 1..=9_000_u16, 1..=9_000_u16).prop_map(|(x, y, width, height)| Area {
        x,
        y,
        width,
        height,
    })
}

pub fn any_candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(any_candidate(), 0..8)
}
