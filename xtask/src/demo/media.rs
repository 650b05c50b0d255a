//! The pictures of the demo: originals, disguised copies, innocent look-alikes.

use std::path::{Path, PathBuf};

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::{Expected, Original, Sample};
use crate::disguise::{DISGUISES, Disguise};
use crate::pictures::Formula;

/// Originals, three of each formula.
const ORIGINALS: u32 = 12;
/// Look-alikes, two of each formula.
const INNOCENT: u32 = 8;
const SIZE_PX: (u32, u32) = (960, 720);
/// JPEG quality of originals and look-alikes.
const QUALITY: u8 = 90;

/// The originals, made where they are missing.
pub fn pictures(folder: &Path) -> anyhow::Result<Vec<Original>> {
    fs_err::create_dir_all(folder.join("originals"))?;
    fs_err::create_dir_all(folder.join("samples"))?;
    let original = |number: u32| {
        let formula = formula(number);
        let path = folder.join(format!("originals/{number:02}-{}.jpg", formula.name()));
        make(&path, || jpeg(&formula.draw(number, SIZE_PX.0, SIZE_PX.1), QUALITY))?;
        Ok(Original { path, title: format!("Example Agency release {number:02}") })
    };
    (1..=ORIGINALS).map(original).collect()
}

/// Disguised copies of the originals, and look-alikes of other seeds, made where they are missing.
pub fn samples(folder: &Path, originals: &[Original]) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for (k, disguise) in DISGUISES.iter().enumerate() {
        // Two originals for each disguise, so that every original appears and formulas vary.
        for original in [&originals[k % originals.len()], &originals[(k + 5) % originals.len()]] {
            samples.push(copy(folder, disguise, original)?);
        }
    }
    for number in 1..=INNOCENT {
        let formula = formula(number);
        let path = folder.join(format!("samples/other-{number:02}-{}.jpg", formula.name()));
        make(&path, || jpeg(&formula.draw(1000 + number, SIZE_PX.0, SIZE_PX.1), QUALITY))?;
        samples.push(Sample {
            path,
            done: "another picture of the same kind".to_owned(),
            expected: Expected::Nothing,
        });
    }
    Ok(samples)
}

fn copy(folder: &Path, disguise: &Disguise, original: &Original) -> anyhow::Result<Sample> {
    let stem = original.path.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}-{}.{}", disguise.name, disguise.extension());
    let path = folder.join("samples").join(name);
    make(&path, || disguise.apply(&image::open(&original.path)?.into_rgb8()))?;
    let expected = Expected::Found(vec![original.title.clone()]);
    Ok(Sample { path, done: disguise.done.to_owned(), expected })
}

/// A JPEG of this quality, 0 to 100.
pub fn jpeg(picture: &RgbImage, quality: u8) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// Writes `path` whole or not at all, when it is not there.
pub fn make(path: &Path, bytes: impl FnOnce() -> anyhow::Result<Vec<u8>>) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    fs_err::write(&unfinished, bytes()?)?;
    Ok(fs_err::rename(&unfinished, path)?)
}

fn formula(number: u32) -> Formula {
    Formula::SHOWN[number as usize % Formula::SHOWN.len()]
}
