//! The files of SQLite, all through here: on a disk in memory where a path begins with one, else on the machine's, where
//! the program may be killed at any change.
//!
//! Answers: SQLite's calls for files. Does not know: what is in them, what fails when.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once};

use rusqlite::ffi;

use super::disk::{Access, Disk, Trouble};

type Shared = Arc<Mutex<Disk>>;

/// Disks in memory by the start of their paths.
static DISKS: LazyLock<Mutex<HashMap<String, Shared>>> = LazyLock::new(Mutex::default);
static N_DISKS: AtomicU64 = AtomicU64::new(0);
/// Changes of the machine's files until the program is killed.
static KILL_IN: AtomicI64 = AtomicI64::new(i64::MAX);

/// A disk in memory, there until it is dropped.
pub(crate) struct Mounted {
    start: String,
    disk: Shared,
}

impl Mounted {
    pub(crate) fn new(disk: Disk) -> Self {
        register();
        let start = format!("/disk-{}/", N_DISKS.fetch_add(1, Ordering::Relaxed));
        let disk = Arc::new(Mutex::new(disk));
        DISKS.lock().expect("nobody panicked").insert(start.clone(), disk.clone());
        Self { start, disk }
    }

    pub(crate) fn path(&self) -> PathBuf {
        Path::new(&self.start).join("till.db")
    }

    pub(crate) fn with<T>(&self, what: impl FnOnce(&mut Disk) -> T) -> T {
        what(&mut self.disk.lock().expect("nobody panicked"))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        DISKS.lock().expect("nobody panicked").remove(&self.start);
    }
}

/// Kills this program before it changes a file for the n th time from here.
pub(crate) fn kill_in(n: i64) {
    register();
    KILL_IN.store(n, Ordering::Relaxed);
}

/// How many changes are left until then.
pub(crate) fn left() -> i64 {
    KILL_IN.load(Ordering::Relaxed)
}

/// An open file.
enum Handle {
    Memory(Shared, String),
    Real(fs::File),
}

#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

fn code_of(trouble: Trouble) -> c_int {
    match trouble {
        Trouble::Read => ffi::SQLITE_IOERR_READ,
        Trouble::Write => ffi::SQLITE_IOERR_WRITE,
        Trouble::Sync => ffi::SQLITE_IOERR_FSYNC,
        Trouble::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
        Trouble::Delete => ffi::SQLITE_IOERR_DELETE,
        Trouble::Full => ffi::SQLITE_FULL,
        Trouble::Missing => ffi::SQLITE_CANTOPEN,
    }
}

fn done(result: Result<(), Trouble>) -> c_int {
    result.map_or_else(code_of, |()| ffi::SQLITE_OK)
}

unsafe extern "C" {
    fn raise(signal: c_int) -> c_int;
}

/// Counts a change of the machine's files down.
fn count_down() {
    const KILL: c_int = 9;
    if KILL_IN.load(Ordering::Relaxed) != i64::MAX && KILL_IN.fetch_sub(1, Ordering::Relaxed) <= 0 {
        // SAFETY: a call with a number; it does not return.
        unsafe { raise(KILL) };
    }
}

/// The disk in memory that a path begins with, and the name there.
fn disk_of(path: &str) -> Option<(Shared, &str)> {
    let end = path.get(1..)?.find('/')? + 2;
    let (start, name) = path.split_at_checked(end)?;
    Some((DISKS.lock().expect("nobody panicked").get(start)?.clone(), name))
}

impl Handle {
    fn open(path: &str, creates: bool) -> Result<Self, Trouble> {
        if let Some((disk, name)) = disk_of(path) {
            let mut own = disk.lock().expect("nobody panicked");
            match own.has(name) {
                true => {}
                false if creates => own.change(Access::Create(name.to_owned()))?,
                false => return Err(Trouble::Missing),
            }
            drop(own);
            return Ok(Self::Memory(disk, name.to_owned()));
        }
        if creates && !Path::new(path).exists() {
            count_down();
        }
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create(creates).truncate(false).open(path);
        file.map(Self::Real).map_err(|_| Trouble::Missing)
    }

    /// Whether all was read; what lies behind the end is nought.
    fn read(&self, at: usize, into: &mut [u8]) -> Result<bool, Trouble> {
        let n = match self {
            Self::Memory(disk, name) => {
                let mut disk = disk.lock().expect("nobody panicked");
                let bytes = disk.read(name, at, into.len())?;
                into[..bytes.len()].copy_from_slice(bytes);
                bytes.len()
            }
            Self::Real(file) => {
                let mut n = 0;
                loop {
                    match file.read_at(&mut into[n..], (at + n) as u64).map_err(|_| Trouble::Read)? {
                        0 => break n,
                        more => n += more,
                    }
                }
            }
        };
        into[n..].fill(0);
        Ok(n == into.len())
    }

