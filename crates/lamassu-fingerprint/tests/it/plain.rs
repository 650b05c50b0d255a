//! Plain pictures: what stays near, what does not, and what has nothing to be known by.

use lamassu_fingerprint::pdq::{Orientation, pdq};
use lamassu_fingerprint::plain::{PlainHash, is_plain, may_be_plain, of_entry, of_item};
use lamassu_fingerprint::{Channels, Picture};
use proptest::prelude::*;

const WIDTH: usize = 400;
const HEIGHT: usize = 300;
/// What the default policy allows.
const SHARE_MAX: f64 = 0.15;

type Rgb = [u8; 3];

/// A drawn picture.
#[derive(Clone)]
struct Drawn {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Drawn {
    fn new((width, height): (usize, usize), colour: impl Fn(usize, usize) -> Rgb) -> Self {
        let pixels = (0..width * height).flat_map(|at| colour(at % width, at / width)).collect();
        Self { width, height, pixels }
    }

    fn at(&self, x: usize, y: usize) -> Rgb {
        *self.pixels[3 * (y * self.width + x)..].first_chunk().expect("it is inside")
    }

    fn picture(&self) -> Picture<'_> {
        Picture::new(&self.pixels, self.width, self.height, Channels::Rgb).expect("the size is right")
    }

    fn crop(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        Self::new((width, height), |x, y| self.at(left + x, top + y))
    }
}

/// Three stripes, one above the other.
fn stripes(colours: [Rgb; 3]) -> Drawn {
    Drawn::new((WIDTH, HEIGHT), |_, y| colours[y * 3 / HEIGHT])
}

const RED: Rgb = [200, 30, 40];
const GREEN: Rgb = [20, 120, 60];
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/// Faint discs on a dark ground, with soft edges.
fn dark(discs: &[(f64, f64, f64, f64)]) -> Drawn {
    Drawn::new((WIDTH, HEIGHT), |x, y| {
        let light = discs.iter().fold(8.0_f64, |light, &(left, top, radius, value)| {
            let off = (x as f64 - left).hypot(y as f64 - top);
            light.max(8.0 + (value - 8.0) / (1.0 + ((off - radius) / 8.0).exp()))
        });
        [light as u8; 3]
    })
}

const DISCS: [(f64, f64, f64, f64); 3] =
    [(90.0, 80.0, 55.0, 34.0), (290.0, 200.0, 70.0, 26.0), (330.0, 50.0, 35.0, 40.0)];

/// The smallest share of their structure by which an item's hashes differ from an entry's.
fn share(entry: &[PlainHash], item: &[PlainHash]) -> f64 {
    let mut least = f64::INFINITY;
    for (known, asked) in entry.iter().flat_map(|known| item.iter().map(move |asked| (known, asked))) {
        let bits = asked.bits.iter().map(|bits| bits.distance(known.bits[0])).min().expect("eight");
        least = least.min(f64::from(bits) / f64::from(known.structure.min(asked.structure)));
    }
    least
}

fn is_found(entry: &Drawn, item: &Drawn) -> bool {
    share(&of_entry(&entry.picture()), &of_item(&item.picture())) <= SHARE_MAX
}

#[test]
fn plain_pictures_have_few_firm_bits() {
    for drawn in [stripes([RED, WHITE, BLACK]), dark(&DISCS)] {
        let hash = pdq(&drawn.picture()).expect("the size is right");
        assert!(is_plain(&hash), "{} bits", hash.firm_bits);
    }
    assert_eq!(pdq(&stripes([RED, WHITE, BLACK]).picture()).expect("the size is right").firm_bits, 0);
    let rough = Drawn::new((WIDTH, HEIGHT), |x, y| [((x / 9 * 37 + y / 9 * 91) * 57 % 256) as u8; 3]);
    assert!(!is_plain(&pdq(&rough.picture()).expect("the size is right")));
}

#[test]
fn copies_are_found() {
    for whole in [stripes([RED, WHITE, BLACK]), dark(&DISCS)] {
        let half = Drawn::new((WIDTH / 2, HEIGHT / 2), |x, y| whole.at(2 * x, 2 * y));
        let noisy = Drawn::new((WIDTH, HEIGHT), |x, y| {
            whole.at(x, y).map(|value| value.saturating_add(((x * 31 + y * 17) % 13) as u8))
        });
        let cropped = whole.crop(20, 15, WIDTH * 9 / 10, HEIGHT * 9 / 10);
        let bordered = Drawn::new((WIDTH + 80, HEIGHT + 60), |x, y| {
            let inside = (40..WIDTH + 40).contains(&x) && (30..HEIGHT + 30).contains(&y);
            if inside { whole.at(x - 40, y - 30) } else { [0, 0, 0] }
        });
        let marked = Drawn::new((WIDTH, HEIGHT), |x, y| {
            if x.abs_diff(WIDTH - 40) < 30 && y.abs_diff(40) < 30 { [255, 200, 60] } else { whole.at(x, y) }
        });
        let mirrored = Drawn::new((WIDTH, HEIGHT), |x, y| whole.at(WIDTH - 1 - x, y));
        assert!(
            is_plain(&pdq(&marked.picture()).expect("the size is right")),
            "a mark hides that it is plain"
        );
        let copies = [("half", half), ("noisy", noisy), ("cropped", cropped), ("mirrored", mirrored)];
        for (name, copy) in copies.into_iter().chain([("bordered", bordered), ("marked", marked)]) {
            assert!(is_found(&whole, &copy), "{name}");
        }
    }
}

