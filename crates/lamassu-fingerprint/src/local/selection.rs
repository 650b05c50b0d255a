//! Which extrema become features: the salient ones, spread over the picture and over scales.

use super::extrema::Keypoint;

/// Cells along the longer side of a picture.
const CELLS: usize = 8;
/// Each extremum of a cell counts for so much less than the one before.
const CELL_DECAY: f32 = 0.93;

/// The best `count` of `keypoints`, best first.
pub fn select(keypoints: Vec<Keypoint>, count: usize) -> Vec<Keypoint> {
    let mut keypoints: Vec<(f32, Keypoint)> =
        keypoints.into_iter().map(|keypoint| (salience(&keypoint), keypoint)).collect();
    keypoints.sort_unstable_by(|(salience, a), (other, b)| {
        other
            .total_cmp(salience)
            .then(a.octave.cmp(&b.octave))
            .then(a.y.total_cmp(&b.y))
            .then(a.x.total_cmp(&b.x))
    });
    let reach = keypoints
        .iter()
        .map(|(_, keypoint)| place(keypoint))
        .fold(1.0_f32, |reach, (x, y)| reach.max(x.max(y)));
    let mut cells = [[0_u32; CELLS]; CELLS];
    let mut ranked: Vec<(f32, Keypoint)> = keypoints
        .into_iter()
        .map(|(salience, keypoint)| {
            let (x, y) = place(&keypoint);
            let cell = |at: f32| ((at / reach * CELLS as f32) as usize).min(CELLS - 1);
            let before = &mut cells[cell(y)][cell(x)];
            let weight = (0..(*before).min(80)).fold(1.0, |weight, _| weight * CELL_DECAY);
            *before += 1;
            (salience * weight, keypoint)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.truncate(count);
    ranked.into_iter().map(|(_, keypoint)| keypoint).collect()
}

/// Place in pixels of the first octave.
fn place(keypoint: &Keypoint) -> (f32, f32) {
    let stretch = (1_u32 << keypoint.octave) as f32;
    (keypoint.x * stretch, keypoint.y * stretch)
}

/// Larger features are fewer and survive more: they count for more.
fn salience(keypoint: &Keypoint) -> f32 {
    keypoint.contrast * (keypoint.sigma * (1_u32 << keypoint.octave) as f32).sqrt()
}
