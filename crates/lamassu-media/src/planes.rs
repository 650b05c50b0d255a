//! Raw frames with brightness and colours apart, as nearly all videos hold them (YCbCr 4:2:0, 8 bits, 16 to 235): red,
//! green and blue of every frame would be mixed only for its luma to be taken out of them again.
//!
//! Luma is that of ITU-R BT.601 whatever a video was coded with, as of any other picture. What BT.709 codes as
//! brightness is another mix of the colours; a share of its colour differences makes up for that.

use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

/// What a video's brightness and colour differences are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    /// ITU-R BT.601, which is also meant where nothing is said.
    Bt601,
    /// ITU-R BT.709.
    Bt709,
    /// Any other: `ffmpeg` turns it into BT.601, which costs more.
    Other,
}

/// How much red gains by a full red difference, how much green loses by a blue one and a red one, and how much blue
/// gains by a blue one.
struct Weights {
    red: f32,
    green: (f32, f32),
    blue: f32,
}

impl Matrix {
    /// What `ffprobe` names it.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("unknown" | "smpte170m" | "bt470bg") => Self::Bt601,
            Some("bt709") => Self::Bt709,
            Some(_) => Self::Other,
        }
    }

    /// Of what `ffmpeg` writes.
    fn weights(self) -> Weights {
        match self {
            Self::Bt601 | Self::Other => Weights { red: 1.402, green: (0.344_136, 0.714_136), blue: 1.772 },
            Self::Bt709 => Weights { red: 1.5748, green: (0.187_324, 0.468_124), blue: 1.8556 },
        }
    }
}

/// A frame of even sides.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    width: usize,
    luma: &'a [u8],
    blue: &'a [u8],
    red: &'a [u8],
    matrix: Matrix,
}

impl<'a> Planes<'a> {
    /// Bytes of a frame of this width and height: all of its brightness, and both differences for every four pixels.
    pub fn size_bytes((width, height): (u32, u32)) -> usize {
        width as usize * height as usize / 2 * 3
    }

    /// The frame in `bytes`, of which there are [`Planes::size_bytes`].
    pub fn new(bytes: &'a [u8], (width, height): (u32, u32), matrix: Matrix) -> Self {
        let pixels = width as usize * height as usize;
        let (luma, colours) = bytes.split_at(pixels);
        let (blue, red) = colours.split_at(pixels / 4);
        Self { width: width as usize, luma, blue, red, matrix }
    }

    /// Writes the luma of all pixels, by rows, 0 to 255.
    pub fn luma(&self, luma: &mut [u8]) {
        let Weights { red, green, blue } = self.matrix.weights();
        let by_blue = 0.114 * blue - 0.587 * green.0;
        let by_red = 0.299 * red - 0.587 * green.1;
        let half = self.width / 2;
        let mut more = vec![0.5; half];
        let rows = luma.chunks_exact_mut(self.width).zip(self.luma.chunks_exact(self.width));
        for (y, (luma, coded)) in rows.enumerate() {
            if self.matrix == Matrix::Bt709 && y.is_multiple_of(2) {
                let at = y / 2 * half..(y / 2 + 1) * half;
                let colours = self.blue[at.clone()].iter().zip(&self.red[at]);
                for (more, (&of_blue, &of_red)) in more.iter_mut().zip(colours) {
                    *more = by_blue * difference(of_blue) + by_red * difference(of_red) + 0.5;
                }
            }
            let pairs = luma.as_chunks_mut::<2>().0.iter_mut().zip(coded.as_chunks::<2>().0);
            for ((luma, coded), more) in pairs.zip(&more) {
                // Casts hold to 0 and 255.
                *luma = coded.map(|coded| (brightness(coded) + more) as u8);
            }
        }
    }

