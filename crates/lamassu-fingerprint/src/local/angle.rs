//! Angles from basic arithmetic, so that all processors agree on the last bit.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// The angle of a vector, 0 to below 2π; off by less than 0.002.
#[inline(always)]
pub fn of_vector(x: f32, y: f32) -> f32 {
    let (a, b) = (x.abs(), y.abs());
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    // Never 0 / 0, and selections instead of branches, so that many angles are computed side by side.
    let t = small / large.max(f32::MIN_POSITIVE);
    let octant = t * (FRAC_PI_4 + (1.0 - t) * (0.2447 + 0.0663 * t));
    let quarter = if a < b { FRAC_PI_2 - octant } else { octant };
    let half = if x < 0.0 { PI - quarter } else { quarter };
    let whole = if y < 0.0 { TAU - half } else { half };
    if whole >= TAU { 0.0 } else { whole }
}

/// Cosine and sine of an angle of 0 to 2π; off by less than 0.00001.
pub fn cos_sin(angle: f32) -> (f32, f32) {
    // A whole number of quarter turns, and a rest of at most an eighth of a turn.
    let quarters = (angle / FRAC_PI_2 + 0.5) as u32;
    let rest = angle - quarters as f32 * FRAC_PI_2;
    let square = rest * rest;
    let sin = rest * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0)));
    let cos = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0)));
    match quarters % 4 {
        0 => (cos, sin),
        1 => (-sin, cos),
        2 => (-cos, -sin),
        _ => (sin, -cos),
    }
}

/// In 256ths of a turn.
pub fn to_byte(angle: f32) -> u8 {
    ((angle / TAU * 256.0 + 0.5) as u32 % 256) as u8
}

#[cfg(test)]
mod tests {
    use super::{cos_sin, of_vector};

    #[test]
    fn angles_are_near_those_of_the_library() {
        for k in 0..10_000 {
            let angle = k as f32 * std::f32::consts::TAU / 10_000.0;
            let (cos, sin) = cos_sin(angle);
            assert!((cos - angle.cos()).abs() < 1e-5 && (sin - angle.sin()).abs() < 1e-5, "{angle}");
            let back = of_vector(cos * 3.0, sin * 3.0);
            let off = (back - angle).abs();
            assert!(off.min(std::f32::consts::TAU - off) < 0.002, "{angle} {back}");
        }
    }
}
