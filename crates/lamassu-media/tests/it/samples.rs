//! Pictures by formula and clips by `ffmpeg`.

use std::io::Cursor;
use std::process::Output;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use lamassu_media::Tool;

/// A smooth picture, another one for each `seed`: random colours far apart, and all between them.
pub fn smooth(width: u32, height: u32, seed: u32) -> RgbImage {
    let mut next = noise(seed);
    let far_apart = RgbImage::from_fn(24, 18, |_, _| Rgb([next(), next(), next()]));
    image::imageops::resize(&far_apart, width, height, image::imageops::FilterType::CatmullRom)
}

/// Random bytes by a linear congruential generator (Knuth's MMIX).
pub fn noise(seed: u32) -> impl FnMut() -> u8 {
    let mut state = u64::from(seed) + 1;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    }
}

/// The same in grey, of at most 64 shades: a GIF keeps it as it is.
pub fn grey(width: u32, height: u32, seed: u32) -> RgbImage {
    let mut picture = smooth(width, height, seed);
    for pixel in picture.pixels_mut() {
        *pixel = Rgb([pixel.0[0] & 0xfc; 3]);
    }
    picture
}

/// As [`smooth`], with strong grain.
pub fn grainy(width: u32, height: u32, seed: u32) -> RgbImage {
    let (mut picture, mut next) = (smooth(width, height, seed), noise(seed));
    for value in picture.iter_mut() {
        *value = value.saturating_add(next() >> 2).saturating_sub(32);
    }
    picture
}

/// One colour only: large to decode, small to send.
pub fn plain(width: u32, height: u32) -> Vec<u8> {
    encode(&GrayImage::from_pixel(width, height, Luma([90])).into(), ImageFormat::Png)
}

pub fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small JPEG, another one for each `seed`.
pub fn jpeg(seed: u32) -> Vec<u8> {
    encode(&smooth(160, 120, seed).into(), ImageFormat::Jpeg)
}

/// A small PNG, another one for each `seed`.
pub fn png(seed: u32) -> Vec<u8> {
    encode(&smooth(160, 120, seed).into(), ImageFormat::Png)
}

/// A PNG whose header claims another size. Nothing else of it changes.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    bytes
}

/// The check sum of PNG chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

/// What `ffmpeg` makes of `arguments` in this format.
pub fn ffmpeg(arguments: &[&str], format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    let tail = ["-f", format, "-y", path.to_str().unwrap()];
    let output = run_ffmpeg(&[arguments, &tail].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    fs_err::read(&path).unwrap()
}

/// Runs `ffmpeg` outside of any jail.
#[expect(clippy::disallowed_methods, reason = "the media of these tests is made by ffmpeg")]
pub fn run_ffmpeg(arguments: &[&str]) -> Output {
    let program = Tool::Ffmpeg.find().expect("`make setup` installs ffmpeg");
    std::process::Command::new(program)
        .args(["-nostdin", "-v", "error"])
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

/// A moving picture of so many seconds without sound.
pub fn clip(seconds: u32, codec: &str, format: &str) -> Vec<u8> {
    let source = format!("testsrc2=size=160x120:rate=10:duration={seconds}");
    ffmpeg(&["-f", "lavfi", "-i", &source, "-c:v", codec, "-threads", "1"], format)
}

/// A tone of so many seconds.
pub fn tone(seconds: u32, format: &str) -> Vec<u8> {
    ffmpeg(&["-f", "lavfi", "-i", &format!("sine=duration={seconds}")], format)
}
