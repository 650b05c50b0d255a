//! Which features of a picture are found again in its copy.

use std::ops::AddAssign;

use image::RgbImage;

use super::Made;
use super::changes::{Change, Place};

/// A feature: x, y, and the standard deviation of its blur, in pixels.
pub type Spot = [f64; 3];

/// A feature at most this far from where the change puts it is in its place, in pixels.
const OFF_PX_MAX: f64 = 2.0;
/// Its size may be larger or smaller by this factor.
const SIZE_RATIO_MAX: f64 = 1.5;

/// How many features there are to be found again.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Features that the copy shows.
    visible: u32,
    /// Those of them that are found in their place.
    again: u32,
    /// Those of them whose nearest description is that of one in their place.
    described: u32,
}

impl Count {
    /// The share that is found again.
    pub fn again(self) -> f64 {
        f64::from(self.again) / f64::from(self.visible.max(1))
    }

    /// The share that is told by its description, too.
    pub fn described(self) -> f64 {
        f64::from(self.described) / f64::from(self.visible.max(1))
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.visible += other.visible;
        self.again += other.again;
        self.described += other.described;
    }
}

/// Counts the features of `picture` that lie in `copy`.
pub fn count(made: &Made, picture: &RgbImage, copy: &RgbImage, change: &Change) -> Count {
    let mut count = Count::default();
    for (known, nearest) in made.known.iter().zip(&made.nearest) {
        let at = [known[0], known[1]];
        let there = change.place(at, picture);
        let sides = [copy.width(), copy.height()].map(f64::from);
        if there.iter().zip(sides).any(|(at, side)| *at < 0.0 || *at > side) {
            continue;
        }
        let size = known[2] * change.scale(at, picture);
        let fits = |seen: &Spot| is_there(seen, there, size);
        count.visible += 1;
        count.again += u32::from(made.seen.iter().any(fits));
        count.described += u32::from(nearest.is_some_and(|nearest| fits(&made.seen[nearest])));
    }
    count
}

fn is_there(seen: &Spot, there: Place, size: f64) -> bool {
    let ratio = (seen[2] / size).max(size / seen[2]);
    (seen[0] - there[0]).hypot(seen[1] - there[1]) <= OFF_PX_MAX && ratio <= SIZE_RATIO_MAX
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::super::Made;
    use super::super::changes::CHANGES;
    use super::{Count, count};

    #[test]
    fn features_count_where_the_copy_shows_them() {
        let picture = RgbImage::new(100, 80);
        let half = CHANGES.iter().find(|it| it.disguise().name == "half").expect("it is one of them");
        let copy = RgbImage::new(50, 40);
        let made = Made {
            known: vec![[20.0, 40.0, 4.0], [60.0, 20.0, 4.0], [90.0, 70.0, 4.0]],
            // In its place; in its place but too large; elsewhere.
            seen: vec![[10.5, 20.0, 2.2], [30.0, 10.0, 3.5], [20.0, 5.0, 2.0]],
            nearest: vec![Some(0), Some(1), None],
            cpu_ms: [0.0; 2],
        };
        let counted = count(&made, &picture, &copy, half);
        assert_eq!(counted, Count { visible: 3, again: 1, described: 1 });
        let crop = CHANGES.iter().find(|it| it.disguise().name == "crop-quarter").expect("one of them");
        let visible = count(&made, &picture, &RgbImage::new(50, 40), crop).visible;
        assert_eq!(visible, 1, "the other two are cut off");
    }
}
