//! Disguises of which it is known where they put each place of a picture.

use image::RgbImage;

use crate::disguise::{DISGUISES, Disguise, PARTS};

/// A place in pixels from the upper left corner.
pub type Place = [f64; 2];

/// A disguise and where it puts places.
pub struct Change {
    name: &'static str,
    /// Where a place of a picture of these sides lies in the copy.
    place: fn(Place, [f64; 2]) -> Place,
}

/// Those that are compared.
pub const CHANGES: [Change; 8] = [
    Change { name: "quality-30", place: |at, _| at },
    Change { name: "half", place: |at, _| at.map(|it| it / 2.0) },
    Change { name: "turned", place: |[x, y], [_, height]| [height - y, x] },
    Change {
        name: "cropped",
        place: |[x, y], [width, height]| [x - (width / 10.0).floor(), y - (height * 0.3).floor()],
    },
    Change { name: "tilted", place: tilted },
    Change { name: "crop-quarter", place: quarter },
    Change {
        name: "pasted",
        place: |[x, y], [width, height]| [x * 0.3 + (width * 0.6).floor(), y * 0.3 + (height / 10.0).floor()],
    },
    Change { name: "perspective", place: perspective },
];

impl Change {
    /// What is done.
    pub fn disguise(&self) -> &'static Disguise {
        let all = DISGUISES.iter().chain(&PARTS);
        all.into_iter().find(|it| it.name == self.name).expect("a test looks every name up")
    }

    /// The copy, as it is decoded again.
    pub fn apply(&self, picture: &RgbImage) -> anyhow::Result<RgbImage> {
        Ok(image::load_from_memory(&self.disguise().apply(picture)?)?.into_rgb8())
    }

    /// Where a place of `picture` lies in the copy.
    pub fn place(&self, at: Place, picture: &RgbImage) -> Place {
        (self.place)(at, [f64::from(picture.width()), f64::from(picture.height())])
    }

    /// By how much it enlarges what is around a place.
    pub fn scale(&self, [x, y]: Place, picture: &RgbImage) -> f64 {
        let [own, right, below] = [[x, y], [x + 1.0, y], [x, y + 1.0]].map(|at| self.place(at, picture));
        let from = |at: Place| [at[0] - own[0], at[1] - own[1]];
        let (across, down) = (from(right), from(below));
        (across[0] * down[1] - across[1] * down[0]).abs().sqrt()
    }
}

fn tilted([x, y]: Place, [width, height]: [f64; 2]) -> Place {
    let (sin, cos) = 15.0_f64.to_radians().sin_cos();
    let (dx, dy) = (x - width / 2.0, y - height / 2.0);
    [width / 2.0 + dx * cos + dy * sin, height / 2.0 - dx * sin + dy * cos]
}

fn quarter([x, y]: Place, [width, height]: [f64; 2]) -> Place {
    let cut = |side: f64, share: f64| ((side - (side * 0.5).floor()) * share).floor();
    [x - cut(width, 2.0 / 3.0), y - cut(height, 1.0 / 3.0)]
}

fn perspective([x, y]: Place, [width, height]: [f64; 2]) -> Place {
    let across = x / width;
    let out = across / (1.5 - 0.5 * across);
    [out * width, height * (0.5 + (y / height - 0.5) / (1.0 + 0.5 * out))]
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::CHANGES;

    #[test]
    fn a_dot_lies_where_it_is_said_to() {
        for change in &CHANGES {
            // Large, so that it is seen at a third of its size; within what the crops leave.
            let at = [150.0, 118.0];
            let mut picture = RgbImage::from_pixel(240, 200, Rgb([20; 3]));
            for (x, y, pixel) in picture.enumerate_pixels_mut() {
                if (f64::from(x) + 0.5 - at[0]).hypot(f64::from(y) + 0.5 - at[1]) < 12.0 {
                    *pixel = Rgb([255, 0, 0]);
                }
            }
            let copy = change.apply(&picture).expect("it can be encoded");
            let (mut sum, mut whole) = ([0.0; 2], 0.0);
            for (x, y, pixel) in copy.enumerate_pixels() {
                if pixel[0] > 140 && pixel[1] < 90 && pixel[2] < 90 {
                    sum = [sum[0] + f64::from(x) + 0.5, sum[1] + f64::from(y) + 0.5];
                    whole += 1.0;
                }
            }
            let (found, said) = (sum.map(|it| it / whole), change.place(at, &picture));
            let off = (found[0] - said[0]).hypot(found[1] - said[1]);
            assert!(off < 1.0, "{}: {found:?}, said {said:?}", change.name);
            let scale = change.scale(at, &picture);
            let area = std::f64::consts::PI * 12.0 * 12.0 * scale * scale;
            assert!((whole / area - 1.0).abs() < 0.25, "{}: {whole} pixels of {area}", change.name);
        }
    }
}