#[test]
fn what_was_cut_from_a_plain_picture_may_be_plain() {
    let flag = Drawn::new((WIDTH, HEIGHT), |x, y| {
        let is_disc = (x as f64 - 200.0).hypot(y as f64 - 150.0) < 45.0;
        if is_disc { GREEN } else { [RED, WHITE, BLACK][x * 3 / WIDTH] }
    });
    for (left, top) in [(0, 0), (10, 20), (27, 3), (40, 30), (33, 13)] {
        let cropped = flag.crop(left, top, WIDTH * 9 / 10, HEIGHT * 9 / 10);
        let hash = pdq(&cropped.picture()).expect("the size is right");
        assert!(may_be_plain(&hash), "{left} {top}: {} of 100 smooth", hash.smooth_percent);
        assert!(is_found(&flag, &cropped), "{left} {top}");
    }
    let off_middle = pdq(&flag.crop(40, 30, 360, 270).picture()).expect("the size is right");
    assert!(!is_plain(&off_middle), "its PDQ alone would not tell: {} firm bits", off_middle.firm_bits);
    let rough = Drawn::new((WIDTH, HEIGHT), |x, y| [((x / 9 * 37 + y / 9 * 91) * 57 % 256) as u8; 3]);
    assert!(!may_be_plain(&pdq(&rough.picture()).expect("the size is right")));
}

#[test]
fn stripes_from_bright_to_dark_are_no_ramp() {
    let steps = Drawn::new((WIDTH, HEIGHT), |x, _| [WHITE, RED, [90, 10, 15]][x * 3 / WIDTH]);
    let turned_round = Drawn::new((WIDTH, HEIGHT), |x, _| [RED, WHITE, [90, 10, 15]][x * 3 / WIDTH]);
    assert!(is_found(&steps, &steps.crop(20, 15, WIDTH * 9 / 10, HEIGHT * 9 / 10)));
    assert!(!is_found(&steps, &turned_round));
}

#[test]
fn the_same_layout_in_other_colours_is_another_picture() {
    let flag = stripes([RED, WHITE, BLACK]);
    assert!(!is_found(&flag, &stripes([GREEN, WHITE, BLACK])));
    assert!(!is_found(&flag, &stripes([RED, BLACK, WHITE])));
    let mut moved = DISCS;
    moved[0] = (200.0, 230.0, 55.0, 34.0);
    assert!(!is_found(&dark(&DISCS), &dark(&moved)));
}

#[test]
fn what_is_all_alike_has_no_hash() {
    let grey = Drawn::new((WIDTH, HEIGHT), |_, _| [90; 3]);
    let ramp = Drawn::new((WIDTH, HEIGHT), |x, y| [(x / 4 + y / 5) as u8, (y / 3) as u8, 90]);
    let glow = Drawn::new((WIDTH, HEIGHT), |x, y| {
        let off = (x as f64 - 200.0).hypot(y as f64 - 150.0) / 250.0;
        [(180.0 - 150.0 * off * off) as u8; 3]
    });
    for (name, drawn) in [("grey", grey), ("ramp", ramp), ("glow", glow)] {
        assert_eq!(of_entry(&drawn.picture()), [], "{name}");
        assert_eq!(of_item(&drawn.picture()), [], "{name}");
    }
}

#[test]
fn small_pictures_are_hashed_as_well() {
    let tiny = Drawn::new((6, 5), |x, y| if (x < 3) == (y < 2) { RED } else { GREEN });
    assert!(!of_entry(&tiny.picture()).is_empty());
}

#[test]
fn grey_is_grey_however_it_is_written() {
    let whole = dark(&DISCS);
    let luma: Vec<u8> = whole.pixels.chunks_exact(3).map(|pixel| pixel[0]).collect();
    let grey = Picture::new(&luma, WIDTH, HEIGHT, Channels::Gray).expect("the size is right");
    assert_eq!(of_entry(&grey), of_entry(&whole.picture()));
}

fn turned(drawn: &Drawn, orientation: Orientation) -> Drawn {
    let mirrored = orientation as u8 >= 4;
    let mut turned = drawn.clone();
    if mirrored {
        turned = Drawn::new((drawn.width, drawn.height), |x, y| drawn.at(drawn.width - 1 - x, y));
    }
    for _ in 0..orientation as u8 % 4 {
        let before = turned.clone();
        turned = Drawn::new((before.height, before.width), |x, y| before.at(y, before.height - 1 - x));
    }
    turned
}

#[test]
fn each_orientation_is_the_hash_of_the_turned_picture() {
    let whole = Drawn::new((160, 160), |x, y| {
        if x < 70 && y < 90 {
            RED
        } else if x + 2 * y < 300 {
            WHITE
        } else {
            BLACK
        }
    });
    let hash = of_entry(&whole.picture())[0];
    for orientation in Orientation::ALL {
        let alone = of_entry(&turned(&whole, orientation).picture())[0];
        let bits = alone.bits[0].distance(hash.bits[orientation as usize]);
        assert!(bits <= 2, "{}: {bits} bits", orientation.name());
    }
}

proptest! {
    #[test]
    fn any_pixels_are_hashed_or_not(
        (width, height, pixels) in (1..40_usize, 1..40_usize).prop_flat_map(|(width, height)| {
            (Just(width), Just(height), prop::collection::vec(any::<u8>(), width * height * 4))
        }),
    ) {
        for channels in [Channels::Rgba, Channels::RgbaOnWhite, Channels::RgbaOnBlack] {
            let picture = Picture::new(&pixels, width, height, channels).expect("the size is right");
            for hash in of_entry(&picture).iter().chain(&of_item(&picture)) {
                prop_assert!((28..=100).contains(&hash.structure));
            }
            prop_assert!(of_entry(&picture).len() <= 17 && of_item(&picture).len() <= 10);
        }
    }
}
