//! Where output goes: files that are whole or not there, and text that cannot drive a terminal.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::report::clean;

use super::Failure;

/// A file that appears under its name only when all of it was written.
pub struct WholeFile {
    file: io::BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Starts a file that is to stand at `path`; makes the folders above it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        // Temporary files are private to their owner; a report is as open as other new files are.
        let mut builder = tempfile::Builder::new();
        builder.prefix(".unsell-");
        #[cfg(unix)]
        let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(WholeFile { file: io::BufWriter::new(builder.tempfile_in(folder)?) })
    }

    /// Puts the file in its place.
    pub fn finish(self, path: &Path) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Why a file could not be written.
pub fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// A message with its lines kept and everything else that a terminal would act on taken out.
pub fn visible(message: &str) -> String {
    message.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}
