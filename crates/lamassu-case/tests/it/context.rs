//! Context entries: they open nothing, and what they explain weighs less.

use lamassu_case::{
    Areas, Candidate, CaseKind, Decision, Evidence, Method, Outcome, Placed, Policy, Priority, Rising,
    Segment, decide,
};
use lamassu_fingerprint::Area;
use proptest::prelude::*;

use crate::make::{any_candidates, bank, candidate, entry, evidence, picture, placed, video};

const POLICY: &str = "[banks.film]\npurpose = 'context'\n[banks.marks]\npurpose = 'logo'\n";

fn policy() -> Policy {
    Policy::parse(POLICY).expect("a valid policy")
}

fn judge(candidates: Vec<Candidate>) -> Decision {
    decide(&policy(), &evidence(candidates))
}

fn of(name: &str, candidate: Candidate) -> Candidate {
    Candidate { bank: bank(name), ..candidate }
}

fn film(candidate: Candidate) -> Candidate {
    of("film", candidate)
}

/// Frames of an item from second to second, found in an entry ten seconds later, two a second.
fn shown(from_s: u32, until_s: u32, distance_bits: u32) -> Segment {
    Segment {
        item_start_ms: from_s * 1_000,
        item_end_ms: until_s * 1_000,
        entry_start_ms: (from_s + 10) * 1_000,
        entry_end_ms: (until_s + 10) * 1_000,
        frames: 2 * (until_s - from_s),
        distance_bits,
        place: None,
    }
}

fn clip(number: u8, segments: &[Segment]) -> Candidate {
    Candidate { item_coverage: Some(0.5), entry_coverage: Some(0.4), ..video(number, 90, segments) }
}

fn sound(number: u8, segments: &[Segment]) -> Candidate {
    Candidate { method: Method::Sound, distance_bits: None, quality: None, ..clip(number, segments) }
}

fn spans(found: &[Segment]) -> Vec<(u32, u32)> {
    found.iter().map(|it| (it.item_start_ms / 1_000, it.item_end_ms / 1_000)).collect()
}

fn part(number: u8, outline: [[f32; 2]; 4], places: Vec<[f32; 4]>) -> Candidate {
    let placed = Placed { item_outline: outline, places, ..placed(80, 120, 20, 0.9, 300.0) };
    Candidate { placed: Some(placed), ..candidate(number, Method::Local) }
}

/// An upright rectangle from left and top to right and bottom.
fn rectangle([left, top, right, bottom]: [f32; 4]) -> [[f32; 2]; 4] {
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}

/// Details spread over a rectangle.
fn details([left, top, right, bottom]: [f32; 4]) -> Vec<[f32; 4]> {
    let at = |from: f32, to: f32, k: u8| from + (to - from) * (f32::from(k) + 0.5) / 8.0;
    (0..64).map(|k| [at(left, right, k % 8), at(top, bottom, k / 8), 0.5, 0.5]).collect()
}

const ALL: [f32; 4] = [0.0, 0.0, 1.0, 1.0];

#[test]
fn a_context_entry_opens_nothing_by_itself() {
    let all = [picture(1, 0, 90), candidate(1, Method::Sha256), clip(1, &[shown(0, 9, 3)])];
    for alone in all.into_iter().map(film) {
        let decision = judge(vec![alone]);
        assert_eq!((decision.outcome, decision.matches.len(), decision.context.len()), (Outcome::None, 0, 1));
        assert_eq!(decision.case_kind(), None);
    }
}

#[test]
fn a_picture_that_is_explained_as_well_is_shown_later() {
    let decision = judge(vec![picture(1, 10, 90), film(picture(2, 4, 90))]);
    assert_eq!(decision.outcome, Outcome::Review, "people decide");
    assert_eq!(decision.matches[0].explained_by, Some(entry(2)));
    assert_eq!((decision.is_explained(), decision.priority()), (true, Priority::Lowered));
}

#[test]
fn a_farther_context_entry_explains_nothing() {
    let decision = judge(vec![picture(1, 16, 90), film(picture(2, 20, 90))]);
    assert_eq!((decision.matches[0].explained_by.clone(), decision.priority()), (None, Priority::Normal));
    // Where both are as sure as can be told, which is nearer is an accident of the copy.
    assert!(judge(vec![picture(1, 4, 90), film(picture(2, 10, 90))]).is_explained());
}

