//! Scores and shares over plain numbers.
//!
//! Answers: NPS, CSAT, CES, means and shares with their intervals; two of them compared; emotions and what a curve of
//! them says. Does not know: who answered.

use cjm_core::ErrorCode;
use cjm_core::score::{self, CurveItem, NpsMethod, ScoreKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::call;
use crate::errors::{OrRaise, error};
use crate::records;
use crate::value::{shown, whole};

/// Adds the functions to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(nps, module)?)?;
    module.add_function(wrap_pyfunction!(csat, module)?)?;
    module.add_function(wrap_pyfunction!(ces, module)?)?;
    module.add_function(wrap_pyfunction!(mean, module)?)?;
    module.add_function(wrap_pyfunction!(weighted_mean, module)?)?;
    module.add_function(wrap_pyfunction!(share, module)?)?;
    module.add_function(wrap_pyfunction!(emotion, module)?)?;
    module.add_function(wrap_pyfunction!(summarize_curve, module)?)?;
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

/// The net promoter score of answers 0 to 10, in points from -100 to 100: an ``Estimate``.
///
/// ``method`` is that of the interval: ``adjusted_wald``, good for few answers, ``wald`` or ``wald_n_minus_1``, which
/// divides by n - 1. Without answers the value is ``None``. Raises ``ArgumentError`` for an answer off the scale and
/// for another method.
///
///     >>> score = cjm.nps([10, 10, 9, 8, 0])
///     >>> score.value, round(score.low, 1), round(score.high, 1), score.n, score.method
///     (40.0, -29.8, 79.8, 5, 'adjusted_wald')
#[pyfunction]
#[pyo3(name = "nps", signature = (answers, *, method="adjusted_wald"))]
fn nps<'py>(py: Python<'py>, answers: &Bound<'py, PyAny>, method: &str) -> PyResult<Bound<'py, PyAny>> {
    let method = self::method(py, method)?;
    let answers = whole_numbers(answers)?;
    records::record(py, &py.detach(|| score::nps_by(&answers, method)).or_raise(py)?)
}

/// Customer satisfaction of answers 1 to 5: the share of 4 and 5, from 0 to 1: an ``Estimate``.
///
/// The interval is Wilson's. Raises ``ArgumentError`` for an answer off the scale.
///
///     >>> score = cjm.csat([5, 4, 4, 2])
///     >>> score.value, score.n, score.method
///     (0.75, 4, 'wilson')
#[pyfunction]
fn csat<'py>(py: Python<'py>, answers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let answers = whole_numbers(answers)?;
    records::record(py, &py.detach(|| score::csat(&answers)).or_raise(py)?)
}

/// Customer effort of answers 1 to 7, higher is easier: the mean with its t interval: an ``Estimate``.
///
/// Raises ``ArgumentError`` for an answer off the scale.
///
///     >>> score = cjm.ces([7, 6, 2])
///     >>> score.value, score.n, score.method
///     (5.0, 3, 't')
#[pyfunction]
fn ces<'py>(py: Python<'py>, answers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let answers = whole_numbers(answers)?;
    records::record(py, &py.detach(|| score::ces(&answers)).or_raise(py)?)
}

/// The mean of values with its t interval: an ``Estimate``. One value, or equal ones, have no interval.
///
/// Raises ``ArgumentError`` for a value that is not finite.
///
///     >>> average = cjm.mean([4, 2, -1, 3])
///     >>> average.value, round(average.low, 2), round(average.high, 2)
///     (2.0, -1.44, 5.44)
#[pyfunction]
fn mean<'py>(py: Python<'py>, values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let values = numbers(values)?;
    records::record(py, &py.detach(|| score::mean(&values)).or_raise(py)?)
}

/// The mean of (value, weight) pairs with its t interval: an ``Estimate``.
///
/// The variance is that of reliability weights: equal weights give ``mean``, and multiplying all of them changes
/// nothing. Pairs of weight 0 are left out of n. Raises ``ArgumentError`` for a value that is not finite, and for a
/// weight that is negative or not finite.
///
///     >>> average = cjm.weighted_mean([(4, 10), (2, 5), (-1, 30), (3, 15)])
///     >>> round(average.value, 3), average.n, average.method
///     (1.083, 4, 't_weighted')
#[pyfunction]
fn weighted_mean(py: Python<'_>, pairs: Vec<(f64, f64)>) -> PyResult<Bound<'_, PyAny>> {
    records::record(py, &py.detach(|| score::weighted_mean(&pairs)).or_raise(py)?)
}

/// The share ``count`` of ``n``, from 0 to 1: an ``Estimate``; its value is ``None`` where n is 0.
///
/// ``method`` is that of the interval: ``wilson`` or ``adjusted_wald``. Raises ``ArgumentError`` when the count is
/// larger than n and for another method.
///
///     >>> part = cjm.share(45, 60)
///     >>> part.value, round(part.low, 3), round(part.high, 3)
///     (0.75, 0.628, 0.842)
///     >>> round(cjm.share(0, 60, method="adjusted_wald").high, 3)
///     0.072
#[pyfunction]
#[pyo3(signature = (count, n, *, method="wilson"))]
fn share<'py>(py: Python<'py>, count: i64, n: i64, method: &str) -> PyResult<Bound<'py, PyAny>> {
    let (count, n) = within(py, (count, n))?;
    match method {
        "wilson" => records::record(py, &score::share(count, n)),
        "adjusted_wald" => records::record(py, &score::share_by_adjusted_wald(count, n)),
        other => {
            let words = format!("`{other}` is no method; there are wilson, adjusted_wald");
            Err(error(py, ErrorCode::Argument, words))
        }
    }
}

