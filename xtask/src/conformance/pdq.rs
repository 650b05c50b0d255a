//! PDQ beside Meta's own implementation, on any folder of pictures.
#![expect(
    clippy::disallowed_methods,
    reason = "the reference is a Python program; this is a tool, not the product"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use lamassu_fingerprint::pdq::{DihedralPdq, Orientation, pdq};
use lamassu_fingerprint::{Bits256, Channels, Picture};
use walkdir::WalkDir;

const REFERENCE: &str = include_str!("pdq_reference.py");

/// The packages that `REFERENCE` needs.
const PACKAGES: [&str; 3] = ["numpy==2.2.6", "pdqhash==0.2.8", "pillow==13.0.0"];

const EXTENSIONS: [&str; 8] = ["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

/// Classes of the reference's quality, each from here to the next.
const CLASSES: [u8; 3] = [0, 50, 80];

/// Meta's tolerance for a conforming implementation, in bits, which holds from the last class on.
const DISTANCE_BITS_MAX: u32 = 10;

/// Largest median distance of all pictures, in bits: beyond it the difference is no rounding.
const MEDIAN_BITS_MAX: u32 = 2;

/// What the two say about one picture.
struct Comparison {
    path: PathBuf,
    reference_quality: u8,
    quality_difference: u8,
    /// Upright, mirrored, turned by a quarter: in bits.
    distances: [u32; 3],
}

/// Compares all pictures under `images`, prints a table, and says whether ours conforms.
#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
pub fn run(root: &Path, images: &Path) -> anyhow::Result<bool> {
    let paths = pictures(images)?;
    let reference = reference(root, &paths)?;
    let mut comparisons = Vec::new();
    for (path, reference) in paths.into_iter().zip(reference) {
        match (reference, ours(&path)) {
            (Some(reference), Ok(ours)) => comparisons.push(compare(path, &reference, &ours)),
            (_, ours) => println!(
                "left out: {}{}",
                path.display(),
                ours.err().map_or(String::new(), |e| format!(": {e:#}"))
            ),
        }
    }
    ensure!(!comparisons.is_empty(), "no picture under {} could be compared", images.display());
    print_table(&comparisons);
    Ok(conforms(&comparisons))
}

/// The pictures under a folder, by their names.
pub fn pictures(images: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for found in WalkDir::new(images).sort_by_file_name() {
        let path =
            found.context("the folder of pictures cannot be read; name one with --images")?.into_path();
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str())) {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Quality and hashes of one picture by the reference.
struct Reference {
    quality: u8,
    bits: [Bits256; 3],
}

/// Runs the reference on all pictures in one process; none for a picture it cannot read.
fn reference(root: &Path, paths: &[PathBuf]) -> anyhow::Result<Vec<Option<Reference>>> {
    let python = environment(root)?;
    let mut child =
        Command::new(python).args(["-c", REFERENCE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let list: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    // The reference reads all of its input before it answers, so this cannot block for ever.
    child.stdin.take().context("the input is piped")?.write_all(list.join("\n").as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the reference failed: {}", output.status);
    let answers: Vec<_> =
        String::from_utf8(output.stdout)?.lines().map(parse).collect::<anyhow::Result<_>>()?;
    ensure!(answers.len() == paths.len(), "{} answers for {} pictures", answers.len(), paths.len());
    Ok(answers)
}

fn parse(line: &str) -> anyhow::Result<Option<Reference>> {
    if line.is_empty() {
        return Ok(None);
    }
    let cells: Vec<&str> = line.split('\t').collect();
    let [quality, hashes @ ..] = cells.as_slice() else { anyhow::bail!("not an answer: {line}") };
    let bits: Vec<Bits256> = hashes.iter().map(|hash| hash.parse()).collect::<Result<_, _>>()?;
    let bits = bits.try_into().ok().context("three hashes a picture")?;
    Ok(Some(Reference { quality: quality.parse()?, bits }))
}

/// The interpreter with Meta's own implementation.
pub fn environment(root: &Path) -> anyhow::Result<PathBuf> {
    crate::python::environment(root, "import numpy, pdqhash, PIL", &PACKAGES)
}

fn ours(path: &Path) -> anyhow::Result<DihedralPdq> {
    let rgb = image::ImageReader::open(path)?.with_guessed_format()?.decode()?.into_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    Ok(pdq(&Picture::new(&rgb, width, height, Channels::Rgb)?)?)
}

fn compare(path: PathBuf, reference: &Reference, ours: &DihedralPdq) -> Comparison {
    let [upright, mirrored, quarter] = reference.bits;
    let distance = |orientation, bits: Bits256| bits.distance(ours.bits[orientation as usize]);
    Comparison {
        path,
        reference_quality: reference.quality,
        quality_difference: reference.quality.abs_diff(ours.quality),
        distances: [
            distance(Orientation::Upright, upright),
            distance(Orientation::Mirrored, mirrored),
            distance(Orientation::Quarter, quarter),
        ],
    }
}

#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
fn print_table(comparisons: &[Comparison]) {
    println!("quality   pictures  orientation  median  99 %  max bits  max quality difference");
    for (k, &from) in CLASSES.iter().enumerate() {
        let below = CLASSES.get(k + 1).copied().unwrap_or(101);
        let class: Vec<&Comparison> =
            comparisons.iter().filter(|c| (from..below).contains(&c.reference_quality)).collect();
        for (at, name) in ["upright", "mirrored", "quarter"].into_iter().enumerate() {
            let distances = sorted(class.iter().map(|c| c.distances[at]));
            let quality = class.iter().map(|c| c.quality_difference).max().unwrap_or(0);
            println!(
                "{from:>2} to {:<3} {:>9}  {name:<11} {:>7} {:>5} {:>9} {quality:>23}",
                below - 1,
                class.len(),
                quantile(&distances, 50),
                quantile(&distances, 99),
                quantile(&distances, 100),
            );
        }
    }
}

/// Prints what is wrong; true when nothing.
#[expect(clippy::print_stdout, reason = "what is wrong is what the tool is for")]
fn conforms(comparisons: &[Comparison]) -> bool {
    let clear = CLASSES[CLASSES.len() - 1];
    let far: Vec<&Comparison> = comparisons
        .iter()
        .filter(|c| c.reference_quality >= clear && c.distances.iter().any(|&bits| bits > DISTANCE_BITS_MAX))
        .collect();
    for comparison in &far {
        println!("too far: {} {:?} bits", comparison.path.display(), comparison.distances);
    }
    let median = quantile(&sorted(comparisons.iter().map(|c| c.distances[0])), 50);
    println!(
        "median of all pictures: {median} bits, at most {MEDIAN_BITS_MAX}; too far: {}, at most 0",
        far.len()
    );
    far.is_empty() && median <= MEDIAN_BITS_MAX
}

/// For [`quantile`].
pub fn sorted(distances: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut distances: Vec<u32> = distances.collect();
    distances.sort_unstable();
    distances
}

/// The smallest of `sorted` that `percent` of them do not exceed; 0 of nothing.
pub fn quantile(sorted: &[u32], percent: usize) -> u32 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Comparison, conforms, parse, quantile};

    fn comparison(reference_quality: u8, bits: u32) -> Comparison {
        Comparison { path: PathBuf::new(), reference_quality, quality_difference: 0, distances: [bits, 0, 0] }
    }

    #[test]
    fn quantiles() {
        assert_eq!([50, 99, 100].map(|percent| quantile(&[1, 2, 3, 4], percent)), [2, 4, 4]);
        assert_eq!(quantile(&[], 50), 0);
        assert_eq!(quantile(&[7], 50), 7);
    }

    #[test]
    fn what_does_not_conform_fails() {
        assert!(conforms(&[comparison(80, 10), comparison(90, 0), comparison(79, 200), comparison(80, 2)]));
        assert!(!conforms(&[comparison(80, 11), comparison(90, 0), comparison(90, 0)]), "one is too far");
        assert!(!conforms(&[comparison(90, 3), comparison(90, 3)]), "the median is too high");
    }

    #[test]
    fn answers_are_read() {
        let hash = "0f".repeat(32);
        let good = parse(&format!("77\t{hash}\t{hash}\t{hash}")).expect("this is an answer");
        assert_eq!(good.map(|reference| reference.quality), Some(77));
        assert!(parse("").is_ok_and(|answer| answer.is_none()));
        for bad in
            ["77".to_owned(), format!("77\t{hash}"), "x".to_owned(), format!("300\t{hash}\t{hash}\t{hash}")]
        {
            assert!(parse(&bad).is_err(), "{bad}");
        }
    }
}
