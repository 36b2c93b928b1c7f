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
    /// Starts a file that is to stand at `path`, as open as other new files are; makes the folders above
    /// it.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::start(path, 0o777, 0o666)
    }

    /// The same for what tells of people: nobody but its owner can read it, nor look into the folders
    /// that are made for it. Folders that are there stay as they are.
    pub fn private(path: &Path) -> io::Result<Self> {
        Self::start(path, 0o700, 0o600)
    }

    #[cfg_attr(not(unix), allow(unused_variables, unused_mut))]
    fn start(path: &Path, folder_mode: u32, file_mode: u32) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut folders = std::fs::DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, folder_mode);
        folders.create(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".unsell-");
        #[cfg(unix)]
        let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(file_mode));
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
