//! `lamassu doctor`: what is missing on this machine and how to mend it.

use std::path::Path;
use std::time::Duration;

use crate::output::{Finding, Output};
use crate::socket::Client;
use crate::{EXIT_FAILED, EXIT_NOTHING, fingerprint};

/// Looks at the machine; exit status 2 when something that is needed is missing.
pub fn run(data: &Path, output: &Output) -> u8 {
    let mut findings = Vec::new();
    match fingerprint::jail(data) {
        Ok(jail) => match jail.examine() {
            Ok(report) => {
                findings.push(landlock(report.landlock_abi));
                findings.push(tool("ffmpeg", report.ffmpeg.as_deref()));
                findings.push(tool("ffprobe", report.ffprobe.as_deref()));
                findings.push(still("avif", report.avif));
                findings.push(still("heic", report.heic));
            }
            Err(error) => findings.push(Finding::bad("jail", error.to_string())),
        },
        Err(failure) => findings.push(Finding::bad("settings", failure.message)),
    }
    findings.push(folder(data));
    let healthy = findings.iter().all(|finding| finding.good);
    for finding in &findings {
        output.finding(finding);
    }
    if healthy { EXIT_NOTHING } else { EXIT_FAILED }
}

/// How long a server may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Asks a running server; exit status 2 when it is not well.
pub async fn of_server(url: &str, output: &Output) -> u8 {
    // Whoever installed one before us chose well, too.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut healthy = true;
    for (name, path) in [("server", "healthz"), ("index", "readyz")] {
        let finding = match ask(&format!("{}/{path}", url.trim_end_matches('/'))).await {
            Ok(200) => Finding::good(name, format!("{path} answers")),
            Ok(status) => Finding::bad(name, format!("{path} answers {status}; look into the server's log")),
            Err(error) => {
                Finding::bad(name, format!("{path} does not answer ({error}); is the server running?"))
            }
        };
        healthy &= finding.good;
        output.finding(&finding);
    }
    if healthy { EXIT_NOTHING } else { EXIT_FAILED }
}

async fn ask(url: &str) -> reqwest::Result<u16> {
    let client = reqwest::Client::builder().timeout(ANSWER).build()?;
    Ok(client.get(url).send().await?.status().as_u16())
}

fn landlock(abi: u8) -> Finding {
    match abi {
        0 => Finding::bad(
            "jail",
            "this kernel has no landlock; lamassu.toml allows decoders to run without it, so they can read files. \
             Run a kernel of 5.13 or later"
                .to_owned(),
        ),
        abi => Finding::good("jail", format!("landlock {abi}, system-call filter and limits are in force")),
    }
}

fn tool(name: &'static str, path: Option<&Path>) -> Finding {
    match path {
        Some(path) => Finding::good(name, path.display().to_string()),
        None => Finding::bad(
            name,
            "not found on the search path, so video and sound cannot be read; `apt-get install ffmpeg` brings it"
                .to_owned(),
        ),
    }
}

/// Whether pictures of a kind are decoded. Without them everything else works, so this is nothing to mend.
fn still(name: &'static str, decoded: bool) -> Finding {
    let message = if decoded {
        "pictures of this kind are decoded"
    } else {
        "not decoded by this ffmpeg; pictures of this kind are refused as unsupported-kind"
    };
    Finding::good(name, message.to_owned())
}

fn folder(data: &Path) -> Finding {
    let shown = data.display();
    if Client::connect(data).is_some() {
        return Finding::good("data", format!("{shown} is served; commands go through the server"));
    }
    match fs_err::metadata(data) {
        Ok(folder) if folder.is_dir() => Finding::good("data", format!("{shown} is there")),
        Ok(_) => Finding::bad("data", format!("{shown} is not a folder; name another one with --data")),
        Err(_) => Finding::good("data", format!("{shown} is not there yet; the first command makes it")),
    }
}
