//! Decoded 8-bit pixels, borrowed, with an optional region of interest.

/// How the bytes of a pixel are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// One byte of luma.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; the colours count as they stand, whatever the alpha.
    Rgba,
    /// As `Rgba`, laid on white first, as a page shows it.
    RgbaOnWhite,
    /// As `Rgba`, laid on black first, as a dark page shows it, and as many programs store it without alpha.
    RgbaOnBlack,
}

impl Channels {
    /// Bytes a pixel takes.
    pub fn size_bytes(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::RgbaOnWhite | Self::RgbaOnBlack => 4,
        }
    }

    /// What is seen where a picture is transparent, 0 to 255.
    fn ground(self) -> f32 {
        if self == Self::RgbaOnWhite { 255.0 } else { 0.0 }
    }
}

/// A rectangle in pixels: `x`, `y` of its upper left corner, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Width, at least 1 where it is used.
    pub width: usize,
    /// Height, at least 1 where it is used.
    pub height: usize,
}

/// The pixels do not make a picture of the stated size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{actual} bytes do not make a picture of {width} x {height} pixels")]
pub struct PictureError {
    /// Stated width in pixels.
    pub width: usize,
    /// Stated height in pixels.
    pub height: usize,
    /// Bytes given.
    pub actual: usize,
}

/// A view of 8-bit pixels in row-major order, rows packed without padding.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    pixels: &'a [u8],
    channels: Channels,
    stride: usize,
    region: Region,
}

impl<'a> Picture<'a> {
    /// All of `pixels`, which are `height` rows of `width` pixels.
    ///
    /// # Errors
    /// [`PictureError`] when a side is 0 or the length is not `width * height * channels`.
    pub fn new(
        pixels: &'a [u8],
        width: usize,
        height: usize,
        channels: Channels,
    ) -> Result<Self, PictureError> {
        let expected = width.checked_mul(height).and_then(|n| n.checked_mul(channels.size_bytes()));
        if width == 0 || height == 0 || expected != Some(pixels.len()) {
            return Err(PictureError { width, height, actual: pixels.len() });
        }
        let region = Region { x: 0, y: 0, width, height };
        Ok(Self { pixels, channels, stride: width, region })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.region.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.region.height
    }

    /// The part of this picture inside `region`, which must lie within it.
    #[must_use]
    pub fn crop(&self, region: Region) -> Self {
        assert!(region.x + region.width <= self.width() && region.y + region.height <= self.height());
        let (x, y) = (self.region.x + region.x, self.region.y + region.y);
        Self { region: Region { x, y, ..region }, ..*self }
    }

    /// Writes the luma (0 to 255, ITU-R BT.601 weights) of row `y` into `luma`, `width` values.
    #[inline]
    pub fn luma_row(&self, y: usize, luma: &mut [f32]) {
        let row = self.row(y);
        let weigh = |p: &[u8]| 0.299 * p[0] as f32 + 0.587 * p[1] as f32 + 0.114 * p[2] as f32;
        match self.channels {
            Channels::Gray => luma.iter_mut().zip(row).for_each(|(l, &p)| *l = p as f32),
            Channels::Rgb => luma.iter_mut().zip(row.chunks_exact(3)).for_each(|(l, p)| *l = weigh(p)),
            Channels::Rgba => luma.iter_mut().zip(row.chunks_exact(4)).for_each(|(l, p)| *l = weigh(p)),
            Channels::RgbaOnWhite | Channels::RgbaOnBlack => {
                let ground = self.channels.ground();
                luma.iter_mut().zip(row.chunks_exact(4)).for_each(|(l, p)| {
                    let alpha = p[3] as f32 / 255.0;
                    *l = alpha * weigh(p) + (1.0 - alpha) * ground;
                });
            }
        }
    }
    /// Writes luma and the differences of blue and of red from it (ITU-R BT.601: -128 to 128) of row `y` into
    /// `colours`, `width` values; grey has no differences.
    pub fn colour_row(&self, y: usize, colours: &mut [[f32; 3]]) {
        let of = |red: f32, green: f32, blue: f32| {
            let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
            [luma, 0.564 * (blue - luma), 0.713 * (red - luma)]
        };
        let size = self.channels.size_bytes();
        for (colour, pixel) in colours.iter_mut().zip(self.row(y).chunks_exact(size)) {
            let value = |channel: usize| f32::from(pixel[channel]);
            *colour = match self.channels {
                Channels::Gray => [value(0), 0.0, 0.0],
                Channels::Rgb | Channels::Rgba => of(value(0), value(1), value(2)),
                Channels::RgbaOnWhite | Channels::RgbaOnBlack => {
                    let ground = self.channels.ground();
                    let alpha = value(3) / 255.0;
                    let laid = |channel: usize| alpha * value(channel) + (1.0 - alpha) * ground;
                    of(laid(0), laid(1), laid(2))
                }
            };
        }
    }

    #[inline]
    fn row(&self, y: usize) -> &[u8] {
        let size = self.channels.size_bytes();
        let start = ((self.region.y + y) * self.stride + self.region.x) * size;
        &self.pixels[start..start + self.region.width * size]
    }
}