    /// Red, green and blue.
    pub fn colours(&self) -> RgbImage {
        let Weights { red, green, blue } = self.matrix.weights();
        let height = self.luma.len() / self.width;
        RgbImage::from_fn(self.width as u32, height as u32, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let at = y / 2 * (self.width / 2) + x / 2;
            let (of_blue, of_red) = (difference(self.blue[at]), difference(self.red[at]));
            let luma = brightness(self.luma[y * self.width + x]);
            let mixed =
                [luma + red * of_red, luma - green.0 * of_blue - green.1 * of_red, luma + blue * of_blue];
            Rgb(mixed.map(|value| value.round() as u8))
        })
    }
}

/// From 16 to 235 to 0 to 255.
fn brightness(coded: u8) -> f32 {
    (f32::from(coded) - 16.0) * (255.0 / 219.0)
}

/// From 16 to 240 to -127.5 to 127.5.
fn difference(coded: u8) -> f32 {
    (f32::from(coded) - 128.0) * (255.0 / 224.0)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::{Matrix, Planes};

    /// What a colour is coded as: brightness, blue and red difference.
    fn coded([red, green, blue]: [f32; 3], (of_red, of_blue): (f32, f32)) -> [u8; 3] {
        let luma = of_red * red + (1.0 - of_red - of_blue) * green + of_blue * blue;
        let difference = |colour: f32, share: f32| 128.0 + 112.0 / 255.0 * (colour - luma) / (1.0 - share);
        [16.0 + 219.0 / 255.0 * luma, difference(blue, of_blue), difference(red, of_red)]
            .map(|it| it.round() as u8)
    }

    #[test]
    fn colours_and_luma_are_those_that_were_coded_with_either_matrix() {
        let colours: [[f32; 3]; 7] = [
            [0.0, 0.0, 0.0],
            [255.0, 255.0, 255.0],
            [255.0, 0.0, 0.0],
            [0.0, 255.0, 0.0],
            [0.0, 0.0, 255.0],
            [200.0, 140.0, 60.0],
            [90.0, 90.0, 90.0],
        ];
        for (matrix, shares) in [
            (Matrix::Bt601, (0.299, 0.114)),
            (Matrix::Bt709, (0.2126, 0.0722)),
            (Matrix::Other, (0.299, 0.114)),
        ] {
            for colour in colours {
                let [luma, blue, red] = coded(colour, shares);
                let bytes = [&[luma; 8][..], &[blue; 2], &[red; 2]].concat();
                assert_eq!(bytes.len(), Planes::size_bytes((4, 2)));
                let planes = Planes::new(&bytes, (4, 2), matrix);
                let mut found = [0; 8];
                planes.luma(&mut found);
                let right = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
                assert!(found.iter().all(|&it| (f32::from(it) - right).abs() <= 1.5), "{colour:?} {found:?}");
                for Rgb(pixel) in planes.colours().pixels() {
                    let near = |(&a, b): (&u8, f32)| (f32::from(a) - b).abs() <= 2.5;
                    assert!(pixel.iter().zip(colour).all(near), "{matrix:?} {colour:?} {pixel:?}");
                }
            }
        }
    }

    #[test]
    fn each_pixel_has_the_colours_of_its_square() {
        let luma = [16, 235, 16, 235, 126, 126, 126, 126];
        let bytes = [&luma[..], &[128, 200], &[128, 60]].concat();
        let planes = Planes::new(&bytes, (4, 2), Matrix::Bt709);
        let mut found = [0; 8];
        planes.luma(&mut found);
        // 0.1016 * 72 - 0.1961 * 68, stretched by 255 / 224, is -6.9 more.
        assert_eq!(found, [0, 255, 0, 248, 128, 128, 121, 121]);
        assert_eq!(planes.colours().get_pixel(1, 0), &Rgb([255; 3]));
    }

    #[test]
    fn names_of_ffprobe() {
        for (name, matrix) in [
            (None, Matrix::Bt601),
            (Some("unknown"), Matrix::Bt601),
            (Some("smpte170m"), Matrix::Bt601),
            (Some("bt470bg"), Matrix::Bt601),
            (Some("bt709"), Matrix::Bt709),
            (Some("bt2020nc"), Matrix::Other),
            (Some("gbr"), Matrix::Other),
        ] {
            assert_eq!(Matrix::named(name), matrix, "{name:?}");
        }
    }
}
