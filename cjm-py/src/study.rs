//! Studies as Python objects: tables, charts, reports.
//!
//! Answers: every table of a study. Does not know: how any figure came about.

use std::sync::Arc;

use cjm_core::event::EventLog;
use cjm_core::report::{self, BadRows, ReportOptions, vega};
use cjm_core::{Error, ErrorCode, Language, Study as Inner};
use pyo3::intern;
use pyo3::prelude::*;

use crate::call;
use crate::convert;
use crate::errors::OrRaise;
use crate::options::path;
use crate::records;
use crate::table::Table;

/// Everything computed from a log and a blueprint. Frozen.
#[pyclass(frozen, module = "cjm", name = "Study")]
pub(crate) struct Study {
    pub(crate) inner: Arc<Inner>,
    pub(crate) log: Arc<EventLog>,
}

impl Study {
    fn language(&self, py: Python<'_>, asked: Option<&str>) -> PyResult<Language> {
        asked.map_or_else(|| Ok(self.inner.language()), |tag| convert::language(py, tag))
    }

    fn page(&self, py: Python<'_>, options: ReportOptions) -> PyResult<String> {
        let (study, log) = (self.inner.clone(), self.log.clone());
        call::long(py, move |_| {
            let bad_rows = BadRows::of(&log, options.language);
            report::html(&study.plan().document, study.tables(), &ReportOptions { bad_rows, ..options })
        })
    }
}

#[pymethods]
impl Study {
    /// What was looked at.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.inner.tables().summary)
    }

    fn journeys(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().journeys)
    }

    fn stages(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().stages)
    }

    fn touchpoints(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().touchpoints)
    }

    fn lifecycle(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().lifecycle)
    }

    fn moves(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().moves)
    }

    fn curve(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().curve)
    }

    fn curve_summary(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().curve_summary)
    }

    fn scores(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().scores)
    }

    fn pains(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().pains)
    }

    fn losses(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().losses)
    }

    fn deviations(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().deviations)
    }

    fn unmapped(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().unmapped)
    }

    /// Links between identities that were refused, in order of time.
    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, self.inner.refused_links())
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().or_raise(py)
    }

    /// The report as one HTML document.
    #[pyo3(signature = (*, language=None, title=None, source=None))]
    fn html(
        &self,
        py: Python<'_>,
        language: Option<&str>,
        title: Option<String>,
        source: Option<String>,
    ) -> PyResult<String> {
        let language = self.language(py, language)?;
        self.page(py, ReportOptions { language, title, source, bad_rows: Vec::new() })
    }

    /// Writes the report as one HTML file.
    #[pyo3(signature = (file, *, language=None, title=None, source=None))]
    fn report(
        &self,
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        language: Option<&str>,
        title: Option<String>,
        source: Option<String>,
    ) -> PyResult<()> {
        let path = path(file)?;
        let page = self.html(py, language, title, source)?;
        call::short(py, || {
            let name = path.display().to_string();
            std::fs::write(&path, page).map_err(|e| Error::new(ErrorCode::Io, e.to_string()).in_file(&name))
        })
    }

    /// The study in a few lines.
    #[pyo3(signature = (*, language=None))]
    fn text(&self, py: Python<'_>, language: Option<&str>) -> PyResult<String> {
        let language = self.language(py, language)?;
        Ok(report::text(&self.inner.plan().document, self.inner.tables(), language))
    }

    /// The emotion curve as a Vega-Lite chart.
    #[pyo3(signature = (*, language=None))]
    fn curve_chart<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let language = self.language(py, language)?;
        chart(py, &vega::curve(&self.inner.plan().document, &self.inner.tables().curve, language))
    }

    /// The stages as a Vega-Lite chart.
    #[pyo3(signature = (*, language=None))]
    fn stages_chart<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let language = self.language(py, language)?;
        chart(py, &vega::stages(&self.inner.plan().document, &self.inner.tables().stages, language))
    }

    fn __repr__(&self) -> String {
        let summary = &self.inner.tables().summary;
        let (events, customers) = (summary.events, summary.customers);
        format!("<Study of {}: {events} events of {customers} customers>", summary.blueprint)
    }
}

fn chart<'py>(py: Python<'py>, spec: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Chart"))?;
    class.call1((records::plain(py, spec)?,))
}
