//! Pages in a folder and the links between them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::Failure;
use super::inputs::Input;
use super::output::{WholeFile, unwritten};

/// Refuses a report that would stand where the index is to be.
pub fn free_index(index: &Path, files: &BTreeMap<Input, PathBuf>) -> Result<(), Failure> {
    match files.iter().find(|(_, file)| *file == index) {
        Some((input, _)) => {
            let message = format!("the report of {} would be {}", input.name(), index.display());
            Err(Failure::new(message)
                .with_help("that is the index of all reports; rename the input"))
        }
        None => Ok(()),
    }
}

/// Writes a page whole; the hash of what is in it.
pub fn write(
    path: &Path,
    page: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<String, Failure> {
    let written = WholeFile::private(path).and_then(|mut file| {
        page(&mut file)?;
        file.finish_hashed(path)
    });
    written.map_err(|error| unwritten(path, &error))
}

/// The way from the index in `out` to a page, and the way back.
pub fn links(out: &Path, page: &Path, index: &str) -> (String, String) {
    let relative = page.strip_prefix(out).unwrap_or(page);
    let parts: Vec<_> = relative
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| encoded(part.as_os_str().as_encoded_bytes()))
        .collect();
    let home = "../".repeat(parts.len().saturating_sub(1)) + index;
    // Without the dot a name with a colon in it would be taken for a scheme.
    (format!("./{}", parts.join("/")), home)
}

/// A part of a path as links write it.
fn encoded(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(*byte));
            }
            byte => text += &format!("%{byte:02X}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_there_and_back_whatever_the_name() {
        let link = |page: &str| links(Path::new("out"), Path::new(page), "index.html");
        let (there, back) = link("out/calls/a b#1?.vtt.html");
        assert_eq!(there, "./calls/a%20b%231%3F.vtt.html");
        assert_eq!(back, "../index.html");
        assert_eq!(
            link("out/javascript:x.html"),
            ("./javascript%3Ax.html".into(), "index.html".into())
        );
    }

    #[test]
    fn a_report_that_would_be_the_index_is_refused() {
        let files =
            BTreeMap::from([(Input::File("index".into()), PathBuf::from("out/index.html"))]);
        assert!(free_index(Path::new("out/index.html"), &files).is_err());
        assert!(free_index(Path::new("out/calls.html"), &files).is_ok());
    }
}
