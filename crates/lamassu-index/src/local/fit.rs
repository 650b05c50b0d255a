//! Maps of the plane, fitted to pairs of places.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

/// A place.
pub type Point = [f32; 2];

/// A place and where it was seen.
pub type Pair = (Point, Point);

/// A projective map, row by row; the last number is 1 but for rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Map(pub [[f64; 3]; 3]);

impl Map {
    /// Turning and enlarging by the complex number `(a, b)`, then moving.
    pub fn similarity(a: f64, b: f64, moved: [f64; 2]) -> Self {
        Self([[a, -b, moved[0]], [b, a, moved[1]], [0.0, 0.0, 1.0]])
    }

    /// Scaling of the axes, then moving.
    pub fn scaling(x: f64, y: f64, moved: [f64; 2]) -> Self {
        Self([[x, 0.0, moved[0]], [0.0, y, moved[1]], [0.0, 0.0, 1.0]])
    }

    /// Where a place goes; nothing for one beyond the horizon.
    pub fn apply(&self, [x, y]: Point) -> Option<Point> {
        let [p, q, r] = self.0.map(|row| row[0] * f64::from(x) + row[1] * f64::from(y) + row[2]);
        (r > 1e-6).then(|| [(p / r) as f32, (q / r) as f32])
    }

    /// First `first`, then this one.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let cell = |i: usize, j: usize| (0..3).map(|k| self.0[i][k] * first.0[k][j]).sum();
        Self(std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j))))
    }

    /// The way back; nothing if there is none.
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor = |i: usize, j: usize| {
            let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
            m[a][c] * m[b][d] - m[a][d] * m[b][c]
        };
        let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
        if determinant.abs() < 1e-12 {
            return None;
        }
        let inverse: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / determinant));
        let last = inverse[2][2];
        (last.abs() > 1e-9).then(|| Self(inverse.map(|row| row.map(|v| v / last))))
    }

    /// How it turns and stretches around a place: the partial derivatives, by row.
    pub fn derivative(&self, [x, y]: Point) -> [[f64; 2]; 2] {
        let m = &self.0;
        let [p, q, r] = m.map(|row| row[0] * f64::from(x) + row[1] * f64::from(y) + row[2]);
        let cell = |row: usize, value: f64, k: usize| (m[row][k] * r - value * m[2][k]) / (r * r);
        [[cell(0, p, 0), cell(0, p, 1)], [cell(1, q, 0), cell(1, q, 1)]]
    }
}

/// The similarity nearest to the pairs in squares; nothing for fewer than two places.
pub fn similarity(pairs: &[Pair]) -> Option<Map> {
    let (from, to) = middles(pairs)?;
    let (mut dot, mut cross, mut square) = (0.0, 0.0, 0.0);
    for (p, q) in pairs {
        let [x, y] = [0, 1].map(|k| f64::from(p[k]) - from[k]);
        let [u, v] = [0, 1].map(|k| f64::from(q[k]) - to[k]);
        dot += x * u + y * v;
        cross += x * v - y * u;
        square += x * x + y * y;
    }
    if square < 1e-9 {
        return None;
    }
    let (a, b) = (dot / square, cross / square);
    Some(Map::similarity(a, b, [to[0] - a * from[0] + b * from[1], to[1] - b * from[0] - a * from[1]]))
}

/// The affine map nearest to the pairs in squares; nothing when they lie on a line.
pub fn affine(pairs: &[Pair]) -> Option<Map> {
    let (from, to) = middles(pairs)?;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let mut sums = [[0.0; 2]; 2];
    for (p, q) in pairs {
        let [x, y] = [0, 1].map(|k| f64::from(p[k]) - from[k]);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        for (k, sum) in sums.iter_mut().enumerate() {
            let u = f64::from(q[k]) - to[k];
            sum[0] += x * u;
            sum[1] += y * u;
        }
    }
    let determinant = xx * yy - xy * xy;
    if determinant <= 1e-4 * (xx + yy) * (xx + yy) {
        return None;
    }
    let rows = [0, 1].map(|k| {
        let [a, b] = sums[k];
        let row = [(a * yy - b * xy) / determinant, (b * xx - a * xy) / determinant];
        [row[0], row[1], to[k] - row[0] * from[0] - row[1] * from[1]]
    });
    Some(Map([rows[0], rows[1], [0.0, 0.0, 1.0]]))
}

/// The projective map nearest to the pairs, in squares of the linearised error; nothing when they do not
/// determine one.
pub fn projective(pairs: &[Pair]) -> Option<Map> {
    let (from, to) = middles(pairs)?;
    let mut normal = [[0.0; 9]; 8];
    for (p, q) in pairs {
        let [x, y] = [0, 1].map(|k| f64::from(p[k]) - from[k]);
        let [u, v] = [0, 1].map(|k| f64::from(q[k]) - to[k]);
        let rows =
            [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]];
        for row in rows {
            for i in 0..8 {
                for j in 0..9 {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
    }
    // A faint wish for an affine map keeps few or clustered pairs from bending it.
    let faint = 1e-4 * (normal[0][0] + normal[1][1]).max(1e-9);
    normal[6][6] += faint;
    normal[7][7] += faint;
    let h = solve(normal)?;
    let map = Map([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]);
    let (before, after) = (Map::scaling(1.0, 1.0, from.map(|v| -v)), Map::scaling(1.0, 1.0, to));
    let whole = after.after(&map).after(&before);
    let last = whole.0[2][2];
    (last > 1e-3).then(|| Map(whole.0.map(|row| row.map(|v| v / last))))
}

fn middles(pairs: &[Pair]) -> Option<([f64; 2], [f64; 2])> {
    if pairs.len() < 2 {
        return None;
    }
    let middle = |place: fn(&Pair) -> Point| {
        [0, 1].map(|k| pairs.iter().map(|pair| f64::from(place(pair)[k])).sum::<f64>() / pairs.len() as f64)
    };
    Some((middle(|pair| pair.0), middle(|pair| pair.1)))
}

/// Gaussian elimination with pivots.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for k in 0..8 {
        let pivot = (k..8).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()))?;
        rows.swap(k, pivot);
        let own = rows[k];
        if own[k].abs() < 1e-12 {
            return None;
        }
        for row in rows.iter_mut().skip(k + 1) {
            let by = row[k] / own[k];
            row.iter_mut().zip(&own).for_each(|(value, from)| *value -= by * from);
        }
    }
    let mut solution = [0.0; 8];
    for k in (0..8).rev() {
        let known: f64 = (k + 1..8).map(|j| rows[k][j] * solution[j]).sum();
        solution[k] = (rows[k][8] - known) / rows[k][k];
    }
    Some(solution)
}
