//! Reliability as a picture: what was observed over what was predicted, a square for each method and kind of pairs.

use std::fmt::Write as _;

use super::reliability::Reliability;

const SIDE: f64 = 260.0;
const MARGIN: f64 = 50.0;
/// Colours of the curves: the program's and the fitted one.
const COLOURS: [&str; 2] = ["#1b6ca8", "#c4571b"];

/// A method, and how well the program's curve and the fitted one hold.
pub type Panel<'a> = (String, &'a [Reliability]);

/// The picture as SVG.
pub fn svg(panels: &[Panel<'_>]) -> String {
    let (width, height) = (MARGIN + panels.len() as f64 * (SIDE + MARGIN), SIDE + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (number, (name, curves)) in panels.iter().enumerate() {
        let left = MARGIN + number as f64 * (SIDE + MARGIN);
        let at = |x: f64, y: f64| (left + x * SIDE, MARGIN + (1.0 - y) * SIDE);
        let ((x0, y0), (x1, y1)) = (at(0.0, 0.0), at(1.0, 1.0));
        let _written = writeln!(
            svg,
            "<rect x=\"{x0}\" y=\"{y1}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" stroke=\"#888\"/>\n\
             <line x1=\"{x0}\" y1=\"{y0}\" x2=\"{x1}\" y2=\"{y1}\" stroke=\"#bbb\"/>\n\
             <text x=\"{x0}\" y=\"{}\">{name}</text>\n\
             <text x=\"{x0}\" y=\"{}\">0</text><text x=\"{}\" y=\"{}\">1</text>",
            y1 - 8.0,
            y0 + 14.0,
            x1 - 6.0,
            y0 + 14.0,
        );
        for (curve, colour) in curves.iter().zip(COLOURS) {
            for band in &curve.bands {
                let (x, y) = at(band.predicted, band.observed);
                let [(_, low), (_, high)] = band.bounds.map(|bound| at(0.0, bound));
                let _written = writeln!(
                    svg,
                    "<line x1=\"{x:.1}\" y1=\"{low:.1}\" x2=\"{x:.1}\" y2=\"{high:.1}\" stroke=\"{colour}\"/>\
                     <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                );
            }
        }
    }
    for (k, (colour, word)) in
        COLOURS.into_iter().zip(["observed over predicted, this program", "fitted"]).enumerate()
    {
        let (x, y) = (MARGIN + 240.0 * k as f64, height - 14.0);
        let _written = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{}\" r=\"3\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\">{word}</text>",
            y - 4.0,
            x + 8.0
        );
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::super::reliability::{Reliability, Scored};
    use super::svg;

    #[test]
    fn every_band_is_drawn_once_for_each_curve() {
        let one = |score, is_right| Scored { score, is_right, original: 0 };
        let scored = [one(0.99, true), one(0.5, true), one(0.5, false), one(0.01, false)];
        let told = [Reliability::of(&scored), Reliability::of(&scored)];
        let drawn = svg(&[("pdq".to_owned(), &told[..]), ("local".to_owned(), &told[..1])]);
        assert_eq!(drawn.matches("<circle").count(), 3 * 3 + 2);
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
    }
}
