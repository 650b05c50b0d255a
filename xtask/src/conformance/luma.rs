//! The luma of large JPEGs beside all their colours: how many bits it costs to decode no more.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use image::RgbImage;
use image::imageops::{self, FilterType};
use lamassu_fingerprint::View;
use lamassu_media::{Jail, JailConfig, Limits, Precision, Purpose, Reading, Sealed, Wanted};

use super::pdq::{pictures, quantile, sorted};
use crate::demo::jpeg;
use crate::product::Product;

/// Pictures are enlarged to at least this many pixels.
const PIXELS_MIN: f64 = 12_000_000.0;
/// Pictures compared, spread evenly over the folder.
const PICTURES: usize = 132;
const JPEG_QUALITY: u8 = 85;
/// Enlarged with these in turn.
const FILTERS: [FilterType; 2] = [FilterType::CatmullRom, FilterType::Lanczos3];
/// Shapes beyond this are left out: their long side would pass the limits.
const RATIO_MAX: f64 = 6.0;

/// Classes of quality, each from here to the next.
const CLASSES: [u8; 3] = [0, 50, 80];
/// From this quality on pictures count.
const QUALITY_MIN: u8 = 50;
/// Farther apart than this is too far.
const DISTANCE_BITS_MAX: u32 = 6;
/// This share of the pictures that count may lie too far apart.
const FAR_PERCENT_MAX: usize = 1;

/// One picture, decoded both ways.
struct Comparison {
    path: PathBuf,
    /// By the full decode.
    quality: u8,
    distance_bits: u32,
}

/// Compares both decodes of enlarged pictures, prints a table, and says whether they agree.
#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
pub fn run(root: &Path, images: &Path) -> anyhow::Result<bool> {
    let all = pictures(images)?;
    let step = (all.len() / PICTURES).max(1);
    let paths: Vec<PathBuf> = all.into_iter().step_by(step).take(PICTURES).collect();
    let jail = jail(Product::build(root, PathBuf::new())?.binary);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let filter = FILTERS[next.load(Ordering::Relaxed) % FILTERS.len()];
            let compared = compare(&jail, path, filter);
            done.lock().expect("no thread panics while it holds this").push((path.clone(), compared));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut comparisons = Vec::new();
    for (path, compared) in done.into_inner().expect("no thread panicked") {
        match compared {
            Ok(comparison) => comparisons.push(comparison),
            Err(error) => println!("left out: {}: {error:#}", path.display()),
        }
    }
    ensure!(!comparisons.is_empty(), "no picture under {} could be compared", images.display());
    comparisons.sort_by(|a, b| a.path.cmp(&b.path));
    print_table(&comparisons);
    Ok(agree(&comparisons))
}

/// A jail of the release binary, with the usual limits.
pub fn jail(program: PathBuf) -> Jail {
    Jail::new(JailConfig {
        program,
        allow_without_landlock: false,
        fast_video: false,
        limits: Limits::default(),
    })
}

fn compare(jail: &Jail, path: &Path, filter: FilterType) -> anyhow::Result<Comparison> {
    let picture = image::ImageReader::open(path)?.with_guessed_format()?.decode()?.into_rgb8();
    let bytes = jpeg(&enlarged(&picture, filter)?, JPEG_QUALITY)?;
    let item = Sealed::copy(bytes.as_slice(), &std::env::temp_dir(), jail.limits())?;
    let read = |precision| jail.read(&item, Wanted::of(Purpose::Item, precision));
    let (luma, full) = (read(Precision::Luma)?, read(Precision::Full)?);
    ensure!(luma.precision == Precision::Luma, "all of its colours were decoded");
    let whole = |reading: &Reading| {
        let whole = reading.frames.iter().find(|frame| frame.view == View::Full).copied();
        whole.context("it has no fingerprint")
    };
    let (luma, full) = (whole(&luma)?, whole(&full)?);
    let distance_bits = luma.bits[0].distance(full.bits[0]);
    Ok(Comparison { path: path.to_owned(), quality: full.quality, distance_bits })
}

fn enlarged(picture: &RgbImage, filter: FilterType) -> anyhow::Result<RgbImage> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    ensure!(width.max(height) / width.min(height) <= RATIO_MAX, "it is too long for its width");
    let scale = (PIXELS_MIN / (width * height)).sqrt().max(1.0);
    let side = |pixels: f64| (pixels * scale).ceil() as u32;
    Ok(imageops::resize(picture, side(width), side(height), filter))
}

#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
fn print_table(comparisons: &[Comparison]) {
    println!("quality   pictures  median  90 %  99 %  max bits  over {DISTANCE_BITS_MAX} bits");
    for (k, &from) in CLASSES.iter().enumerate() {
        let below = CLASSES.get(k + 1).copied().unwrap_or(101);
        let class = || comparisons.iter().filter(move |c| (from..below).contains(&c.quality));
        let bits = sorted(class().map(|c| c.distance_bits));
        let far = bits.iter().filter(|bits| **bits > DISTANCE_BITS_MAX).count();
        println!(
            "{from:>2} to {:<3} {:>9} {:>7} {:>5} {:>5} {:>9} {far:>12}",
            below - 1,
            bits.len(),
            quantile(&bits, 50),
            quantile(&bits, 90),
            quantile(&bits, 99),
            quantile(&bits, 100),
        );
    }
}

/// Prints what is too far apart; true when that is little enough.
#[expect(clippy::print_stdout, reason = "what is wrong is what the tool is for")]
fn agree(comparisons: &[Comparison]) -> bool {
    let clear: Vec<&Comparison> = comparisons.iter().filter(|c| c.quality >= QUALITY_MIN).collect();
    let far: Vec<&&Comparison> = clear.iter().filter(|c| c.distance_bits > DISTANCE_BITS_MAX).collect();
    for comparison in &far {
        let Comparison { path, quality, distance_bits } = comparison;
        println!("too far: {} {distance_bits} bits at quality {quality}", path.display());
    }
    println!(
        "quality {QUALITY_MIN} and more: {} of {} over {DISTANCE_BITS_MAX} bits, at most {FAR_PERCENT_MAX} % may be",
        far.len(),
        clear.len()
    );
    far.len() * 100 <= clear.len() * FAR_PERCENT_MAX
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use image::RgbImage;
    use image::imageops::FilterType;

    use super::{Comparison, agree, enlarged};

    #[test]
    fn one_in_a_hundred_may_be_far() {
        let comparison = |quality, distance_bits| Comparison { path: PathBuf::new(), quality, distance_bits };
        let mut comparisons: Vec<Comparison> = (0..99).map(|_| comparison(50, 6)).collect();
        comparisons.extend([comparison(50, 7), comparison(49, 90)]);
        assert!(agree(&comparisons));
        comparisons.push(comparison(100, 7));
        assert!(!agree(&comparisons));
    }

    #[test]
    fn pictures_are_enlarged_in_their_shape() {
        let large = enlarged(&RgbImage::new(400, 300), FilterType::Nearest).expect("the shape is fine");
        assert_eq!(large.dimensions(), (4000, 3000));
        assert!(enlarged(&RgbImage::new(1000, 10), FilterType::Nearest).is_err());
    }
}
