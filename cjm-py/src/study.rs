//! Studies as Python objects: tables, charts, reports.
//!
//! Answers: every table of a study. Does not know: how any figure came about.

use std::sync::Arc;

use cjm_core::event::EventLog;
use cjm_core::map::JourneyMap;
use cjm_core::map::svg::CurvePoint;
use cjm_core::report::{self, BadRows, ReportOptions, vega};
use cjm_core::{Error, ErrorCode, Language, Study as Inner};
use pyo3::intern;
use pyo3::prelude::*;

use crate::call;
use crate::convert;
use crate::errors::{OrRaise, error};
use crate::options::path;
use crate::records;
use crate::table::Table;

/// Everything computed from a log and a blueprint: tables, charts and a report.
///
/// Made by ``Blueprint.study``. It never changes. Rows are of everyone, where ``by`` and ``value`` are null, then of
/// the cuts that were asked for. Times are seconds (``_s``), shares 0 to 1, emotions -1 to 1. An estimate is four
/// columns: its value, the ends of its 95 % interval (``_low``, ``_high``), and how many observations it rests on
/// (``_n``); what there is not enough data for is null, never 0.
///
///     >>> study
///     <Study of shop: 10 events of 3 customers>
///     >>> study.summary.unmapped
///     1
///     >>> [(row["stage"], row["trips"], row["dropped"]) for row in study.stages()]
///     [('look', 2, 1), ('order', 2, 0), ('after', 2, 0)]
#[pyclass(frozen, weakref, module = "cjm", name = "Study")]
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
        call::long(py, move || {
            let bad_rows = BadRows::of(&log, options.language);
            report::html(&study.plan().document, study.tables(), &ReportOptions { bad_rows, ..options })
        })
    }
}

