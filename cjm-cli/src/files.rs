//! Reading and writing whole files.
//!
//! Answers: the text of a file; a file that is there whole or not at all. Does not know: formats of events.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::host::Host;

/// A document larger than this is refused before it is read: four times what a blueprint may have.
const MAX_BYTES: u64 = 16 << 20;

/// The text of a file, or of stdin when the file is `-`.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error| failed(path, error);
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        let error = std::io::Error::new(ErrorKind::FileTooLarge, format!("more than {MAX_BYTES} bytes"));
        return Err(failed(error));
    }
    let text = String::from_utf8(bytes);
    text.map_err(|_| failed(std::io::Error::new(ErrorKind::InvalidData, "the text is not UTF-8")))
}

/// A file, or stdin when the file is `-`, to be read line by line.
pub(crate) fn lines(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(path).map_err(|error| failed(path, error))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The bytes of a file that the command itself wrote: no device, and at most `most` of them.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| failed(path, error);
    let there = std::fs::metadata(path).map_err(failed)?;
    if !there.is_file() {
        return Err(failed(std::io::Error::new(ErrorKind::InvalidInput, "this is no regular file")));
    }
    let too_large = || std::io::Error::new(ErrorKind::FileTooLarge, format!("more than {most} bytes"));
    if there.len() > most {
        return Err(failed(too_large()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most { Err(failed(too_large())) } else { Ok(bytes) }
}

/// Writes a text where the user asked for it: into a file, or as the answer when there is none (or `-`).
pub(crate) fn put(host: &mut Host<'_>, to: Option<&PathBuf>, text: &str) -> Result<(), Failure> {
    match to.filter(|path| path.as_os_str() != "-") {
        None => host.say(text),
        Some(path) => write(path, text.as_bytes()),
    }
}

/// A value as JSON that people can read too.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| {
        Failure::Engine(cjm_core::Error::new(cjm_core::ErrorCode::Format, error.to_string()))
    })
}

/// Writes bytes into a file; see [`replace`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace(path, |part| std::fs::write(part, bytes).map_err(|error| failed(path, error)))
}

/// Lets a file be written so that a reader sees the old one or the whole new one: a neighbour with a name of the same
/// ending is written, then renamed. Folders are made. A device or a pipe is written into as it is.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|error| failed(path, error))?;
    }
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return write(path);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{}.{name}", std::process::id()));
    let done = write(&part).and_then(|()| std::fs::rename(&part, path).map_err(|error| failed(path, error)));
    if done.is_err() {
        // whatever was begun is not left behind; the first error is the one to tell
        let _ = std::fs::remove_file(&part);
    }
    done
}

fn failed(path: &Path, error: std::io::Error) -> Failure {
    Failure::File(path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    use super::{bytes, read, write};

    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.txt");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(write(folder.path(), b"x").unwrap_err().code(), 3);
        assert_eq!(read(&folder.path().join("none")).unwrap_err().code(), 3);
    }

    #[test]
    fn neither_a_device_nor_more_than_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        write(&path, b"12345").unwrap();
        assert_eq!(bytes(&path, 5).unwrap(), b"12345");
        assert_eq!(bytes(&path, 4).unwrap_err().code(), 3);
        for path in [folder.path(), std::path::Path::new("/dev/zero")] {
            assert_eq!(bytes(path, u64::MAX).unwrap_err().code(), 3);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert_eq!(read(&path).unwrap_err().code(), 3);
    }
}
