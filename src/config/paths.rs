//! Paths as the settings mean them: relative to a folder, and matched by globs.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs over paths; `*` stays within a folder, `**` goes through any.
#[derive(Debug, Clone)]
pub struct Globs(GlobSet);

impl Globs {
    /// From globs as written.
    ///
    /// # Errors
    ///
    /// The place of the first that is none in the list, and why.
    pub fn new<'a>(globs: impl Iterator<Item = &'a str>) -> Result<Globs, (usize, String)> {
        let mut set = GlobSetBuilder::new();
        let mut last = 0;
        for (at, glob) in globs.enumerate() {
            let plain = glob.trim_start_matches("./");
            let built = GlobBuilder::new(plain).literal_separator(true).build();
            set.add(built.map_err(|error| (at, error.to_string()))?);
            last = at;
        }
        set.build().map(Globs).map_err(|error| (last, error.to_string()))
    }

    /// Whether one of them matches.
    pub fn is_match(&self, path: &Path) -> bool {
        self.0.is_match(path)
    }
}

/// A path as seen from a folder; `None` where it lies outside.
pub fn relative(folder: &Path, path: &Path) -> Option<PathBuf> {
    let (folder, path) = (whole(folder)?, whole(path)?);
    path.strip_prefix(folder).ok().map(Path::to_owned)
}

/// The path from the root on, links followed where it exists.
fn whole(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let absolute = std::path::absolute(path).ok()?;
        // A file that is not there yet stands in a folder that may be.
        let folder = absolute.parent()?.canonicalize().ok();
        Some(folder.and_then(|folder| Some(folder.join(absolute.file_name()?))).unwrap_or(absolute))
    })
}
