//! What people do to a picture so that it is not recognised.

mod parts;

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::demo::jpeg;

pub use parts::PARTS;

/// A way to disguise a picture.
pub struct Disguise {
    /// In file names.
    pub name: &'static str,
    /// In the table.
    pub done: &'static str,
    change: fn(&RgbImage) -> RgbImage,
    format: Format,
}

#[derive(Clone, Copy)]
enum Format {
    /// With its quality, 0 to 100.
    Jpeg(u8),
    Gif,
}

/// Disguises of whole pictures, and two of a large part.
pub const DISGUISES: [Disguise; 11] = [
    disguise("quality-30", "saved at JPEG quality 30", Clone::clone, Format::Jpeg(30)),
    disguise("half", "half the size", half, Format::Jpeg(80)),
    disguise("mirrored", "mirrored", imageops::flip_horizontal, Format::Jpeg(80)),
    disguise("turned", "turned by a quarter", imageops::rotate90, Format::Jpeg(80)),
    disguise("bordered", "white border of 12 %", bordered, Format::Jpeg(80)),
    disguise("letterboxed", "black bars above and below", letterboxed, Format::Jpeg(80)),
    disguise("captioned", "caption on a white band", captioned, Format::Jpeg(80)),
    disguise("grey", "greyscale", grey, Format::Jpeg(80)),
    disguise("gif", "GIF of 256 colours", half, Format::Gif),
    disguise("cropped", "cropped to 60 %", cropped, Format::Jpeg(80)),
    disguise("tilted", "tilted by 15 degrees", tilted, Format::Jpeg(80)),
];

const fn disguise(
    name: &'static str,
    done: &'static str,
    change: fn(&RgbImage) -> RgbImage,
    format: Format,
) -> Disguise {
    Disguise { name, done, change, format }
}

impl Disguise {
    /// The end of its files' names.
    pub fn extension(&self) -> &'static str {
        match self.format {
            Format::Jpeg(_) => "jpg",
            Format::Gif => "gif",
        }
    }

    /// The disguised picture as a file.
    pub fn apply(&self, picture: &RgbImage) -> anyhow::Result<Vec<u8>> {
        let changed = (self.change)(picture);
        match self.format {
            Format::Jpeg(quality) => jpeg(&changed, quality),
            Format::Gif => {
                let mut bytes = Cursor::new(Vec::new());
                DynamicImage::from(changed).into_rgba8().write_to(&mut bytes, ImageFormat::Gif)?;
                Ok(bytes.into_inner())
            }
        }
    }
}

fn half(picture: &RgbImage) -> RgbImage {
    imageops::resize(picture, picture.width() / 2, picture.height() / 2, FilterType::Triangle)
}

/// `picture` on a ground of one grey, with room around it: left and right, above, below.
fn on_ground(picture: &RgbImage, (side, above, below): (u32, u32, u32), grey: u8) -> RgbImage {
    let (width, height) = (picture.width() + 2 * side, picture.height() + above + below);
    let mut ground = RgbImage::from_pixel(width, height, Rgb([grey; 3]));
    imageops::replace(&mut ground, picture, i64::from(side), i64::from(above));
    ground
}

fn bordered(picture: &RgbImage) -> RgbImage {
    let side = picture.width() * 12 / 100;
    on_ground(picture, (side, side, side), 255)
}

fn letterboxed(picture: &RgbImage) -> RgbImage {
    let bar = picture.height() / 5;
    on_ground(picture, (0, bar, bar), 0)
}

/// Two lines of blocks as wide as words on a white band: no font is needed to be unreadable.
fn captioned(picture: &RgbImage) -> RgbImage {
    let band = picture.height() / 5;
    let mut ground = on_ground(picture, (0, band, 0), 255);
    let letter = band / 8;
    for line in 0..2 {
        let (top, mut left) = (band / 5 + line * band * 2 / 5, letter * 3);
        for word in 0..12_u32 {
            let letters = 2 + (word * 5 + line * 3) % 6;
            for glyph in 0..letters {
                for (x, y) in (0..letter * 3 / 5).flat_map(|x| (0..letter).map(move |y| (x, y))) {
                    let (x, y) = (left + glyph * letter + x, top + y);
                    if x < ground.width() * 9 / 10 && (x + y * 3) % 7 > 1 {
                        ground.put_pixel(x, y, Rgb([20; 3]));
                    }
                }
            }
            left += (letters + 1) * letter;
        }
    }
    ground
}

fn grey(picture: &RgbImage) -> RgbImage {
    DynamicImage::from(imageops::grayscale(picture)).into_rgb8()
}

fn cropped(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() * 6 / 10, picture.height() * 6 / 10);
    imageops::crop_imm(picture, picture.width() / 10, picture.height() * 3 / 10, width, height).to_image()
}

fn tilted(picture: &RgbImage) -> RgbImage {
    let (sin, cos) = 15.0_f32.to_radians().sin_cos();
    let (middle_x, middle_y) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let (x, y) = (middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos);
        let inside = x >= 0.0 && y >= 0.0 && x < picture.width() as f32 && y < picture.height() as f32;
        if inside { *picture.get_pixel(x as u32, y as u32) } else { Rgb([0; 3]) }
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::{DISGUISES, PARTS, bordered, captioned, cropped};

    #[test]
    fn every_disguise_gives_a_picture() {
        let picture = RgbImage::from_fn(96, 72, |x, y| Rgb([x as u8, y as u8, 90]));
        for disguise in DISGUISES.iter().chain(&PARTS) {
            let bytes = disguise.apply(&picture).expect("it can be encoded");
            assert!(image::load_from_memory(&bytes).is_ok(), "{}", disguise.name);
        }
    }

    #[test]
    fn sizes() {
        let picture = RgbImage::new(100, 50);
        assert_eq!(bordered(&picture).dimensions(), (124, 74));
        assert_eq!(captioned(&picture).dimensions(), (100, 60));
        assert_eq!(cropped(&picture).dimensions(), (60, 30));
    }
}
