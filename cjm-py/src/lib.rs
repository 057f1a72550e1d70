//! The private extension module `cjm._cjm`: the engine as Python classes.
//!
//! Answers: which classes and functions the package `cjm` is made of. Does not know: any logic; values are converted
//! in [`convert`] and [`records`], errors in [`errors`], threads and interrupts in [`call`].

mod blueprint;
mod call;
mod chat;
mod cli;
mod convert;
mod decision;
mod engine;
mod errors;
mod event;
mod journey;
mod log;
mod options;
mod records;
mod replay;
mod scores;
mod store;
mod study;
mod table;
mod tables_in;
mod value;

use pyo3::prelude::*;

/// The engine as Python classes: what the package ``cjm`` is made of.
#[pymodule]
fn _cjm(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<blueprint::Blueprint>()?;
    module.add_class::<decision::Decision>()?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<journey::JourneyMap>()?;
    module.add_class::<log::EventLog>()?;
    module.add_class::<replay::Replay>()?;
    module.add_class::<store::Store>()?;
    module.add_class::<study::Study>()?;
    module.add_class::<table::Table>()?;
    module.add_function(wrap_pyfunction!(call::set_threads, module)?)?;
    module.add_function(wrap_pyfunction!(call::threads, module)?)?;
    module.add_function(wrap_pyfunction!(cli::main, module)?)?;
    module.add_function(wrap_pyfunction!(errors::error_codes, module)?)?;
    module.add_function(wrap_pyfunction!(log::read_events, module)?)?;
    module.add_function(wrap_pyfunction!(value::evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(journey::atlas, module)?)?;
    chat::add(module)?;
    scores::add(module)
}
