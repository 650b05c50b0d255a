//! `lamassu backup`: everything into a new folder.

use std::path::Path;

use lamassu_engine::{Command, Failure};

use crate::EXIT_NOTHING;
use crate::access::Access;
use crate::output::Output;

/// Makes `folder` and has everything copied into it.
pub async fn run(data: &Path, folder: &Path, output: &Output) -> Result<u8, Failure> {
    let failed = |error: std::io::Error| Failure {
        code: "backup-target".to_owned(),
        message: format!("{error}; name a folder that is not there yet, or an empty one"),
    };
    fs_err::create_dir_all(folder).map_err(failed)?;
    // The backup is as sensitive as what it was made of.
    let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs_err::set_permissions(folder, owner_only).map_err(failed)?;
    let target = fs_err::File::open(folder).map_err(failed)?.into_parts().0;
    let access = Access::open(data, "lamassu backup").await?;
    let answer = access.execute(Command::Backup, Some(target)).await;
    access.close().await;
    output.answer(&answer?);
    Ok(EXIT_NOTHING)
}
