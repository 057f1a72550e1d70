//! Scores and shares over plain numbers.
//!
//! Answers: NPS, CSAT, CES, means and shares with their intervals; two of them compared. Does not know: who answered.

use cjm_core::ErrorCode;
use cjm_core::score::{self, NpsMethod};
use pyo3::prelude::*;

use crate::errors::{OrRaise, error};
use crate::records;

/// Adds the functions to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(nps, module)?)?;
    module.add_function(wrap_pyfunction!(csat, module)?)?;
    module.add_function(wrap_pyfunction!(ces, module)?)?;
    module.add_function(wrap_pyfunction!(mean, module)?)?;
    module.add_function(wrap_pyfunction!(weighted_mean, module)?)?;
    module.add_function(wrap_pyfunction!(share, module)?)?;
    module.add_function(wrap_pyfunction!(compare_nps, module)?)?;
    module.add_function(wrap_pyfunction!(compare_means, module)?)?;
    module.add_function(wrap_pyfunction!(compare_shares, module)?)
}

fn method(py: Python<'_>, name: &str) -> PyResult<NpsMethod> {
    let all = [NpsMethod::AdjustedWald, NpsMethod::Wald, NpsMethod::WaldUnbiased];
    all.into_iter().find(|method| method.name() == name).ok_or_else(|| {
        let names = all.map(NpsMethod::name).join(", ");
        error(py, ErrorCode::Argument, format!("`{name}` is no method; there are {names}"))
    })
}

#[pyfunction]
#[pyo3(name = "nps", signature = (answers, *, method="adjusted_wald"))]
fn nps<'py>(py: Python<'py>, answers: Vec<i64>, method: &str) -> PyResult<Bound<'py, PyAny>> {
    let method = self::method(py, method)?;
    records::record(py, &py.detach(|| score::nps_by(&answers, method)).or_raise(py)?)
}

#[pyfunction]
fn csat(py: Python<'_>, answers: Vec<i64>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::csat(&answers)).or_raise(py)?)
}

#[pyfunction]
fn ces(py: Python<'_>, answers: Vec<i64>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::ces(&answers)).or_raise(py)?)
}

#[pyfunction]
fn mean(py: Python<'_>, values: Vec<f64>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::mean(&values)).or_raise(py)?)
}

#[pyfunction]
fn weighted_mean(py: Python<'_>, pairs: Vec<(f64, f64)>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::weighted_mean(&pairs)).or_raise(py)?)
}

#[pyfunction]
fn share(py: Python<'_>, count: u64, n: u64) -> PyResult<Bound<'_, PyAny>> {
    within(py, (count, n))?;
    records::record(py, &score::share(count, n))
}

#[pyfunction]
#[pyo3(name = "compare_nps", signature = (first, second, *, method="adjusted_wald"))]
fn compare_nps<'py>(
    py: Python<'py>,
    first: Vec<i64>,
    second: Vec<i64>,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let method = self::method(py, method)?;
    records::record(py, &py.detach(|| score::compare_nps_by(&first, &second, method)).or_raise(py)?)
}

#[pyfunction]
fn compare_means(py: Python<'_>, first: Vec<f64>, second: Vec<f64>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::compare_means(&first, &second)).or_raise(py)?)
}

#[pyfunction]
fn compare_shares(py: Python<'_>, first: (u64, u64), second: (u64, u64)) -> PyResult<Bound<'_, PyAny>> {
    within(py, first)?;
    within(py, second)?;
    records::record(py, &score::compare_shares(first, second))
}

fn within(py: Python<'_>, (count, n): (u64, u64)) -> PyResult<()> {
    if count <= n {
        return Ok(());
    }
    Err(error(py, ErrorCode::Argument, format!("{count} of {n} is no share")))
}
