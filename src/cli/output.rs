//! Where output goes: files that are whole or not there, and text that cannot drive a terminal.

use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::report::clean;

use super::Failure;

/// A file that appears under its name only when all of it was written.
pub struct WholeFile {
    file: io::BufWriter<NamedTempFile>,
    hash: Sha256,
}

/// What a file is called until all of it was written.
const UNFINISHED: (&str, &str) = (".unsell-", ".part");

impl WholeFile {
    /// Starts a file that is to stand at `path`, as open as other new files are; makes the folders above
    /// it.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::start(path, (0o777, 0o666))
    }

    /// The same for what tells of people: nobody but its owner can read it, nor look into the folders
    /// that are made for it. Folders that are there stay as they are.
    pub fn private(path: &Path) -> io::Result<Self> {
        Self::start(path, PRIVATE)
    }

    #[cfg_attr(not(unix), allow(unused_variables))]
    fn start(path: &Path, (folder_mode, file_mode): (u32, u32)) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        make_folders(folder, folder_mode)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1);
        #[cfg(unix)]
        let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(file_mode));
        let file = io::BufWriter::new(builder.tempfile_in(folder)?);
        Ok(WholeFile { file, hash: Sha256::new() })
    }

    /// Puts the file in its place.
    pub fn finish(self, path: &Path) -> io::Result<()> {
        self.finish_hashed(path).map(drop)
    }

    /// Puts the file in its place; the hash of what is in it.
    pub fn finish_hashed(self, path: &Path) -> io::Result<String> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(hex(&self.hash.finalize()))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The modes of folders and files into which nobody but their owner can look.
const PRIVATE: (u32, u32) = (0o700, 0o600);

/// Makes a folder and those above it, with this mode where they are new.
#[cfg_attr(not(unix), allow(unused_variables, unused_mut))]
fn make_folders(folder: &Path, mode: u32) -> io::Result<()> {
    let mut folders = std::fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, mode);
    folders.create(folder)
}

/// SHA-256 in hex.
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes away what a run that was killed had begun to write in these folders.
pub fn sweep<'a>(folders: impl Iterator<Item = &'a Path>) {
    let mut folders: Vec<_> = folders.collect();
    folders.sort_unstable();
    folders.dedup();
    let entries = folders.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    for path in entries.flatten().filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1) {
            // What cannot be taken away is in nobody's way.
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Makes the folder where reports go, where there is none.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    match make_folders(path, PRIVATE.0) {
        Ok(()) => Ok(()),
        Err(_) if path.is_file() => {
            Err(Failure::new(format!("{}: a file stands there", path.display()))
                .with_help("name a folder, or one that is yet to be made"))
        }
        Err(error) => Err(unwritten(path, &error)),
    }
}

/// Why nothing could be printed. That nobody listens any more stays what it is.
pub fn unprinted(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Io(error),
        _ => Failure::new(format!("standard output: {error}")),
    }
}

/// Why a file could not be written.
pub fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// Refuses to write where something stands that is `read`.
pub fn spare<'a>(path: &Path, read: impl IntoIterator<Item = &'a Path>) -> Result<(), String> {
    let Ok(place) = path.canonicalize() else { return Ok(()) };
    if read.into_iter().any(|read| read.canonicalize().is_ok_and(|read| read == place)) {
        let reason = "is read here, so nothing is written over it; give the output another name";
        return Err(format!("{}: {reason}", path.display()));
    }
    Ok(())
}

/// A message with its lines kept and everything else that a terminal would act on taken out.
pub fn visible(message: &str) -> String {
    message.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}