/// The emotion of an answer, from -1 to 1.
///
/// ``kind`` is ``nps``, (x - 5) / 5, ``csat``, (x - 3) / 2, or ``ces``, (x - 4) / 3. Raises ``ArgumentError`` for an
/// answer off the scale and for another kind.
///
///     >>> cjm.emotion("nps", 0), cjm.emotion("csat", 4)
///     (-1.0, 0.5)
#[pyfunction]
fn emotion(py: Python<'_>, kind: &str, answer: i64) -> PyResult<f64> {
    let kind = ScoreKind::ALL.into_iter().find(|one| one.name() == kind).ok_or_else(|| {
        let words = format!("`{kind}` is no kind of score; there are nps, csat, ces");
        error(py, ErrorCode::Argument, words)
    })?;
    score::emotion_of(kind, answer).or_raise(py)
}

/// What an emotion curve says in a few figures: a ``CurveSummary``.
///
/// ``emotions`` are those of the touchpoints in map order, ``None`` or nan where none was measured; ``durations``, as
/// many, how long each lasts in any one unit, ``None`` where that is not known. Raises ``ArgumentError`` when there
/// are more of the one than of the other.
///
///     >>> found = cjm.summarize_curve([1.0, -0.5, 0.0], [10, 30, 10])
///     >>> found.peak_end, round(found.duration_weighted, 3), found.largest_drop
///     (0.5, -0.1, (1, -1.5))
#[pyfunction]
#[pyo3(signature = (emotions, durations=None))]
fn summarize_curve<'py>(
    py: Python<'py>,
    emotions: &Bound<'py, PyAny>,
    durations: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let maybe = |values: &Bound<'py, PyAny>| call::each(values, |value| value.extract::<Option<f64>>());
    let emotions = maybe(emotions)?;
    let durations = match durations {
        Some(durations) => maybe(durations)?,
        None => vec![None; emotions.len()],
    };
    if emotions.len() != durations.len() {
        let words = format!("there are {} emotions and {} durations", emotions.len(), durations.len());
        return Err(error(py, ErrorCode::Argument, words));
    }
    let items = emotions.into_iter().zip(durations);
    let items: Vec<CurveItem> = items.map(|(emotion, duration)| CurveItem { emotion, duration }).collect();
    records::record(py, &score::summarize_curve(&items))
}

/// How far apart two net promoter scores are, first minus second, with a z test: a ``ScoreDifference``.
///
/// ``method`` is that of the standard errors, as for ``nps``, the plain ones unless said: there is no settled test, and
/// the result names the one used. Where neither side varies there is nothing to test.
/// Raises ``ArgumentError`` for an answer off the scale and for another method.
///
///     >>> apart = cjm.compare_nps([10, 10, 9, 3], [10, 8, 5, 3])
///     >>> apart.difference, apart.n_first, apart.n_second, apart.test
///     (75.0, 4, 4, 'z')
#[pyfunction]
#[pyo3(name = "compare_nps", signature = (first, second, *, method="wald"))]
fn compare_nps<'py>(
    py: Python<'py>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let method = self::method(py, method)?;
    let (first, second) = (whole_numbers(first)?, whole_numbers(second)?);
    records::record(py, &py.detach(|| score::compare_nps_by(&first, &second, method)).or_raise(py)?)
}

/// How far apart two means are, first minus second, by Welch's t test: a ``ScoreDifference``.
///
/// The two need not vary alike. Raises ``ArgumentError`` for a value that is not finite.
///
///     >>> apart = cjm.compare_means([6, 7, 10, 12, 15], [3, 5, 8, 9, 12])
///     >>> round(apart.difference, 3), round(apart.p, 3), apart.method
///     (2.6, 0.286, 'welch')
#[pyfunction]
fn compare_means<'py>(
    py: Python<'py>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (first, second) = (numbers(first)?, numbers(second)?);
    records::record(py, &py.detach(|| score::compare_means(&first, &second)).or_raise(py)?)
}

/// How far apart two shares are, each as (count, n): Newcombe's interval and the pooled z test: a ``ScoreDifference``.
///
/// Raises ``ArgumentError`` when a count is larger than its n.
///
///     >>> apart = cjm.compare_shares((56, 70), (48, 80))
///     >>> round(apart.difference, 3), round(apart.p, 3), apart.method, apart.test
///     (0.2, 0.008, 'newcombe', 'pooled_z')
#[pyfunction]
fn compare_shares(py: Python<'_>, first: (i64, i64), second: (i64, i64)) -> PyResult<Bound<'_, PyAny>> {
    let (first, second) = (within(py, first)?, within(py, second)?);
    records::record(py, &score::compare_shares(first, second))
}

fn within(py: Python<'_>, (count, n): (i64, i64)) -> PyResult<(u64, u64)> {
    match (u64::try_from(count), u64::try_from(n)) {
        (Ok(count), Ok(n)) if count <= n => Ok((count, n)),
        _ => Err(error(py, ErrorCode::Argument, format!("{count} of {n} is no share"))),
    }
}

/// Answers of any iterable of whole numbers.
fn whole_numbers(answers: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    let py = answers.py();
    call::each(answers, |answer| {
        let number = match answer.hasattr(intern!(py, "__index__"))? {
            true => answer.call_method0(intern!(py, "__index__"))?,
            false => {
                let words = format!("`{}` is no whole number", shown(&answer)?);
                return Err(error(py, ErrorCode::Argument, words));
            }
        };
        whole(number.cast::<PyInt>()?, "answer")
    })
}

/// Values of any iterable of numbers.
fn numbers(values: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    call::each(values, |value| value.extract())
}
