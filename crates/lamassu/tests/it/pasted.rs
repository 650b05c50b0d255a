//! Cards and pieces that lie in other pictures, still and playing.

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, imageops};
use serde_json::Value;

use crate::Workplace;
use crate::parts::street;
use crate::pictures::encode;

const GREEN: [u8; 3] = [70, 130, 80];
const BROWN: [u8; 3] = [170, 110, 60];
/// Width, height and colour of the boxes on a card.
const BOXES: [(u32, u32, [u8; 3]); 4] =
    [(150, 110, GREEN), (90, 170, BROWN), (110, 80, BROWN), (40, 40, GREEN)];
/// Where they lie on the card that is known, and on another one.
const KNOWN: [(u32, u32); 4] = [(40, 30), (250, 60), (70, 180), (110, 60)];
const OTHER: [(u32, u32); 4] = [(210, 20), (40, 90), (180, 190), (300, 170)];

/// A white card with the outlines of the boxes at these places.
fn card(places: [(u32, u32); 4]) -> RgbImage {
    let mut card = RgbImage::from_pixel(400, 300, Rgb([255; 3]));
    for ((left, top), (width, height, colour)) in places.into_iter().zip(BOXES) {
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            if x.min(y).min(width - 1 - x).min(height - 1 - y) < 9 {
                card.put_pixel(left + x, top + y, Rgb(colour));
            }
        }
    }
    card
}

/// One of four in a collage.
fn in_collage(card: &RgbImage) -> DynamicImage {
    let mut collage = RgbImage::from_pixel(820, 620, Rgb([20; 3]));
    let beside = [street(31), street(32), street(33)];
    for (picture, (left, top)) in beside.iter().zip([(5, 5), (415, 5), (5, 315)]) {
        let picture = picture.resize_exact(400, 300, imageops::FilterType::Triangle).into_rgb8();
        imageops::replace(&mut collage, &picture, left, top);
    }
    imageops::replace(&mut collage, card, 415, 315);
    collage.into()
}

#[test]
fn a_part_of_a_transparent_picture_is_found_on_either_ground() {
    let place = Workplace::with_bank();
    // What is light of a street, and nothing else.
    let mut known = street(71).into_rgba8();
    for pixel in known.pixels_mut().filter(|pixel| pixel.0[1] < 150) {
        *pixel = Rgba([0; 4]);
    }
    place.write("known.png", &encode(&known.clone().into(), ImageFormat::Png));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    for (name, ground) in [("white", 255), ("black", 0)] {
        let mut laid = image::RgbaImage::from_pixel(480, 360, Rgba([ground, ground, ground, 255]));
        imageops::overlay(&mut laid, &known, 0, 0);
        let part = DynamicImage::from(laid).crop_imm(60, 40, 340, 260).into_rgb8();
        let item = place.write("item.jpg", &encode(&part.into(), ImageFormat::Jpeg));
        let (status, reports) = place.check(&[&item]);
        let found = &reports[0]["matches"][0];
        assert_eq!((status, found["method"].as_str()), (1, Some("local")), "on {name}: {reports:?}");
    }
}

#[test]
fn a_card_in_a_collage_is_pulled_straight_and_compared_as_a_whole() {
    let place = Workplace::with_bank();
    place.write("card.png", &encode(&card(KNOWN).into(), ImageFormat::Png));
    place.run(["bank", "add", "known", "card.png"]).expect_status(0);
    let check = |card: &RgbImage| {
        let item = place.write("item.jpg", &encode(&in_collage(card), ImageFormat::Jpeg));
        let (status, mut reports) = place.check(&[&item]);
        (status, reports.remove(0))
    };
    let (status, report) = check(&card(KNOWN));
    let found = &report["matches"][0];
    assert_eq!(
        (status, found["method"].as_str(), found["title"].as_str()),
        (1, Some("pdq"), Some("card.png"))
    );
    assert!(found["distance_bits"].as_u64().is_some_and(|bits| bits <= 31), "{found}");
    let (status, report) = check(&card(OTHER));
    assert_eq!(status, 0, "{report}");
}

fn gif(pictures: &[DynamicImage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let frame = |picture: &DynamicImage| {
        Frame::from_parts(picture.to_rgba8(), 0, 0, Delay::from_numer_denom_ms(1_500, 1))
    };
    GifEncoder::new(&mut bytes).encode_frames(pictures.iter().map(frame)).expect("is written");
    bytes
}

#[test]
fn a_piece_of_a_picture_is_found_in_a_gif_and_a_piece_of_a_gif_in_a_picture() {
    let place = Workplace::with_bank();
    place.write("known.png", &encode(&street(1), ImageFormat::Png));
    place.write("playing.gif", &gif(&[street(4), street(5), street(6)]));
    place.write("still.gif", &gif(&[street(7)]));
    for file in ["known.png", "playing.gif", "still.gif"] {
        place.run(["bank", "add", "known", file]).expect_status(0);
    }
    let piece = |seed| street(seed).crop_imm(150, 70, 270, 220);
    let found = |name: &str, bytes: &[u8]| -> Vec<(String, String)> {
        let item = place.write(name, bytes);
        let (_, reports) = place.check(&[&item]);
        let word = |it: &Value, field: &str| it[field].as_str().expect("a word").to_owned();
        let matches = reports[0]["matches"].as_array().expect("a list");
        matches.iter().map(|it| (word(it, "title"), word(it, "method"))).collect()
    };
    let is_found = |name: &str, bytes: &[u8], title: &str| {
        let found = found(name, bytes);
        assert_eq!(found, [(title.to_owned(), "local".to_owned())], "{name}");
    };
    let beside = street(11).crop_imm(0, 0, 270, 220);
    is_found("still-piece.gif", &gif(&[piece(1)]), "known.png");
    is_found(
        "playing-piece.gif",
        &gif(&[beside.clone(), piece(1), street(12).crop_imm(0, 0, 270, 220)]),
        "known.png",
    );
    is_found("piece-of-playing.png", &encode(&piece(5), ImageFormat::Png), "playing.gif");
    is_found("piece-of-still.png", &encode(&piece(7), ImageFormat::Png), "still.gif");
    assert_eq!(found("unrelated.gif", &gif(&[beside, piece(13)])), []);
}
