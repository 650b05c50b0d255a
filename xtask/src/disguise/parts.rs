//! Disguises of which a picture is only a part, or that turn what is left of it.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::{Disguise, Format, captioned, disguise};

/// Those for which hashes of the whole picture are no help.
pub const PARTS: [Disguise; 9] = [
    disguise("crop-half", "cropped to half its area", half_area, Format::Jpeg(80)),
    disguise("crop-quarter", "cropped to a quarter of its area", quarter_area, Format::Jpeg(80)),
    disguise("pasted", "pasted into something else at 30 % of its width", pasted, Format::Jpeg(80)),
    disguise("collage", "one of four in a collage", collage, Format::Jpeg(80)),
    disguise("screenshot", "in an app's window on a screen", screenshot, Format::Jpeg(80)),
    disguise("mark", "a mark over a fifth of it", marked, Format::Jpeg(80)),
    disguise("perspective", "as filmed from the side", perspective, Format::Jpeg(80)),
    disguise("mirrored-caption", "mirrored, with a caption", mirrored_caption, Format::Jpeg(60)),
    disguise("hard", "cropped, turned, mirrored, darkened, small", hard, Format::Jpeg(40)),
];

/// A part of this share of each side, away from the middle.
fn part(picture: &RgbImage, share: f32) -> RgbImage {
    let [width, height] = [picture.width(), picture.height()].map(|side| (side as f32 * share) as u32);
    let left = (picture.width() - width) * 2 / 3;
    imageops::crop_imm(picture, left, (picture.height() - height) / 3, width, height).to_image()
}

fn half_area(picture: &RgbImage) -> RgbImage {
    part(picture, 0.71)
}

fn quarter_area(picture: &RgbImage) -> RgbImage {
    part(picture, 0.5)
}

/// Something else of this size: stripes, discs and noise, the same every time.
fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
    crate::pictures::Formula::Photo.draw(7_000_000 + seed, width, height)
}

fn pasted(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let mut ground = scene(width, height, 1);
    let small =
        imageops::resize(picture, (width * 3 / 10).max(1), (height * 3 / 10).max(1), FilterType::Triangle);
    imageops::replace(&mut ground, &small, i64::from(width * 6 / 10), i64::from(height / 10));
    ground
}

fn collage(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    let mut ground = RgbImage::from_pixel(2 * width, 2 * height, Rgb([255; 3]));
    let small = imageops::resize(picture, width - 4, height - 4, FilterType::Triangle);
    for (k, (x, y)) in [(0, 0), (1, 0), (0, 1), (1, 1)].into_iter().enumerate() {
        let tile = if k == 2 { small.clone() } else { scene(width - 4, height - 4, 2 + k as u32) };
        imageops::replace(&mut ground, &tile, i64::from(x * width), i64::from(y * height));
    }
    ground
}

/// A phone's screen: bars, the picture as wide as the screen, lines of text below.
fn screenshot(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width(), picture.width() * 2);
    let mut ground = RgbImage::from_pixel(width, height, Rgb([246, 247, 249]));
    let bar = height / 16;
    let block = |ground: &mut RgbImage, [left, top, right, bottom]: [u32; 4], grey: u8| {
        for y in top..bottom.min(height) {
            for x in left..right.min(width) {
                ground.put_pixel(x, y, Rgb([grey; 3]));
            }
        }
    };
    block(&mut ground, [0, 0, width, bar / 2], 40);
    block(&mut ground, [bar / 4, bar, bar, bar * 7 / 4], 170);
    block(&mut ground, [bar * 5 / 4, bar * 5 / 4, width / 2, bar * 3 / 2], 90);
    imageops::replace(&mut ground, picture, 0, i64::from(bar * 2));
    let below = bar * 2 + picture.height();
    for line in 0..6 {
        let top = below + bar / 3 + line * bar / 2;
        block(&mut ground, [bar / 4, top, width * (9 - line % 4) / 10, top + bar / 5], 120);
    }
    ground
}

/// A disc with a bar across it in a corner.
fn marked(picture: &RgbImage) -> RgbImage {
    let mut marked = picture.clone();
    let size = marked.width().min(marked.height()) * 45 / 100;
    let (left, top) = (marked.width() - size, marked.height() - size);
    let middle = size as f32 / 2.0;
    for y in 0..size {
        for x in 0..size {
            let off = (x as f32 - middle).hypot(y as f32 - middle) / middle;
            let grey = if y.abs_diff(size / 2) < size / 10 { 250 } else { 30 };
            if off < 1.0 {
                marked.put_pixel(left + x, top + y, Rgb([grey, grey, 60]));
            }
        }
    }
    marked
}

/// The right side two thirds as high as the left one.
fn perspective(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let across = x as f32 / width;
        let w = 1.0 + 0.5 * across;
        let (u, v) = (across * 1.5 / w, 0.5 + (y as f32 / height - 0.5) * w);
        let inside = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
        if inside { *picture.get_pixel((u * width) as u32, (v * height) as u32) } else { Rgb([24; 3]) }
    })
}

fn mirrored_caption(picture: &RgbImage) -> RgbImage {
    captioned(&imageops::flip_horizontal(picture))
}

fn hard(picture: &RgbImage) -> RgbImage {
    let turned = super::tilted(&imageops::flip_horizontal(&part(picture, 0.75)));
    let small = imageops::resize(&turned, turned.width() / 2, turned.height() / 2, FilterType::Triangle);
    imageops::brighten(&small, -40)
}
