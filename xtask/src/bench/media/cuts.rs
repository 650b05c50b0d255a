//! Parts of somebody's own pictures, of one size and never enlarged.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use image::RgbImage;
use image::imageops::{self, FilterType};

/// How much smaller each further part of a picture is, of all that it may be: steps by the golden ratio repeat nothing
/// and leave no gap.
const STEP: f32 = 0.618_034;

/// Pictures that are large enough.
pub struct Cuts {
    files: Vec<PathBuf>,
    size_px: (u32, u32),
}

impl Cuts {
    /// The pictures of a folder of which parts of this size can be cut.
    pub fn read(folder: &Path, size_px: (u32, u32)) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for file in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let path = file?.into_path();
            let is_large_enough = image::image_dimensions(&path)
                .is_ok_and(|(width, height)| width >= size_px.0 && height >= size_px.1);
            if is_large_enough {
                files.push(path);
            }
        }
        let (width, height) = size_px;
        ensure!(!files.is_empty(), "{} holds no picture of {width} x {height} or more", folder.display());
        Ok(Self { files, size_px })
    }

    /// The `k`-th part: of each picture in turn, and of each corner of it, larger and smaller ones.
    pub fn cut(&self, k: u32) -> anyhow::Result<RgbImage> {
        let count = self.files.len() as u32;
        let (file, part) = (&self.files[(k % count) as usize], k / count);
        let picture = image::open(file)?.into_rgb8();
        let (width, height) = self.size_px;
        let most = f32::min(picture.width() as f32 / width as f32, picture.height() as f32 / height as f32);
        let scale = 1.0 + (most - 1.0) * (1.0 - (part / 4) as f32 * STEP).rem_euclid(1.0);
        let (wide, high) = ((width as f32 * scale) as u32, (height as f32 * scale) as u32);
        let left = if part.is_multiple_of(2) { 0 } else { picture.width() - wide };
        let top = if part % 4 < 2 { 0 } else { picture.height() - high };
        let cut = imageops::crop_imm(&picture, left, top, wide, high).to_image();
        Ok(imageops::resize(&cut, width, height, FilterType::Triangle))
    }
}
