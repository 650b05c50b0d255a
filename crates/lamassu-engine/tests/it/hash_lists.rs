//! Lines of hash lists, in the shapes that lists have.

use lamassu_case::{EntryMetadata, Medium};
use lamassu_engine::import::{HashKind, Line, LineFault, Lines, Untold};
use lamassu_fingerprint::Digest;

const A: &str = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
const B: &str = "30a10efd71cc3d429013d48d0ffffc52e34e0e17ada952a9d29685211ea9e5af";

fn untold() -> Untold {
    let metadata = EntryMetadata { title: "a list".to_owned(), ..EntryMetadata::default() };
    Untold { kind: HashKind::Pdq, medium: Medium::Image, metadata }
}

/// What every line says, those left out that say nothing.
fn read(text: &str) -> Vec<Result<Line, LineFault>> {
    let mut lines = Lines::new(untold());
    text.split('\n').filter_map(|line| lines.read(line.as_bytes()).transpose()).collect()
}

fn one(text: &str) -> Line {
    let mut read = read(text);
    assert_eq!(read.len(), 1, "{text}");
    read.remove(0).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn fault(text: &str) -> &'static str {
    let mut read = read(text);
    assert_eq!(read.len(), 1, "{text}");
    read.remove(0).map_or_else(LineFault::code, |line| panic!("{text}: {line:?}"))
}

#[test]
fn a_hash_alone() {
    for text in [A.to_owned(), format!("pdq {A}"), format!("{A}\r"), format!("\u{feff}{A}"), A.to_uppercase()]
    {
        let line = one(&text);
        assert_eq!(line.pdq.map(|(bits, quality)| (bits.to_string(), quality)), Some((A.to_owned(), 100)));
        assert_eq!((line.sha256, line.medium, line.metadata), (None, Medium::Image, untold().metadata));
    }
    let film = one(&format!("video_sha256 {B}"));
    assert_eq!((film.pdq, film.sha256, film.medium), (None, Some(B.parse().unwrap()), Medium::Video));
    // A row of the caches that the exchange's older tools keep.
    let cached = one(&format!("{A},1000000000000001,1600000000,film poster"));
    assert_eq!(cached.metadata.labels, ["film", "poster"]);
    let untold = Untold { kind: HashKind::Sha256, ..untold() };
    let digests = Lines::new(untold).read(B.as_bytes()).expect("is read").expect("says something");
    assert_eq!((digests.pdq, digests.sha256), (None, Some(B.parse::<Digest>().unwrap())));
}

#[test]
fn rows_under_a_header() {
    let text = format!(
        "PDQ,quality,sha256,title,outlet,labels,unknown,medium\n\
         {A},77,{B},\"Example Agency, \"\"clip\"\" 12\",Example Agency,film;poster,x,image/png\n\n# a comment\n,,{B},,,,,video"
    );
    let read = read(&text);
    let first = read[0].as_ref().expect("is a row");
    assert_eq!(first.pdq.map(|(_, quality)| quality), Some(77));
    assert_eq!(first.sha256, Some(B.parse().unwrap()));
    assert_eq!(first.metadata.title, "Example Agency, \"clip\" 12");
    assert_eq!(first.metadata.outlet.as_deref(), Some("Example Agency"));
    assert_eq!(first.metadata.labels, ["film", "poster"]);
    let second = read[1].as_ref().expect("is a row");
    assert_eq!((second.pdq, second.medium, second.metadata.title.as_str()), (None, Medium::Video, "a list"));
    assert_eq!(read.len(), 2);
}

#[test]
fn rows_of_other_platforms() {
    let text = format!(
        "signal_type,signal_str,collab,category,tags\npdq,{A},Example Exchange,POSITIVE_CLASS,film poster\n\
         pdq,{A},Example Exchange,DISPUTED,\nvideo_md5,{},Example Exchange,POSITIVE_CLASS,\n\
         video_sha256,{B},Example Exchange,INVESTIGATION_SEED,",
        "0".repeat(32)
    );
    let read = read(&text);
    let first = read[0].as_ref().expect("is taken");
    assert_eq!((first.metadata.source.as_deref(), first.medium), (Some("Example Exchange"), Medium::Image));
    assert_eq!(first.metadata.labels, ["film", "poster"]);
    assert_eq!(read[1], Err(LineFault::Withdrawn));
    assert_eq!(read[2], Err(LineFault::KindUnsupported));
    assert_eq!(read[3].as_ref().map(|line| line.medium), Ok(Medium::Video));
}

#[test]
fn lines_of_json() {
    let line = one(&format!(
        r#"{{"pdq":"{A}","quality":60,"title":"clip 12","labels":["a film","b"],"event":null,"more":{{}}}}"#
    ));
    assert_eq!(line.pdq.map(|(_, quality)| quality), Some(60));
    assert_eq!((line.metadata.title.as_str(), line.metadata.labels.len()), ("clip 12", 2));
    assert_eq!(line.metadata.labels[0], "a film");
    let listed =
        format!(r#"{{"hash_digest":"{B}","algorithm":"SHA256","file_type":"mp4","deleted":false,"id":7}}"#);
    assert_eq!((one(&listed).sha256, one(&listed).medium), (Some(B.parse().unwrap()), Medium::Video));
    assert_eq!(fault(&listed.replace("false", "true")), "withdrawn");
}

#[test]
fn what_is_no_line_is_told() {
    let long = "x".repeat(501);
    let zeros = "0".repeat(64);
    let cases = [
        ("not a hash".to_owned(), "kind-unsupported"),
        ("x".to_owned(), "fingerprint-invalid"),
        (A[1..].to_owned(), "fingerprint-invalid"),
        (format!("{A}0"), "fingerprint-invalid"),
        (format!("\"{A}"), "csv-invalid"),
        ("{".to_owned(), "json-invalid"),
        ("{}".to_owned(), "hash-missing"),
        (r#"{"pdq":7}"#.to_owned(), "fingerprint-invalid"),
        (r#"{"pdq":null,"md5":"0"}"#.to_owned(), "kind-unsupported"),
        (format!(r#"{{"pdq":"{A}","quality":101}}"#), "quality-invalid"),
        (format!(r#"{{"pdq":"{A}","quality":-1}}"#), "quality-invalid"),
        (format!(r#"{{"pdq":"{A}","medium":"smell"}}"#), "medium-invalid"),
        (format!(r#"{{"pdq":"{A}","standing":"friendly"}}"#), "standing-invalid"),
        (format!(r#"{{"pdq":"{A}","title":"{long}"}}"#), "metadata-invalid"),
        (format!(r#"{{"pdq":"{A}","labels":[1]}}"#), "metadata-invalid"),
        (format!("sha256 {zeros}"), "fingerprint-invalid"),
        (format!("md5 {A}"), "kind-unsupported"),
    ];
    for (text, code) in cases {
        assert_eq!(fault(&text), code, "{text}");
    }
    let mut lines = Lines::new(untold());
    assert_eq!(lines.read(&[0xff, 0xfe]), Err(LineFault::Csv));
    assert_eq!(lines.read(b""), Ok(None));
}
