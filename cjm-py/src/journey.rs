//! Journey maps as Python objects: drawings and exports.
//!
//! Answers: one map of a blueprint in every form, many of them beside each other. Does not know: events.

use cjm_core::map::JourneyMap as Inner;
use cjm_core::map::atlas::Atlas;
use cjm_core::{Blueprint as Core, ErrorCode, Language};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::blueprint::Blueprint;
use crate::call;
use crate::errors::{OrRaise, error};
use crate::table::Table;

/// One journey map of a blueprint, in every form it can be drawn. It never changes; notebooks draw it as SVG.
///
///     >>> map = blueprint.journey("buy")
///     >>> map
///     <JourneyMap buy: 4 touchpoints>
///     >>> map.title, map.stages, map.touchpoints
///     ('Buying', ['look', 'order', 'after'], ['home', 'basket', 'pay', 'rate'])
#[pyclass(frozen, weakref, module = "cjm", name = "JourneyMap")]
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
        call::caught(py, || f(map).or_raise(py))
    }
}

#[pymethods]
impl JourneyMap {
    /// Id of the journey.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.id().to_owned()))
    }

    /// What people call it, in the map's language; its id without a title.
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

    /// The same map with its texts in ``en`` or ``zh``. Raises ``ArgumentError`` for another language.
    ///
    ///     >>> blueprint.journey("buy").in_language("zh").title
    ///     '购买'
    fn in_language(&self, py: Python<'_>, language: &str) -> PyResult<Self> {
        let language = Some(crate::convert::language(py, language)?);
        Ok(Self { blueprint: self.blueprint.clone(), place: self.place, language })
    }

    /// A Mermaid ``journey`` diagram: sections are stages, scores 1 to 5 the expected emotions, actors the owners.
    ///
    ///     >>> print(blueprint.journey("buy").to_mermaid(), end="")
    ///     journey
    ///         title Buying
    ///         accTitle: Buying
    ///         section Look
    ///           Home page: 3
    ///         section Order
    ///           Basket: 4
    ///           Payment: 4
    ///         section Afterwards
    ///           Review: 4
    fn to_mermaid(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.to_mermaid()))
    }

    /// A Mermaid flowchart of what may follow what, stages as boxes around their touchpoints.
    ///
    /// Raises ``LimitError`` for a map that is too large for a graph, as do ``to_dot`` and ``to_json``.
    ///
    ///     >>> print(blueprint.journey("buy").to_flowchart())
    ///     flowchart LR
    ///         start_([start])
    ///         subgraph s_look ["Look"]
    ///             t_home["Home page"]
    ///         end
    ///     ...
    fn to_flowchart(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_flowchart())
    }

    /// A graph for Graphviz, one cluster per stage: what may be skipped is dashed, what takes no event is dotted.
    ///
    ///     >>> print(blueprint.journey("buy").to_dot())
    ///     digraph "buy" {
    ///       rankdir=LR; label="Buying"; labelloc=t;
    ///     ...
    fn to_dot(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_dot())
    }

    /// The map and its graph as JSON text on one line: ``format``, ``version``, ``journey`` and ``graph``.
    ///
    /// It may stand inside a script element as it is.
    ///
    ///     >>> import json
    ///     >>> json.loads(blueprint.journey("buy").to_json())["graph"]["required"]
    ///     ['home', 'basket', 'pay']
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| map.to_json())
    }

    /// The map drawn with its expected emotions, as SVG text that loads nothing from anywhere.
    ///
    ///     >>> blueprint.journey("buy").to_svg().startswith("<svg")
    ///     True
    fn to_svg(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |map| Ok(map.to_svg()))
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.to_svg(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let (one, other) = (self, other.get());
            (one.place, one.language) == (other.place, other.language) && one.blueprint == other.blueprint
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let own = slf.get();
        let blueprint = Blueprint::new(own.blueprint.clone());
        let language = own.language.map(Language::tag);
        let restore = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "restore_journey"))?;
        (restore, (Bound::new(py, blueprint)?, own.id(py)?, language)).into_pyobject(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (id, n) = (self.id(py)?, self.touchpoints(py)?.len());
        Ok(format!("<JourneyMap {id}: {}>", crate::convert::counted(n, "touchpoint")))
    }
}

/// Many maps beside each other: what they share, what hurts in more than one, how their stages compare: an ``Atlas``.
///
/// ``blueprints`` is any iterable of them; those of one id are told apart as ``id#1``, ``id#2``. ``language`` is that of
/// titles, ``en`` or ``zh``. Raises ``ArgumentError`` for another. Columns of ``stages``: ``blueprint``, ``journey``,
/// ``stage``, ``title``, ``maps`` (how many have a stage of this id), counts of its touchpoints, ``owners``, ``pains``
/// and ``opportunities``, the mean and the lowest ``expected`` emotion with how many declare one; of the others:
/// ``by`` (``event``, ``id``, ``text`` or ``channel``), ``key``, ``maps``, ``places``, ``solved_by``.
///
///     >>> atlas = cjm.atlas([blueprint, blueprint])
///     >>> [(row["by"], row["key"], row["maps"]) for row in atlas.shared][:2]
///     [('event', 'cart', 2), ('event', 'paid', 2)]
///     >>> atlas.stages["blueprint"][:2]
///     ['shop#1', 'shop#2']
#[pyfunction]
#[pyo3(signature = (blueprints, *, language="en"))]
pub(crate) fn atlas<'py>(
    py: Python<'py>,
    blueprints: &Bound<'py, PyAny>,
    language: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let language = crate::convert::language(py, language)?;
    let all = call::each(blueprints, |one| Ok(one.cast::<Blueprint>()?.get().inner.clone()))?;
    let tables = call::long(py, move || {
        let documents = all.iter().map(Core::document);
        Ok(Atlas::of(documents, language).tables())
    })?;
    let fields = PyDict::new(py);
    fields.set_item("shared", Bound::new(py, Table::of(py, &tables.shared)?)?)?;
    fields.set_item("pains", Bound::new(py, Table::of(py, &tables.pains)?)?)?;
    fields.set_item("opportunities", Bound::new(py, Table::of(py, &tables.opportunities)?)?)?;
    fields.set_item("stages", Bound::new(py, Table::of(py, &tables.stages)?)?)?;
    let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Atlas"))?;
    class.call((), Some(&fields))
}
