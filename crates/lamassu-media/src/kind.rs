//! What kind of content bytes are, told from the first of them and never from a name.

use serde::{Deserialize, Serialize};

/// How many bytes from the start are looked at.
pub const HEAD_BYTES: usize = 4096;

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture, decoded in Rust where it is not coded as video.
    Image(ImageFormat),
    /// Video or sound, decoded by `ffmpeg` with this demuxer and no other.
    Container(Container),
    /// A document: found by its digest only.
    Document,
    /// Plain UTF-8 text: found by its digest only.
    Text,
}

/// A picture format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG and animated PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP, still or animated.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
    /// AVIF and HEIC, decoded by `ffmpeg` as the one frame of video that they are.
    Heif,
}

/// A container of video or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// ISO base media: MP4, MOV, 3GP, M4A.
    Mov,
    /// Matroska and `WebM`.
    Matroska,
    /// AVI.
    Avi,
    /// MPEG transport stream.
    MpegTs,
    /// MPEG program stream.
    MpegPs,
    /// Ogg.
    Ogg,
    /// Flash video.
    Flv,
    /// Windows media.
    Asf,
    /// WAVE.
    Wav,
    /// FLAC.
    Flac,
    /// MP3.
    Mp3,
    /// AAC in ADTS frames.
    Aac,
    /// AIFF.
    Aiff,
    /// AMR.
    Amr,
}

impl Container {
    /// The only demuxer that `ffmpeg` may use.
    pub fn demuxer(self) -> &'static str {
        match self {
            Self::Mov => "mov",
            Self::Matroska => "matroska",
            Self::Avi => "avi",
            Self::MpegTs => "mpegts",
            Self::MpegPs => "mpeg",
            Self::Ogg => "ogg",
            Self::Flv => "flv",
            Self::Asf => "asf",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Aiff => "aiff",
            Self::Amr => "amr",
        }
    }
}

/// The kind of content that starts with `head` (up to [`HEAD_BYTES`]), or `None`.
///
/// A file of two formats is the one its first bytes name, which is what decoders act on.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    image(head)
        .map(Kind::Image)
        .or_else(|| container(head).map(Kind::Container))
        .or_else(|| document(head).then_some(Kind::Document))
        .or_else(|| text(head).then_some(Kind::Text))
}

/// Brands of ISO base media that hold one picture. Those of sequences, which play, are left to video.
const HEIF_BRANDS: [&[u8; 8]; 6] =
    [b"ftypavif", b"ftypheic", b"ftypheix", b"ftypheim", b"ftypheis", b"ftypmif1"];

fn image(head: &[u8]) -> Option<ImageFormat> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    Some(match head {
        _ if starts(b"\xff\xd8\xff") => ImageFormat::Jpeg,
        _ if starts(b"\x89PNG\r\n\x1a\n") => ImageFormat::Png,
        _ if starts(b"GIF87a") || starts(b"GIF89a") => ImageFormat::Gif,
        _ if starts(b"RIFF") && head.get(8..12) == Some(b"WEBP") => ImageFormat::WebP,
        _ if starts(b"II*\0") || starts(b"MM\0*") => ImageFormat::Tiff,
        _ if HEIF_BRANDS.iter().any(|brand| head.get(4..12) == Some(&brand[..])) => ImageFormat::Heif,
        // "BM" alone is two letters of text: the reserved fields must be zero as well.
        _ if starts(b"BM") && head.get(6..10) == Some(&[0; 4]) => ImageFormat::Bmp,
        _ => return None,
    })
}

fn container(head: &[u8]) -> Option<Container> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    // The others are words as well: "You skip" opens no film.
    let is_mov = at(4, b"ftyp")
        || ([b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|atom| at(4, *atom))
            && !text(head));
    let is_ts = |packet: usize, first: usize| {
        head.len() > first + packet && (0..4).all(|k| head.get(first + k * packet).is_none_or(|&b| b == 0x47))
    };
    Some(match head {
        _ if is_mov => Container::Mov,
        _ if at(0, b"\x1a\x45\xdf\xa3") => Container::Matroska,
        _ if at(0, b"RIFF") && at(8, b"AVI ") => Container::Avi,
        _ if at(0, b"RIFF") && at(8, b"WAVE") => Container::Wav,
        _ if at(0, b"OggS") => Container::Ogg,
        _ if at(0, b"fLaC") => Container::Flac,
        _ if at(0, b"FLV\x01") => Container::Flv,
        _ if at(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11") => Container::Asf,
        _ if at(0, b"\0\0\x01\xba") => Container::MpegPs,
        _ if at(0, b"FORM") && at(8, b"AIF") => Container::Aiff,
        _ if at(0, b"#!AMR") => Container::Amr,
        // Letters of text never follow: versions are small numbers.
        _ if at(0, b"ID3") && head.get(3).is_some_and(|&version| version < 0x10) => Container::Mp3,
        [0x47, ..] if is_ts(188, 0) => Container::MpegTs,
        _ if at(4, b"\x47") && is_ts(192, 4) => Container::MpegTs,
        // The mark of UTF-16; as an MPEG audio frame it would be layer I, which nobody sends.
        [0xff, 0xfe, ..] => return None,
        // MPEG audio frame headers: layer bits 00 are ADTS, the others MP1 to MP3.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Container::Aac,
        [0xff, second, third, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 && third >> 4 != 15 => {
            Container::Mp3
        }
        _ => return None,
    })
}

/// PDF (whose readers accept up to 1,024 bytes before the header), ZIP-based office files and OLE files.
fn document(head: &[u8]) -> bool {
    head[..head.len().min(1024)].windows(5).any(|bytes| bytes == b"%PDF-")
        || head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// UTF-8 without control characters but white space; the last character may be cut off.
fn text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() >= HEAD_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || "\t\n\r\u{c}".contains(c))
}
