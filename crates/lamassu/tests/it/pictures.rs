//! Pictures drawn by formula, so that the repository needs none.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

/// A textured picture; each `seed` gives another one.
pub fn landscape(seed: u32, width: u32, height: u32) -> DynamicImage {
    let phase = |k: u32| f64::from(seed.wrapping_mul(2_654_435_761).rotate_left(k * 5) % 1000) / 159.0;
    let wave = |x: f64, y: f64, k: u32| {
        let (across, down) = (1.0 + phase(k) * 1.7, 1.0 + phase(k + 7) * 1.3);
        (x * across * 6.0 + phase(k + 3)).sin() * (y * down * 5.0 + phase(k + 11)).cos()
    };
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let value = |from: u32| {
            let sum: f64 = (from..from + 4).map(|k| wave(x, y, k)).sum();
            (128.0 + 60.0 * sum).clamp(0.0, 255.0) as u8
        };
        image::Rgb([value(0), value(1), value(2)])
    })
    .into()
}

/// The bytes of a picture in a format.
pub fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).expect("the picture is written");
    bytes
}

/// A textured picture as JPEG.
pub fn jpeg(seed: u32) -> Vec<u8> {
    encode(&landscape(seed, 320, 240), ImageFormat::Jpeg)
}

/// A textured picture as PNG.
pub fn png(seed: u32) -> Vec<u8> {
    encode(&landscape(seed, 320, 240), ImageFormat::Png)
}
