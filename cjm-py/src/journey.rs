//! Journey maps as Python objects: drawings and exports.
//!
//! Answers: one map of a blueprint in every form. Does not know: events.

use cjm_core::map::JourneyMap as Inner;
use cjm_core::{Blueprint as Core, ErrorCode, Language};
use pyo3::prelude::*;

use crate::errors::{OrRaise, error};

/// One map of a blueprint. Frozen.
#[pyclass(frozen, module = "cjm", name = "JourneyMap")]
pub(crate) struct JourneyMap {
    pub(crate) blueprint: Core,
    pub(crate) place: usize,
    pub(crate) language: Option<Language>,
}

impl JourneyMap {
    fn with<T>(&self, py: Python<'_>, f: impl FnOnce(Inner<'_>) -> cjm_core::Result<T>) -> PyResult<T> {
        let found = self.blueprint.journeys().into_iter().nth(self.place);
        let map = found.ok_or_else(|| error(py, ErrorCode::NotFound, "the blueprint has no such journey"))?;
        let map = match self.language {
            Some(language) => map.in_language(language),
            None => map,
        };
        f(map).or_raise(py)
    }
}

#[pymethods]
impl JourneyMap {
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.id().to_owned()))
    }

    #[getter]
    fn title(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.title().to_owned()))
    }

    /// Ids of the stages, in map order.
    #[getter]
    fn stages(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |map| Ok(map.journey().stages.iter().map(|stage| stage.id.clone()).collect()))
    }

    /// Ids of the touchpoints, in map order.
    #[getter]
    fn touchpoints(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |map| {
            let all = map.journey().stages.iter().flat_map(|stage| &stage.touchpoints);
            Ok(all.map(|touchpoint| touchpoint.id.clone()).collect())
        })
    }

    /// The same map with its titles in a language.
    fn in_language(&self, py: Python<'_>, language: &str) -> PyResult<Self> {
        let language = Some(crate::convert::language(py, language)?);
        Ok(Self { blueprint: self.blueprint.clone(), place: self.place, language })
    }

    fn to_mermaid(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.to_mermaid()))
    }

    fn to_flowchart(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_flowchart())
    }

    fn to_dot(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_dot())
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_json())
    }

    fn to_svg(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.to_svg()))
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.to_svg(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (id, n) = (self.id(py)?, self.touchpoints(py)?.len());
        Ok(format!("<JourneyMap {id}: {n} touchpoints>"))
    }
}
