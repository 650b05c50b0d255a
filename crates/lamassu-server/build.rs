//! Writes the table of the console's files, which `console.rs` includes.
//!
//! `make web` builds them into `web/dist`. Without them the table is empty and the server says how they are
//! built. A folder that is not there cannot be watched: cargo then looks again with every build.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(&fs_err::canonicalize(&folder)?, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(fs_err::canonicalize(&folder)?).map_err(io::Error::other)?;
        let (name, file) = (text(name)?, text(file)?);
        writeln!(table, "    ({name:?}, include_bytes!({file:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names the folder"))?;
    fs_err::write(PathBuf::from(out).join("console.rs"), table)
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other("the console's files have names of text"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for found in fs_err::read_dir(folder)? {
        let path = found?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
