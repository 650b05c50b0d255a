//! What calibration is made with: photographs of a folder, and drawn cards and flags, in two halves that share no source.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::cards::{self, OF_TEMPLATE, hash};
use crate::conformance::pdq::pictures;
use crate::groups::Groups;

/// Larger pictures are scaled down to this longer side.
const SIDE_PX_MAX: u32 = 800;
/// Smaller ones are passed over.
const SIDE_PX_MIN: u32 = 96;
/// Templates of cards and of flags, for so many photographs each.
const PHOTOGRAPHS_OF_TEMPLATE: usize = 8;
/// Flags are the same when they are so at this size.
const FLAG_PX: u32 = 12;

/// A picture that is banked and disguised.
#[derive(Debug, Clone)]
pub struct Original {
    /// What it is of: a photograph's group, or a template.
    pub source: String,
    picture: Picture,
}

#[derive(Debug, Clone)]
enum Picture {
    File(PathBuf),
    Words(u32, u32),
    Flag(u32, u32),
}

impl Original {
    /// Whether it is no photograph.
    pub fn is_drawn(&self) -> bool {
        !matches!(self.picture, Picture::File(_))
    }

    /// Whether a match of both is neither right nor wrong: photographs of one source.
    pub fn is_kin(&self, other: &Self) -> bool {
        self.source == other.source && !self.is_drawn()
    }

    /// Its pixels; none where it is too small or cannot be read.
    pub fn draw(&self) -> Option<RgbImage> {
        let path = match &self.picture {
            &Picture::Words(template, number) => return Some(cards::words(template, number)),
            &Picture::Flag(template, number) => return Some(cards::flag(template, number)),
            Picture::File(path) => path,
        };
        let picture = image::ImageReader::open(path).ok()?.with_guessed_format().ok()?.decode().ok()?;
        if picture.width().min(picture.height()) < SIDE_PX_MIN {
            return None;
        }
        let is_large = picture.width().max(picture.height()) > SIDE_PX_MAX;
        let picture = if is_large { picture.thumbnail(SIDE_PX_MAX, SIDE_PX_MAX) } else { picture };
        Some(picture.into_rgb8())
    }
}

/// The half to fit curves on and the one to judge them on.
#[derive(Debug)]
pub struct Halves {
    /// To fit on.
    pub fitting: Vec<Original>,
    /// To judge on.
    pub judging: Vec<Original>,
}

/// The originals, each in the half that the name of its source says, whatever else is in the folder: at most so many
/// photographs, and cards for them.
///
/// # Errors
/// When the folder cannot be read or holds too little.
pub fn halves(images: &Path, groups: &Groups, (pictures_max, seed): (usize, u32)) -> anyhow::Result<Halves> {
    let mut halves = Halves { fitting: Vec::new(), judging: Vec::new() };
    let named = |path: PathBuf| {
        let name = path.file_name().context("files have names")?.to_string_lossy().into_owned();
        anyhow::Ok((hash(sum(&name), 0), name, path))
    };
    let mut named = pictures(images)?.into_iter().map(named).collect::<anyhow::Result<Vec<_>>>()?;
    // Whatever is first by name is of one kind.
    named.sort();
    for (_, name, path) in named.into_iter().take(pictures_max) {
        halves.add(Original { source: groups.source(&name).to_owned(), picture: Picture::File(path) }, seed);
    }
    let templates = (halves.fitting.len() + halves.judging.len()) / PHOTOGRAPHS_OF_TEMPLATE;
    let mut flags = HashSet::new();
    for template in 0..u32::try_from(templates)? {
        // Other cards for every seed.
        let template = (template + seed * 1_000) % 1_000_000;
        for number in 0..OF_TEMPLATE {
            let source = format!("words {template}");
            halves.add(Original { source, picture: Picture::Words(template, number) }, seed);
            if flags.insert(upright(&cards::flag(template, number))) {
                let source = format!("flag {template}");
                halves.add(Original { source, picture: Picture::Flag(template, number) }, seed);
            }
        }
    }
    let too_few = halves.fitting.len().min(halves.judging.len()) < 4;
    ensure!(!too_few, "{} holds too few pictures", images.display());
    Ok(halves)
}

impl Halves {
    fn add(&mut self, original: Original, seed: u32) {
        let half = if is_for_fitting(&original.source, seed) { &mut self.fitting } else { &mut self.judging };
        half.push(original);
    }
}

/// By the name alone, mixed with the seed.
fn is_for_fitting(source: &str, seed: u32) -> bool {
    hash(sum(source), seed).is_multiple_of(2)
}

/// FNV-1a.
fn sum(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(16_777_619))
}

/// The same for a flag however it is turned or mirrored.
fn upright(flag: &RgbImage) -> Vec<u8> {
    let small = imageops::resize(flag, FLAG_PX, FLAG_PX, FilterType::Nearest);
    let mirrored = imageops::flip_horizontal(&small);
    let turned = |it: &RgbImage| {
        [it.clone(), imageops::rotate90(it), imageops::rotate180(it), imageops::rotate270(it)]
    };
    let all = turned(&small).into_iter().chain(turned(&mirrored)).map(RgbImage::into_raw);
    all.min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use image::imageops;

    use super::{halves, is_for_fitting, upright};
    use crate::calibrate::cards;
    use crate::groups::Groups;
    use crate::pictures::Formula;

    #[test]
    fn halves_share_no_source_and_do_not_depend_on_the_rest() {
        let folder = tempfile::tempdir().expect("there is room");
        for k in 0..12 {
            let picture = Formula::Plasma.draw(k, 120, 100);
            picture.save(folder.path().join(format!("room-{k}.png"))).expect("it can be written");
        }
        let groups = Groups::of("room-1*\troom").expect("a line");
        let before = halves(folder.path(), &groups, (usize::MAX, 3)).expect("enough");
        let of = |all: &[super::Original]| all.iter().map(|it| it.source.clone()).collect::<Vec<_>>();
        let (fitting, judging) = (of(&before.fitting), of(&before.judging));
        assert!(fitting.iter().all(|source| !judging.contains(source)));
        assert_eq!(fitting.iter().chain(&judging).filter(|source| *source == "room").count(), 3);
        fs_err::remove_file(folder.path().join("room-0.png")).expect("it is there");
        let after = halves(folder.path(), &groups, (usize::MAX, 3)).expect("enough");
        assert!(of(&after.fitting).iter().all(|source| fitting.contains(source)));
        assert!((0..40).any(|k| is_for_fitting("room", k)) && (0..40).any(|k| !is_for_fitting("room", k)));
    }

    #[test]
    fn a_turned_flag_is_the_same() {
        let flag = cards::flag(5, 0);
        assert_eq!(upright(&flag), upright(&imageops::rotate180(&imageops::flip_horizontal(&flag))));
        assert_ne!(upright(&flag), upright(&cards::flag(5, 1)));
    }
}
