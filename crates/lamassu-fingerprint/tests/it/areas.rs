//! Areas: where views lie, and their byte form.

use lamassu_fingerprint::{
    Area, DecodeError, Region, SIDE, View, ViewArea, area_of, decode_areas, encode_areas,
};
use proptest::prelude::*;

fn any_area() -> impl Strategy<Value = ViewArea> {
    let side = || (0..=SIDE).prop_flat_map(|start| (Just(start), 0..=SIDE - start));
    (any::<u32>(), 0..4_u8, side(), side()).prop_map(|(start_ms, view, (x, width), (y, height))| ViewArea {
        start_ms,
        view: View::from_number(view).expect("there are four"),
        area: Area { x, y, width, height },
    })
}

proptest! {
    #[test]
    fn areas_come_back_as_written(areas in prop::collection::vec(any_area(), 0..9)) {
        prop_assert_eq!(decode_areas(&encode_areas(&areas)), Ok(areas));
    }

    #[test]
    fn foreign_bytes_are_areas_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(areas) = decode_areas(&bytes) {
            prop_assert_eq!(encode_areas(&areas), bytes);
        }
    }

    #[test]
    fn an_area_holds_its_region(
        width in 1..5_000_usize, height in 1..5_000_usize,
        left in 0.0..1.0_f64, top in 0.0..1.0_f64, across in 0.0..1.0_f64, down in 0.0..1.0_f64,
    ) {
        let part = |share: f64, of: usize| (share * of as f64) as usize;
        let (x, y) = (part(left, width - 1), part(top, height - 1));
        let region = Region { x, y, width: 1 + part(across, width - x - 1), height: 1 + part(down, height - y - 1) };
        let area = Area::of(region, width, height);
        let near = |share: u16, pixels: usize, of: usize| {
            (f64::from(share) / f64::from(SIDE) - pixels as f64 / of as f64).abs() <= 1.0 / f64::from(SIDE)
        };
        prop_assert!(near(area.x, x, width) && near(area.y, y, height));
        prop_assert!(near(area.x + area.width, x + region.width, width));
        prop_assert!(near(area.y + area.height, y + region.height, height));
        prop_assert!(area.x + area.width <= SIDE && area.y + area.height <= SIDE);
    }
}

#[test]
fn damaged_bytes_are_told_apart_from_other_versions() {
    let whole = encode_areas(&[ViewArea { start_ms: 7, view: View::Trimmed, area: Area::WHOLE }]);
    assert_eq!(decode_areas(&[]), Err(DecodeError::Damaged));
    assert_eq!(decode_areas(&whole[..whole.len() - 1]), Err(DecodeError::Damaged));
    assert_eq!(decode_areas(&[9]), Err(DecodeError::Version(9)));
    let mut outside = whole.clone();
    outside[6] = 1;
    assert_eq!(decode_areas(&outside), Err(DecodeError::Damaged), "it would end beyond the picture");
    let mut unknown = whole;
    unknown[5] = View::ALL.len() as u8;
    assert_eq!(decode_areas(&unknown), Err(DecodeError::Damaged));
}

#[test]
fn the_whole_picture_needs_no_area() {
    let area = Area { x: 1, y: 2, width: 3, height: 4 };
    let areas = [ViewArea { start_ms: 5, view: View::Content, area }];
    assert_eq!(area_of(&areas, View::Full, 5), Some(Area::WHOLE));
    assert_eq!(area_of(&[], View::OnWhite, 0), Some(Area::WHOLE));
    assert_eq!(area_of(&areas, View::Content, 5), Some(area));
    assert_eq!(area_of(&areas, View::Content, 6), None);
    assert_eq!(area_of(&areas, View::Trimmed, 5), None);
}