#[pymethods]
impl Study {
    /// What was looked at: a ``Summary``.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.inner.tables().summary)
    }

    /// Trips of each journey: a ``Table``, by journey and cut.
    ///
    /// Columns: ``customers``, ``trips``; ``reached`` the goal, their share ``reached_share``; ``completed`` and
    /// ``abandoned``, the trips that ended with and without it; ``open`` and of these ``nowhere``, in no stage;
    /// ``merged`` into another trip, ``outside``, events that landed on no trip, ``not_opened``; ``median_to_goal_s``;
    /// ``conforming``, trips without deviation.
    ///
    ///     >>> row = study.journeys()[0]
    ///     >>> row["trips"], row["reached"], row["abandoned"], row["open"]
    ///     (3, 2, 1, 1)
    fn journeys(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().journeys)
    }

    /// Stages of each journey: a ``Table``, by journey, stage in map order and cut.
    ///
    /// Columns: ``trips`` and ``customers`` who were ever there, ``of_trips`` the share of all trips; how often it was
    /// ``entered``, which is ``left`` + ``completed`` + ``dropped`` + ``merged`` + ``inside``; ``drop_share``;
    /// ``median_stay_s`` and ``q95_stay_s``.
    ///
    ///     >>> [(row["stage"], row["entered"], row["dropped"], row["drop_share"]) for row in study.stages()]
    ///     [('look', 2, 1, 0.5), ('order', 2, 0, 0.0), ('after', 2, 0, 0.0)]
    fn stages(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().stages)
    }

    /// Touchpoints of each journey: a ``Table``, by journey, touchpoint in map order and cut.
    ///
    /// Columns: ``has_event``, ``customers``, ``trips``, ``visits``; ``next_rate``, the share of stops after which the
    /// trip went on elsewhere; ``median_dwell_s``; ``expected_wait_s``, ``waits`` measured, ``median_wait_s``,
    /// ``q95_wait_s``, ``wait_over``, the share of waits longer than expected; ``bad_share`` of scores, mean
    /// ``emotion``.
    ///
    ///     >>> row = study.touchpoints()[2]
    ///     >>> row["touchpoint"], row["visits"], row["expected_wait_s"], row["wait_over"]
    ///     ('pay', 2, 600.0, 0.5)
    fn touchpoints(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().touchpoints)
    }

    /// Lifecycle states: a ``Table``, as declared, then by cut.
    ///
    /// Columns: ``customers`` in it at the end, ``of_all`` their share, how often it was ``moved_in`` to and
    /// ``moved_out`` of.
    ///
    ///     >>> [(row["state"], row["customers"], row["moved_in"], row["moved_out"]) for row in study.lifecycle()]
    ///     [('guest', 1, 3, 2), ('buyer', 2, 2, 0)]
    fn lifecycle(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().lifecycle)
    }

    /// Moves between lifecycle states: a ``Table``, by cut, most moves first, then as declared.
    ///
    /// Columns: ``source`` (null of a customer's first state), ``target``, ``count``, ``customers``.
    ///
    ///     >>> [(row["source"], row["target"], row["count"]) for row in study.moves()]
    ///     [(None, 'guest', 3), ('guest', 'buyer', 2)]
    fn moves(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().moves)
    }

    /// The emotion curve of each journey: a ``Table``, by journey, touchpoint in map order and cut.
    ///
    /// Columns: ``expected``, ``actual`` with ``low``, ``high`` and ``n``, ``gap`` between the two, and ``sources``,
    /// where the observations came from.
    ///
    ///     >>> [(row["touchpoint"], row["expected"], row["actual"], row["n"]) for row in study.curve()][3]
    ///     ('rate', 0.4, 0.25, 2)
    fn curve(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().curve)
    }

    /// What each emotion curve comes to: a ``Table``, by journey and cut.
    ///
    /// Columns: ``n`` measured touchpoints; ``peak``, ``valley``, ``end`` and ``moment_of_truth`` (the point after the
    /// largest drop, with the drop), each with its ``_touchpoint``; ``peak_end``, their mean; ``duration_weighted``
    /// mean and whether it is ``unweighted``; ``slope`` per touchpoint.
    ///
    ///     >>> row = study.curve_summary()[0]
    ///     >>> row["n"], row["end_touchpoint"], row["end"]
    ///     (1, 'rate', 0.25)
    fn curve_summary(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().curve_summary)
    }

    /// Survey scores over all answers: a ``Table``, by survey, question and touchpoint.
    ///
    /// Columns: ``survey`` (``event`` for scores that events carry), ``question``, ``kind`` (``nps``, ``csat``,
    /// ``ces``), ``touchpoint``; ``score``, NPS in points from -100 to 100, CSAT and CES the share of good answers;
    /// ``mean`` answer.
    ///
    ///     >>> [(row["kind"], row["touchpoint"], row["score"], row["mean"]) for row in study.scores()]
    ///     [('csat', 'rate', 0.5, 3.5)]
    fn scores(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().scores)
    }

    /// Touchpoints by customers harmed: a ``Table``, by cut, most harmed first, then in map order.
    ///
    /// Columns: ``rank``, ``journey``, ``stage``, ``touchpoint``; ``customers`` who were here, ``harmed`` by any
    /// factor, each once, ``harmed_share``; of each factor (``drop_off``, ``bad_score``, ``wait_over``) the customers
    /// and their share; ``known`` pains and ``improvements`` under way, by id.
    ///
    ///     >>> [(row["rank"], row["touchpoint"], row["harmed"], row["customers"]) for row in study.pains()]
    ///     [(1, 'home', 1, 2), (2, 'pay', 1, 2), (3, 'rate', 1, 2)]
    fn pains(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().pains)
    }

    /// Where and after what customers were lost: a ``Table``, by cut, most customers first, then by kind and map order.
    ///
    /// Columns: ``kind`` (``abandoned`` trips or ``lapsed`` into a lifecycle state), ``journey``, ``state``,
    /// ``touchpoint`` of the last event that landed, ``losses``, ``customers``, ``of_losses``; and of the lost beside
    /// those who stayed ``emotion``, ``median_wait_s`` and ``complained``; ``reasons`` they gave, each with its
    /// ``count``.
    ///
    ///     >>> [(row["kind"], row["touchpoint"], row["customers"]) for row in study.losses()]
    ///     [('abandoned', 'home', 1)]
    fn losses(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().losses)
    }

    /// What trips do first that the map does not say: a ``Table``, by cut, most trips first, then journey, after, then.
    ///
    /// Columns: ``after`` (null at the start), ``then`` (null when the trip ended), ``kind`` (``skipped``, ``back``,
    /// ``repeated``, ``not_in_flow``), ``skipped`` touchpoints, ``trips``, ``of_trips``.
    ///
    ///     >>> [(row["after"], row["then"], row["kind"], row["skipped"]) for row in study.deviations()]
    ///     [('basket', 'basket', 'repeated', [])]
    fn deviations(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().deviations)
    }

    /// Event names that no touchpoint takes, most events first: a ``Table``.
    ///
    /// Columns: ``event``, ``declared`` (whether the blueprint declares it), ``count``, ``customers``.
    ///
    ///     >>> study.unmapped()["event"]
    ///     ['chat']
    fn unmapped(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.tables().unmapped)
    }

    /// Links between two identities that were refused, in order of time: a ``Table``.
    ///
    /// Columns: ``reason`` (``denied`` or ``max_links``), ``strong_identity`` and ``strong``, ``weak_identity`` and
    /// ``weak``, ``at``.
    ///
    ///     >>> [(row["reason"], row["strong"], row["weak"]) for row in study.refused_links()]
    ///     [('denied', 'm3', 'kiosk')]
    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, self.inner.refused_links())
    }

    /// Every table as JSON text: an object with a list of rows for each, estimates as objects.
    ///
    ///     >>> import json
    ///     >>> json.loads(study.to_json())["summary"]["customers"]
    ///     3
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().or_raise(py)
    }

    /// The report as one HTML document that loads nothing from anywhere.
    ///
    /// ``language`` is ``en`` or ``zh``, the blueprint's unless said; ``title`` the headline, the blueprint's title
    /// unless said; ``source`` says where the events come from. Ctrl-C ends it.
    ///
    ///     >>> study.html(title="Our shop").startswith("<!doctype html>")
    ///     True
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

    /// Writes the report as one HTML file; arguments are those of ``html``.
    ///
    /// ``file`` is a path: text or any ``os.PathLike``; what was there is written over. Raises ``FileError`` when it
    /// can not be written.
    ///
    ///     >>> import pathlib, tempfile
    ///     >>> folder = tempfile.TemporaryDirectory()
    ///     >>> file = pathlib.Path(folder.name, "report.html")
    ///     >>> study.report(file)
    ///     >>> file.read_text(encoding="utf-8") == study.html()
    ///     True
    ///     >>> folder.cleanup()
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

    /// The study in a few lines: what was looked at, headline figures, the three worst pains.
    ///
    /// ``language`` is ``en`` or ``zh``, the blueprint's unless said.
    ///
    ///     >>> print(study.text())
    ///     Shop
    ///     10 events of 3 customers, 1 Mar 2026 – 1 Mar 2026 (UTC)
    ///     ...
    #[pyo3(signature = (*, language=None))]
    fn text(&self, py: Python<'_>, language: Option<&str>) -> PyResult<String> {
        let language = self.language(py, language)?;
        Ok(report::text(&self.inner.plan().document, self.inner.tables(), language))
    }

    /// The emotion curve as a ``Chart`` for notebooks: expected against actual emotion, a row for each journey.
    ///
    /// ``language`` is ``en`` or ``zh``, the blueprint's unless said.
    ///
    ///     >>> study.curve_chart()
    ///     <Chart Emotion curve>
    #[pyo3(signature = (*, language=None))]
    fn curve_chart<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let language = self.language(py, language)?;
        chart(py, &vega::curve(&self.inner.plan().document, &self.inner.tables().curve, language))
    }

    /// The map of a journey with the measured emotions beside the expected ones, as SVG: a ``Drawing``.
    ///
    /// ``language`` is the blueprint's unless said. Raises ``NotFoundError`` for a journey that the blueprint does not
    /// have.
    ///
    ///     >>> drawing = study.drawing("buy")
    ///     >>> drawing.svg.startswith("<svg")
    ///     True
    #[pyo3(signature = (journey, *, language=None))]
    fn drawing<'py>(
        &self,
        py: Python<'py>,
        journey: &str,
        language: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = self.language(py, language)?;
        let (document, tables) = (&self.inner.plan().document, self.inner.tables());
        let found = JourneyMap::all(document).into_iter().find(|map| map.id() == journey);
        let Some(map) = found else {
            let words = format!("there is no journey `{}`", crate::value::cut(journey));
            return Err(error(py, ErrorCode::NotFound, words));
        };
        let everyone = tables.curve.iter().filter(|row| row.journey == journey && row.group.by.is_none());
        let points: Vec<CurvePoint> = everyone
            .map(|row| CurvePoint {
                touchpoint: row.touchpoint.clone(),
                expected: row.expected,
                actual: row.actual,
                low: row.low,
                high: row.high,
                n: row.n,
            })
            .collect();
        let svg = map.in_language(language).draw(Some(&points));
        let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Drawing"))?;
        class.call1((svg,))
    }

    /// The stages as a ``Chart`` for notebooks: how often each was entered and what then, a row for each journey.
    ///
    /// ``language`` is ``en`` or ``zh``, the blueprint's unless said.
    ///
    ///     >>> study.stages_chart(language="zh")
    ///     <Chart 阶段>
    #[pyo3(signature = (*, language=None))]
    fn stages_chart<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let language = self.language(py, language)?;
        chart(py, &vega::stages(&self.inner.plan().document, &self.inner.tables().stages, language))
    }

    /// What notebooks show of it: its journeys.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        self.journeys(py)?._repr_html_(py)
    }

    /// It never changes: a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        let summary = &self.inner.tables().summary;
        let events = convert::counted(summary.events, "event");
        let customers = convert::counted(summary.customers, "customer");
        format!("<Study of {}: {events} of {customers}>", summary.blueprint)
    }
}

fn chart<'py>(py: Python<'py>, spec: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Chart"))?;
    class.call1((records::plain(py, spec)?,))
}
