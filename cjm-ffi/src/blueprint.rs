//! Blueprints.
//!
//! Answers: a handle of a blueprint that has no errors. Does not know: engines.

use std::io::Read as _;

use cjm_core::{Blueprint, Error, ErrorCode};

use crate::guard::{done, put};
use crate::handle::Table;
use crate::status::cjm_status;
use crate::text::cjm_text;

/// Names a blueprint. Owned by who loaded it, until `cjm_blueprint_free`; what is opened with it keeps its own.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_blueprint {
    /// 0 names nothing.
    pub raw: u64,
}

pub(crate) static BLUEPRINTS: Table<Blueprint> = Table::new(1);

/// Largest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// Reads a blueprint of YAML or JSON from a file.
///
/// `CJM_BLUEPRINT` when it has errors: `cjm_last_error_json` lists them. `CJM_IO` when it can not be read.
///
/// # Safety
/// `path` is as [`cjm_text`] says; `blueprint` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_blueprint_load_file(
    path: cjm_text,
    blueprint: *mut cjm_blueprint,
) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for it
        let path = unsafe { path.str("path") }?;
        let failed = |e: std::io::Error| Error::new(ErrorCode::Io, e.to_string()).in_file(path);
        let mut bytes = Vec::new();
        // some files have no size, as those of devices, and end never
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE {
            let words = format!("the file has more than {MAX_FILE} bytes");
            return Err(Error::new(ErrorCode::Limit, words).in_file(path));
        }
        let text = String::from_utf8(bytes);
        let text =
            text.map_err(|_| Error::new(ErrorCode::Format, "the file is no UTF-8 text").in_file(path))?;
        // SAFETY: the caller vouches for it
        unsafe { load(&text, blueprint) }
    })
}

/// Reads a blueprint of YAML or JSON text.
///
/// # Safety
/// As of `cjm_blueprint_load_file`.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_blueprint_parse(text: cjm_text, blueprint: *mut cjm_blueprint) -> cjm_status {
    // SAFETY: the caller vouches for both
    done(|| unsafe { load(text.str("text")?, blueprint) })
}

/// # Safety
/// `to` is null or may be written to.
unsafe fn load(text: &str, to: *mut cjm_blueprint) -> cjm_core::Result<()> {
    if to.is_null() {
        return Err(crate::guard::null("blueprint"));
    }
    let blueprint = Blueprint::parse(text)?;
    blueprint.compile()?;
    let raw = BLUEPRINTS.put(blueprint)?;
    // SAFETY: it is not null, and the caller vouches for it
    unsafe { put(to, cjm_blueprint { raw }, "blueprint") }
}

/// Frees a blueprint. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a word.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_blueprint_free(blueprint: cjm_blueprint) -> cjm_status {
    done(|| if blueprint.raw == 0 { Ok(()) } else { BLUEPRINTS.take(blueprint.raw).map(drop) })
}
