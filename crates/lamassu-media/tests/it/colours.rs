//! Colours: whatever a video codes them with, its frames are known as the picture that they show, and look like it.

use image::Rgb;
use lamassu_media::{Reading, Wanted};

use crate::room::{ITEM, Room, first_hash};
use crate::samples::{encode, ffmpeg, smooth};

/// How a video is coded: the filter that makes it so, and what it says about it.
#[rustfmt::skip]
const CODED: [(&str, &str, &str); 8] = [
    ("red, green and blue", "format=bgr0", "-c:v libx264rgb"),
    ("nothing said", "null", "-c:v mpeg4 -q:v 2"),
    ("BT.601", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v libx264 -colorspace smpte170m"),
    ("BT.709", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-c:v libx264 -colorspace bt709"),
    ("BT.709, every pixel's colours", "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p", "-c:v libx264 -colorspace bt709"),
    ("BT.709, from 0 to 255", "scale=out_color_matrix=bt709:out_range=pc,format=yuvj420p", "-c:v libx264 -colorspace bt709 -color_range pc"),
    ("BT.709, ten bits", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p10le", "-c:v libx264 -colorspace bt709"),
    ("BT.2020", "scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p", "-c:v libx264 -colorspace bt2020nc"),
];

#[test]
fn a_picture_is_known_in_every_coding_of_its_colours() {
    let (room, folder) = (Room::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("picture.png");
    // Nearly all that is to be seen is colour. What no coding holds would be cut off by each in its own way.
    let mut picture = smooth(512, 512, 3);
    for pixel in picture.pixels_mut() {
        let [red, _, blue] = pixel.0.map(|value| f32::from(value) - 128.0);
        let luma = red * 0.1;
        let green = (luma - 0.299 * red - 0.114 * blue) / 0.587;
        *pixel = Rgb([red, green, blue].map(|value| (128.0 + value * 0.6) as u8));
    }
    fs_err::write(&path, encode(&picture.clone().into(), image::ImageFormat::Png)).unwrap();
    let mut known = None;
    for (name, filter, codec) in CODED {
        let input = ["-loop", "1", "-framerate", "2", "-t", "1", "-i", path.to_str().unwrap(), "-vf", filter];
        let codec: Vec<&str> = codec.split(' ').collect();
        let bytes = ffmpeg(&[&input[..], &codec].concat(), "matroska");
        let reading = room.read_from(&bytes[..], Wanted { preview: true, ..ITEM }).unwrap();
        let hash = first_hash(&reading);
        let distance = hash.distance(*known.get_or_insert(hash));
        // Taken for one another, BT.601 and BT.709 lie 150 bits apart, and colours are 4 off.
        assert!(distance <= 8, "{name}: {distance} bits");
        let off = difference(&reading, &picture);
        assert!(off < 3.0, "{name}: colours are {off} off");
    }
}

/// The mean difference of its preview from `picture`, of 255.
fn difference(reading: &Reading, picture: &image::RgbImage) -> f64 {
    let preview = image::load_from_memory(&reading.preview.as_ref().unwrap().jpeg).unwrap().into_rgb8();
    let (width, height) = preview.dimensions();
    let filter = image::imageops::FilterType::Triangle;
    let picture = image::imageops::resize(picture, width, height, filter);
    let sum: u64 = preview.iter().zip(picture.iter()).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
    sum as f64 / preview.len() as f64
}
