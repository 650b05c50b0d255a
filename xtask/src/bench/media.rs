//! What is measured with: JPEGs by formula, made once, of fixed seeds; or cut from pictures of somebody's own.

mod cuts;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use image::RgbImage;

use crate::demo::{jpeg, make};
use crate::pictures::Formula;
use crate::product::remove;
use cuts::Cuts;

const JPEG_QUALITY: u8 = 90;

/// Pictures of one size.
struct Series {
    folder: &'static str,
    size_px: (u32, u32),
    count: u32,
    /// Of the first one.
    seed: u32,
}

const LARGE: Series = Series { folder: "12-megapixel", size_px: (4000, 3000), count: 4, seed: 1 };
const MIDDLE: Series = Series { folder: "1-megapixel", size_px: (1152, 864), count: 1_000, seed: 1_000 };
const SMALL: Series = Series { folder: "entries", size_px: (192, 144), count: 10_000, seed: 100_000 };
const UPLOADS: Series = Series { folder: "uploads", size_px: (640, 480), count: 1_000, seed: 2_000_000 };
const ONE: Series = Series { folder: "one-small", size_px: (192, 144), count: 1, seed: 900_000 };

/// All that is measured with.
pub struct Media {
    /// Of 4000 x 3000 pixels.
    pub large: Vec<PathBuf>,
    /// Of 1152 x 864 pixels.
    pub middle: Vec<PathBuf>,
    /// A folder of 10,000 pictures of 192 x 144 pixels, to be known.
    pub entries: PathBuf,
    /// 1,000 pictures of 640 x 480 pixels that are not known.
    pub uploads: Vec<PathBuf>,
    /// One picture of 192 x 144 pixels that is not known.
    pub one: PathBuf,
}

/// Makes what is missing under `folder`. With `images`, what is checked and uploaded is cut anew from the pictures of
/// that folder.
pub fn make_all(folder: &Path, images: Option<&Path>) -> anyhow::Result<Media> {
    let (large, one) = (LARGE.draw(folder)?, ONE.draw(folder)?.remove(0));
    SMALL.draw(folder)?;
    let (middle, uploads) = match images {
        None => (MIDDLE.draw(folder)?, UPLOADS.draw(folder)?),
        Some(images) => {
            let folder = folder.join("cut");
            remove(&folder)?;
            (MIDDLE.cut(&folder, images)?, UPLOADS.cut(&folder, images)?)
        }
    };
    Ok(Media { large, middle, entries: folder.join(SMALL.folder), uploads, one })
}

impl Media {
    /// The folder of 1,000 pictures of a megapixel.
    pub fn middle_folder(&self) -> &Path {
        self.middle[0].parent().expect("files lie in folders")
    }
}

impl Series {
    fn draw(&self, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        self.make(folder, |k| Ok(Formula::Photo.draw(self.seed + k, self.size_px.0, self.size_px.1)))
    }

    fn cut(&self, folder: &Path, images: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let cuts = Cuts::read(images, self.size_px)?;
        self.make(folder, |k| cuts.cut(k))
    }

    fn make(
        &self,
        folder: &Path,
        picture: impl Fn(u32) -> anyhow::Result<RgbImage> + Sync,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let folder = folder.join(self.folder);
        fs_err::create_dir_all(&folder)?;
        let path = |k: u32| folder.join(format!("{k:05}.jpg"));
        let next = AtomicU32::new(0);
        let work = || {
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= self.count {
                    return anyhow::Ok(());
                }
                make(&path(k), || jpeg(&picture(k)?, JPEG_QUALITY))?;
            }
        };
        std::thread::scope(|scope| {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            started.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
        })?;
        Ok((0..self.count).map(path).collect())
    }
}