#[test]
fn one_match_that_is_not_explained_keeps_the_case_in_its_turn() {
    let decision = judge(vec![picture(1, 10, 90), candidate(3, Method::Sha256), film(picture(2, 4, 90))]);
    assert_eq!(decision.matches[0].explained_by, None, "the same bytes are explained by the same bytes only");
    assert_eq!((decision.is_explained(), decision.priority()), (false, Priority::Normal));
}

#[test]
fn a_copy_of_a_context_entry_is_decided_already() {
    let exact = film(candidate(2, Method::Sha256));
    let decision = judge(vec![picture(1, 10, 90), exact.clone()]);
    assert_eq!((decision.outcome, decision.matches.len()), (Outcome::None, 0));
    assert_eq!(decision.set_aside[0].explained_by, Some(entry(2)));
    assert_eq!(decision.near, [], "and it is no near miss");
    // Somebody filed the same bytes as harmful: that is for a person to settle.
    let both = judge(vec![candidate(1, Method::Sha256), exact]);
    assert_eq!((both.outcome, both.matches[0].explained_by.clone()), (Outcome::Review, Some(entry(2))));
}

#[test]
fn a_part_is_explained_where_the_context_entry_has_it_too() {
    let corner = [0.1, 0.1, 0.4, 0.4];
    let harmful = || part(1, rectangle(corner), details(corner));
    let explained = |context: Candidate| judge(vec![harmful(), film(context)]).is_explained();
    assert!(explained(part(2, rectangle(ALL), details(ALL))), "a news picture that shows it");
    let elsewhere = [0.5, 0.5, 1.0, 1.0];
    assert!(!explained(part(2, rectangle(elsewhere), details(elsewhere))), "a collage of both");
    let around: Vec<_> = details(ALL).into_iter().filter(|at| at[0] > 0.4 || at[1] > 0.4).collect();
    assert!(!explained(part(2, rectangle(ALL), around)), "pasted over it");
    assert!(!explained(picture(2, 20, 90)), "the whole is not sure enough to say what lies in a corner");
    assert!(explained(picture(2, 2, 90)));
}