    fn change(&self, access: impl FnOnce(&str) -> Access) -> Result<(), Trouble> {
        match self {
            Self::Memory(disk, name) => disk.lock().expect("nobody panicked").change(access(name)),
            Self::Real(file) => {
                count_down();
                match access("") {
                    Access::Write(_, at, bytes) => {
                        file.write_all_at(&bytes, at as u64).map_err(|_| Trouble::Write)
                    }
                    Access::Truncate(_, length) => file.set_len(length as u64).map_err(|_| Trouble::Truncate),
                    _ => file.sync_all().map_err(|_| Trouble::Sync),
                }
            }
        }
    }

    fn size(&self) -> Result<usize, Trouble> {
        match self {
            Self::Memory(disk, name) => disk.lock().expect("nobody panicked").size(name),
            Self::Real(file) => file.metadata().map(|of| of.len() as usize).map_err(|_| Trouble::Read),
        }
    }
}

/// The handle of an open file.
///
/// # Safety
/// `file` is one that `open` filled and `close` did not empty.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: SQLite gives the memory back that `open` wrote into, and uses no file from two threads.
    unsafe { &*(*file.cast::<OpenFile>()).handle }
}

/// # Safety
/// `path` is a C text.
unsafe fn text<'a>(path: *const c_char) -> &'a str {
    // SAFETY: as above; tests name files in ASCII.
    unsafe { CStr::from_ptr(path) }.to_str().expect("a path in ASCII")
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let file = file.cast::<OpenFile>();
    // SAFETY: SQLite gives memory of the size that was asked for; without methods it does not call `close`.
    unsafe { (*file).base.pMethods = null() };
    if path.is_null() {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: the path is not null.
    let path = unsafe { text(path) };
    match Handle::open(path, flags & ffi::SQLITE_OPEN_CREATE != 0) {
        Ok(handle) => {
            // SAFETY: as above; `out` may be null.
            unsafe {
                (*file).handle = Box::into_raw(Box::new(handle));
                (*file).base.pMethods = &raw const METHODS;
                if !out.is_null() {
                    *out = flags;
                }
            }
            ffi::SQLITE_OK
        }
        Err(trouble) => code_of(trouble),
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the box; SQLite closes a file once.
    drop(unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives room for as many bytes as it says.
    let (handle, into) =
        unsafe { (handle(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), length as usize)) };
    match handle.read(at as usize, into) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(trouble) => code_of(trouble),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives as many bytes as it says.
    let (handle, from) =
        unsafe { (handle(file), std::slice::from_raw_parts(from.cast::<u8>(), length as usize)) };
    done(handle.change(|name| Access::Write(name.to_owned(), at as usize, from.to_vec())))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    done(unsafe { handle(file) }.change(|name| Access::Truncate(name.to_owned(), length as usize)))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    done(unsafe { handle(file) }.change(|name| Access::Sync(name.to_owned())))
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file, and room for the number.
    match unsafe { handle(file) }.size() {
        Ok(size) => {
            // SAFETY: as above.
            unsafe { *out = size as i64 };
            ffi::SQLITE_OK
        }
        Err(trouble) => code_of(trouble),
    }
}

/// Every file is one program's and one connection's alone.
unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn is_reserved(_file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: room for the number.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_file: *mut ffi::sqlite3_file, _what: c_int, _with: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector(_file: *mut ffi::sqlite3_file) -> c_int {
    512
}

unsafe extern "C" fn characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, path: *const c_char, safely: c_int) -> c_int {
    // SAFETY: SQLite gives a C text.
    let path = unsafe { text(path) };
    match disk_of(path) {
        Some((disk, name)) => {
            let mut disk = disk.lock().expect("nobody panicked");
            if !disk.has(name) {
                return ffi::SQLITE_IOERR_DELETE_NOENT;
            }
            done(disk.change(Access::Delete(name.to_owned(), safely != 0)))
        }
        None => {
            count_down();
            fs::remove_file(path).map_or(ffi::SQLITE_IOERR_DELETE_NOENT, |()| ffi::SQLITE_OK)
        }
    }
}

unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a C text and room for the answer.
    let path = unsafe { text(path) };
    let is_there = match disk_of(path) {
        Some((disk, name)) => {
            let disk = disk.lock().expect("nobody panicked");
            // an empty journal is none
            disk.size(name).is_ok_and(|size| size > 0)
        }
        None => fs::metadata(path).is_ok_and(|file| file.len() > 0),
    };
    // SAFETY: as above.
    unsafe { *out = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a C text; all paths of the tests are whole already.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if bytes.len() > room as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room for so many.
    unsafe { out.copy_from_nonoverlapping(bytes.as_ptr().cast(), bytes.len()) };
    ffi::SQLITE_OK
}

/// Puts these files in the place of the usual ones.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite begins by itself when its files are asked for; what is registered lives for ever.
        unsafe {
            let usual = ffi::sqlite3_vfs_find(null());
            let own = Box::leak(Box::new(ffi::sqlite3_vfs {
                szOsFile: size_of::<OpenFile>() as c_int,
                pNext: null_mut(),
                zName: c"faults".as_ptr(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_path),
                ..*usual
            }));
            assert_eq!(ffi::sqlite3_vfs_register(own, 1), ffi::SQLITE_OK, "it is registered");
        }
    });
}