#[test]
fn a_mirrored_outline_is_one_as_well() {
    let turned = [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    assert!(judge(vec![part(1, turned, details(ALL)), film(part(2, turned, details(ALL)))]).is_explained());
}

#[test]
fn seconds_that_a_film_has_are_borrowed() {
    let decision = judge(vec![clip(1, &[shown(0, 20, 4)]), film(clip(2, &[shown(5, 12, 8)]))]);
    let found = &decision.matches[0];
    assert_eq!(spans(&found.candidate.segments), [(0, 5), (12, 20)]);
    assert_eq!(found.borrowed.iter().map(|it| it.from.clone()).collect::<Vec<_>>(), [entry(2)]);
    let borrowed = found.borrowed[0].segment;
    assert_eq!((borrowed.item_start_ms, borrowed.item_end_ms), (5_000, 12_000));
    assert_eq!((borrowed.entry_start_ms, borrowed.entry_end_ms), (15_000, 22_000));
    assert_eq!(found.candidate.item_coverage, Some(0.5 * 13.0 / 20.0), "coverage is of what counts");
    assert_eq!(found.candidate.segments.iter().map(|it| it.frames).sum::<u32>(), 26);
    assert_eq!(decision.priority(), Priority::Normal);
}

#[test]
fn nothing_opens_when_too_little_is_left() {
    let decision = judge(vec![clip(1, &[shown(0, 20, 4)]), film(clip(2, &[shown(1, 19, 8)]))]);
    assert_eq!((decision.outcome, decision.matches.len()), (Outcome::None, 0), "a second is two frames");
    let aside = &decision.set_aside[0];
    assert_eq!((aside.borrowed.len(), aside.candidate.segments.len()), (1, 0));
    assert_eq!(judge(vec![clip(1, &[shown(0, 20, 4)]), film(clip(2, &[shown(2, 20, 8)]))]).matches.len(), 1);
}

#[test]
fn a_film_that_lies_farther_lends_nothing() {
    // A harmful release with its own words laid over the film's picture is nearer to itself than to the film.
    let decision = judge(vec![clip(1, &[shown(0, 20, 4)]), film(clip(2, &[shown(0, 20, 15)]))]);
    assert_eq!((decision.matches.len(), decision.matches[0].borrowed.len()), (1, 0));
}

#[test]
fn parts_of_frames_lend_to_parts_only_and_whole_frames_to_both() {
    let in_parts = |number: u8, segment: Segment| Candidate {
        placed: part(number, rectangle(ALL), details(ALL)).placed,
        method: Method::Local,
        ..clip(number, &[segment])
    };
    // Distances of features are larger than those of whole frames, and say something else.
    let (near, far) = (shown(0, 10, 2), shown(0, 10, 30));
    assert_eq!(judge(vec![clip(1, &[near]), film(in_parts(2, near))]).matches.len(), 1);
    assert_eq!(judge(vec![in_parts(1, near), film(clip(2, &[far]))]).matches.len(), 0);
    assert_eq!(judge(vec![in_parts(1, near), film(in_parts(2, near))]).matches.len(), 0);
    assert_eq!(judge(vec![in_parts(1, near), film(in_parts(2, far))]).matches.len(), 1);
}

#[test]
fn a_film_does_not_lend_the_sound_of_another() {
    let harmful = || vec![clip(1, &[shown(0, 20, 4)]), sound(1, &[shown(0, 20, 60)])];
    assert_eq!(judge(harmful()).matches.len(), 1, "the picture tells the sound");
    let with = |context: Candidate| {
        let mut all = harmful();
        all.push(film(context));
        judge(all).matches.iter().map(|it| it.candidate.method).collect::<Vec<_>>()
    };
    assert_eq!(
        with(clip(2, &[shown(0, 20, 4)])),
        [Method::Sound],
        "another's narration over the film's picture"
    );
    assert_eq!(with(sound(2, &[shown(0, 20, 60)])), [Method::Frames], "stock music under its own picture");
    let copy = Candidate { segments: vec![shown(0, 20, 0)], ..candidate(2, Method::Sha256) };
    assert_eq!(with(copy), [], "the film itself");
}

#[test]
fn one_picture_in_a_video_is_borrowed_whole_or_not() {
    let still = |from_s, until_s| Candidate {
        segments: vec![Segment { frames: 1, ..shown(from_s, until_s, 6) }],
        ..picture(1, 6, 90)
    };
    let lent = |segment: Segment| judge(vec![still(4, 8), film(clip(2, &[segment]))]).matches.len();
    assert_eq!((lent(shown(6, 20, 4)), lent(shown(7, 20, 4))), (0, 1));
}

#[test]
fn a_picture_that_lasts_for_all_of_time_is_borrowed_as_any_other() {
    let all = Segment { item_start_ms: 0, item_end_ms: u32::MAX, ..shown(0, 1, 10) };
    let one = |number: u8| Candidate { method: Method::Pdq, ..clip(number, &[all]) };
    let matches = |candidates| judge(candidates).matches.len();
    assert_eq!((matches(vec![one(1)]), matches(vec![one(1), film(one(2))])), (1, 0));
}

#[test]
fn what_is_explained_does_not_rise() {
    let rising = Rising { items: 40, accounts: 9, first_seen_ms: 0, last_seen_ms: 9, case: None };
    let rises = |candidates: Vec<Candidate>| {
        let evidence = Evidence { rising: Some(rising.clone()), ..evidence(candidates) };
        decide(&policy(), &evidence).outcome == Outcome::Review
    };
    assert!(rises(vec![]));
    assert!(!rises(vec![film(picture(2, 4, 90))]));
    assert!(!rises(vec![film(clip(2, &[shown(0, 9, 4)]))]), "half of it");
    let corner = [0.1, 0.1, 0.4, 0.4];
    assert!(
        rises(vec![film(part(2, rectangle(corner), details(corner)))]),
        "a corner is not what the item is"
    );
}

#[test]
fn marks_raise_what_has_other_evidence_and_open_nothing() {
    let mark = || Candidate { method: Method::Logo, ..of("marks", part(7, rectangle(ALL), details(ALL))) };
    let alone = judge(vec![mark(), of("marks", picture(8, 0, 90))]);
    assert_eq!((alone.outcome, alone.case_kind(), alone.logos.len()), (Outcome::None, None, 2));
    let beside = judge(vec![mark(), picture(1, 10, 90)]);
    assert_eq!(
        (beside.outcome, beside.matches.len(), beside.priority()),
        (Outcome::Review, 1, Priority::Raised)
    );
    let explained = judge(vec![mark(), picture(1, 10, 90), film(picture(2, 4, 90))]);
    assert_eq!(explained.priority(), Priority::Lowered, "a film service's own picture has its mark");
    assert_eq!(
        judge(vec![of("known", mark())]).matches,
        [],
        "a mark is judged as one only in a bank of marks"
    );
    assert_eq!(judge(vec![Candidate { method: Method::Local, ..mark() }]).logos, []);
}

#[test]
fn a_mark_in_one_key_frame_of_a_video_is_an_accident_unless_it_is_very_sure() {
    let logos = |frames: u32, evidence_bits: f32| {
        let mark = Candidate {
            placed: Some(placed(80, 120, 20, 0.9, evidence_bits)),
            segments: vec![Segment { frames, ..shown(0, 4, 20) }],
            ..of("marks", candidate(7, Method::Logo))
        };
        judge(vec![mark, picture(1, 10, 90)]).logos.len()
    };
    let (sure, likely) = (40.0, 9.0);
    assert_eq!((logos(1, sure), logos(2, sure)), (1, 1));
    assert_eq!((logos(1, likely), logos(2, likely)), (0, 1));
}

#[test]
fn what_nearly_matches_is_a_near_miss() {
    let wide =
        "[default]\nnear_miss_bits = 8\n[banks.film]\npurpose = 'context'\n[banks.quiet]\noutcome = 'none'\n";
    let kind = |text: &str, candidates: Vec<Candidate>| {
        decide(&Policy::parse(text).expect("a valid policy"), &evidence(candidates)).case_kind()
    };
    assert_eq!(kind(wide, vec![picture(1, 39, 90)]), Some(CaseKind::NearMiss));
    assert_eq!(kind(wide, vec![picture(1, 40, 90)]), None);
    assert_eq!(
        kind("", vec![picture(1, 32, 90)]),
        None,
        "off unless it is asked for, as it costs a wider search"
    );
    assert_eq!(kind(wide, vec![picture(1, 31, 90), picture(2, 39, 90)]), Some(CaseKind::Review));
    assert_eq!(kind(wide, vec![of("quiet", picture(1, 39, 90))]), None, "a bank that asks for nothing");
    assert_eq!(kind(wide, vec![film(picture(1, 39, 90))]), None);
    assert_eq!(kind(wide, vec![picture(1, 39, 90), film(picture(2, 9, 90))]), None, "known to be legitimate");
    assert_eq!(kind(&format!("{wide}[near_miss]\ncases_a_day = 0\n"), vec![picture(1, 39, 90)]), None);
    let faint = Candidate { placed: Some(placed(20, 60, 30, 0.4, 16.5)), ..candidate(1, Method::Local) };
    let score = judge(vec![faint.clone()]).near[0].score;
    assert!((0.3..0.5).contains(&score), "{score}");
    assert_eq!(kind("", vec![faint.clone()]), Some(CaseKind::NearMiss), "what is searched anyway");
    assert_eq!(kind("[default]\nnear_miss_score = 0.0", vec![faint]), None);
}

/// Candidates of an item of a minute, in banks of every purpose.
fn any_playing() -> impl Strategy<Value = Vec<Candidate>> {
    let segment =
        (0..50_u32, 1..10_u32, 0..60_u32, 0..60_u32).prop_map(|(from_s, length_s, entry_s, bits)| Segment {
            entry_start_ms: entry_s * 1_000,
            ..shown(from_s, from_s + length_s, bits)
        });
    let method = prop::sample::select(vec![Method::Frames, Method::Sound, Method::Pdq, Method::Sha256]);
    let name = prop::sample::select(vec!["known", "film", "other", "marks"]);
    let one = (name, 0..4_u8, method, prop::collection::vec(segment, 0..4)).prop_map(
        |(name, number, method, segments)| Candidate { method, ..of(name, clip(number, &segments)) },
    );
    prop::collection::vec(one, 0..8)
}

fn any_found() -> impl Strategy<Value = Vec<Candidate>> {
    let mixed = any_candidates().prop_map(|found| {
        let renamed = found.into_iter().map(|it| if it.bank == bank("strict") { film(it) } else { it });
        renamed.collect::<Vec<_>>()
    });
    prop_oneof![any_playing(), mixed]
}

fn rank(decision: &Decision) -> u8 {
    match decision.case_kind() {
        None => 0,
        Some(CaseKind::NearMiss) => 1,
        Some(CaseKind::Review) => 2,
    }
}

proptest! {
    #[test]
    fn order_does_not_matter(
        (found, shuffled) in any_found().prop_flat_map(|c| (Just(c.clone()), Just(c).prop_shuffle())),
    ) {
        prop_assert_eq!(judge(found), judge(shuffled));
    }

    #[test]
    fn a_further_context_entry_never_makes_more_of_an_item(
        found in any_found(),
        more in any_found().prop_map(|found| found.into_iter().map(film).collect::<Vec<_>>()),
    ) {
        let before = judge(found.clone());
        let after = judge(found.into_iter().chain(more).collect());
        prop_assert!(rank(&after) <= rank(&before), "{before:?} {after:?}");
        prop_assert!(after.outcome <= before.outcome);
        prop_assert!(after.priority() >= before.priority() || after.matches.is_empty());
        let counted = |decision: &Decision, method: Method| -> u32 {
            let of_method = decision.matches.iter().filter(|it| it.candidate.method == method);
            of_method.flat_map(|it| &it.candidate.segments).map(|it| it.item_end_ms - it.item_start_ms.min(it.item_end_ms)).fold(0, u32::saturating_add)
        };
        prop_assert!(counted(&after, Method::Frames) <= counted(&before, Method::Frames));
    }

    #[test]
    fn matches_are_of_harmful_banks_only_and_nothing_is_lost(found in any_found()) {
        let decision = judge(found);
        let only = |of: &[lamassu_case::Match], names: &[&str]| {
            of.iter().all(|it| names.contains(&it.candidate.bank.as_str()))
        };
        prop_assert!(only(&decision.context, &["film"]) && only(&decision.logos, &["marks"]));
        for harmful in [&decision.matches, &decision.set_aside, &decision.near] {
            prop_assert!(only(harmful, &["known", "other"]));
        }
        prop_assert_eq!(decision.outcome == Outcome::Review, !decision.matches.is_empty());
        prop_assert!(decision.near.is_empty() || decision.matches.is_empty());
    }
}

/// Halves of a picture, in ten-thousandths.
const LEFT: Area = Area { x: 0, y: 0, width: 5_000, height: 10_000 };
const RIGHT: Area = Area { x: 5_000, ..LEFT };

#[test]
fn what_is_legitimate_in_one_half_explains_nothing_in_the_other_one() {
    let inside = |number: u8, item: Option<Area>| Candidate {
        views: Some(["panel", "full", "upright"].map(str::to_owned)),
        areas: item.map(|item| Areas { item, entry: Area::WHOLE }),
        ..picture(number, 2, 90)
    };
    let explained = |harmful, context| judge(vec![harmful, film(context)]).is_explained();
    assert!(!explained(inside(1, Some(RIGHT)), inside(2, Some(LEFT))), "a film beside it");
    assert!(explained(inside(1, Some(RIGHT)), inside(2, Some(RIGHT))));
    assert!(explained(inside(1, Some(RIGHT)), picture(2, 2, 90)), "the page that shows both is legitimate");
    assert!(!explained(picture(1, 2, 90), inside(2, Some(LEFT))));
    assert!(!explained(inside(1, Some(RIGHT)), inside(2, None)), "it may be anywhere");
    assert!(!explained(inside(1, None), inside(2, Some(LEFT))));
}

#[test]
fn seconds_are_borrowed_where_they_are_seen() {
    let in_place = |place| [Segment { place, ..shown(0, 20, 4) }];
    let left = |harmful, context| {
        judge(vec![clip(1, &in_place(harmful)), film(clip(2, &in_place(context)))]).matches.len()
    };
    assert_eq!(left(Some(RIGHT), Some(LEFT)), 1, "a film beside it");
    assert_eq!(left(Some(RIGHT), Some(RIGHT)), 0);
    assert_eq!(left(Some(RIGHT), None), 0, "the film itself has two halves");
    assert_eq!(left(None, Some(LEFT)), 1);
    assert_eq!(left(Some(RIGHT), Some(Area::NOWHERE)), 1, "it moves about");
    // Key frames tell where a part is as well.
    let part_in = |number: u8, [from, to]: [f32; 2]| Candidate {
        placed: part(number, rectangle([from, 0.0, to, 1.0]), details([from, 0.0, to, 1.0])).placed,
        method: Method::Local,
        ..clip(number, &[shown(0, 20, 4)])
    };
    let parts = |context| judge(vec![part_in(1, [0.5, 1.0]), film(part_in(2, context))]).matches.len();
    assert_eq!((parts([0.0, 0.5]), parts([0.5, 1.0])), (1, 0));
}

#[test]
fn an_item_is_not_what_one_half_of_it_shows() {
    let whole = |place| {
        let clip = Candidate { item_coverage: Some(1.0), ..clip(2, &[Segment { place, ..shown(0, 20, 4) }]) };
        judge(vec![film(clip)]).is_context()
    };
    assert!(whole(None) && !whole(Some(LEFT)));
}
