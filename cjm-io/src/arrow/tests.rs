//! Every Arrow type a log takes, sliced and with nulls, against the values it was made of.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::types::{Int8Type, Int16Type, UInt64Type};
use arrow_array::*;
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Fields, TimeUnit as ArrowUnit};
use cjm_core::event::{ColumnData, EventLog, Options, Reason, TimeUnit};
use cjm_core::{ErrorCode, ValueRef, Zone};
use proptest::prelude::*;

use super::*;

fn options() -> Options {
    Options::new("c", "e", "t").with_unit(TimeUnit::Second)
}

/// A table with the columns every log needs, time rising, and `x`.
fn table(x: ArrayRef) -> RecordBatch {
    let n = x.len();
    RecordBatch::try_from_iter([
        ("c", Arc::new(Int64Array::from(vec![1; n])) as ArrayRef),
        ("e", Arc::new(StringArray::from(vec!["seen"; n]))),
        ("t", Arc::new(Int64Array::from_iter_values(0..n as i64))),
        ("x", x),
    ])
    .unwrap()
}

fn log(x: ArrayRef, options: &Options) -> Result<EventLog> {
    read([Ok(table(x))], options, None)
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "~".into(),
        ValueRef::Text(text) => text.into(),
        ValueRef::Money(x) => format!("{x} money"),
        ValueRef::Time(t) => t.to_string(),
        ValueRef::Date(d) => d.to_string(),
        ValueRef::Duration(d) => d.to_string(),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(x: impl Array + 'static, expect: &[&str]) {
    check_with(Arc::new(x), &options(), expect);
}

#[track_caller]
fn check_with(x: ArrayRef, options: &Options, expect: &[&str]) {
    // once as it is, once cut out of a longer array
    let kind = x.data_type().clone();
    for from in 0..2 {
        let x = x.slice(from, x.len() - from);
        let log = log(x, options).unwrap();
        let values: Vec<String> = (0..log.n_events()).map(|row| shown(log.value(0, row))).collect();
        assert_eq!(values, expect[from..], "{kind} from {from}: {:?}", log.rejected().rejected());
    }
}

#[test]
fn whole_numbers() {
    check(Int8Array::from(vec![Some(-128), None, Some(127)]), &["Int(-128)", "~", "Int(127)"]);
    check(Int16Array::from(vec![Some(-3), None]), &["Int(-3)", "~"]);
    check(Int32Array::from(vec![Some(i32::MIN), None]), &["Int(-2147483648)", "~"]);
    check(Int64Array::from(vec![Some(i64::MAX), None]), &["Int(9223372036854775807)", "~"]);
    check(UInt8Array::from(vec![Some(255), None]), &["Int(255)", "~"]);
    check(UInt16Array::from(vec![Some(65_535), None]), &["Int(65535)", "~"]);
    check(UInt32Array::from(vec![Some(u32::MAX), None]), &["Int(4294967295)", "~"]);
    check(UInt64Array::from(vec![Some(7), None]), &["Int(7)", "~"]);
    check(UInt64Array::from(vec![None, Some(u64::MAX)]), &["~", "18446744073709551615"]);
}

#[test]
fn numbers_and_booleans() {
    check(Float64Array::from(vec![Some(1.5), None]), &["Number(1.5)", "~"]);
    check(Float32Array::from(vec![Some(-0.25), None]), &["Number(-0.25)", "~"]);
    check(
        Float32Array::from(vec![38.1, 0.1, 16_777_216.0]),
        &["Number(38.1)", "Number(0.1)", "Number(16777216.0)"],
    );
    let half = cast(&Float32Array::from(vec![Some(0.5), None]), &DataType::Float16).unwrap();
    check_with(half, &options(), &["Number(0.5)", "~"]);
    let bits: Vec<Option<bool>> = (0..70).map(|i| (i % 3 != 0).then_some(i % 2 == 0)).collect();
    let expect: Vec<String> = bits.iter().map(|b| b.map_or("~".into(), |b| format!("Bool({b})"))).collect();
    check(BooleanArray::from(bits), &expect.iter().map(String::as_str).collect::<Vec<_>>());
    check(NullArray::new(2), &["~", "~"]);
}

#[test]
fn texts() {
    let texts = vec![Some("味道"), None, Some("")];
    check(StringArray::from(texts.clone()), &["味道", "~", ""]);
    check(LargeStringArray::from(texts.clone()), &["味道", "~", ""]);
    check(StringViewArray::from(texts.clone()), &["味道", "~", ""]);
    check(BinaryArray::from(vec![Some(b"ab".as_slice()), None]), &["ab", "~"]);
    check(FixedSizeBinaryArray::try_from_iter(["ab", "cd"].iter()).unwrap(), &["ab", "cd"]);
    let many: Vec<String> = (0..3_000).map(|i| format!("text {i}")).collect();
    let log = log(Arc::new(StringArray::from(many.clone())), &options()).unwrap();
    assert!((0..3_000).all(|row| log.value(0, row) == ValueRef::Text(&many[row])));
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let error = log(Arc::new(BinaryArray::from(vec![b"\xff\xfe".as_slice()])), &options()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Format);
    assert!(error.message().starts_with("the column `x` can not be read"), "{error}");
}

#[test]
fn dictionaries() {
    let texts = StringArray::from(vec![Some("a"), None, Some("unused"), Some("a"), Some("b")]);
    let keys = Int8Array::from(vec![Some(0), Some(1), None, Some(3), Some(4)]);
    check(DictionaryArray::<Int8Type>::new(keys, Arc::new(texts)), &["a", "~", "~", "a", "b"]);
    let wide = UInt64Array::from(vec![Some(1), Some(0)]);
    let views = StringViewArray::from(vec!["x", "y"]);
    check(DictionaryArray::<UInt64Type>::new(wide, Arc::new(views)), &["y", "x"]);
    let numbers = Int64Array::from(vec![10, 20]);
    let keys = Int16Array::from(vec![Some(1), None]);
    check(DictionaryArray::<Int16Type>::new(keys, Arc::new(numbers)), &["Int(20)", "~"]);
    let texts = StringArray::from(vec!["a", "a", "b"]);
    let keys = Int8Array::from(vec![0, 1, 2]);
    let log = log(Arc::new(DictionaryArray::<Int8Type>::new(keys, Arc::new(texts))), &options()).unwrap();
    let ColumnData::Text { texts, codes } = &log.columns()[0].data else { panic!("{:?}", log.columns()) };
    assert_eq!((texts.len(), codes.get(0) == codes.get(1)), (2, true), "equal texts have one code");
}

#[test]
fn runs_are_unpacked() {
    let ends = Int32Array::from(vec![2, 3]);
    let runs = RunArray::<arrow_array::types::Int32Type>::try_new(&ends, &StringArray::from(vec!["a", "b"]))
        .unwrap();
    check(runs, &["a", "a", "b"]);
}

#[test]
fn amounts() {
    let money = |digits: Vec<Option<i128>>, precision, scale| {
        Decimal128Array::from(digits).with_precision_and_scale(precision, scale).unwrap()
    };
    check(money(vec![Some(3_810), None, Some(-5)], 10, 2), &["38.10 money", "~", "-0.05 money"]);
    check(money(vec![Some(12)], 10, -2), &["1200 money"]);
    check(money(vec![Some(10_i128.pow(37))], 38, 38), &["0.1000000000000000000000000000 money"]);
    let long = 10_i128.pow(37) + 1;
    check(money(vec![Some(long), None], 38, 0), &[&long.to_string(), "~"]);
    let wide = cast(&money(vec![Some(3_810), None], 10, 2), &DataType::Decimal256(40, 2)).unwrap();
    check_with(wide, &options(), &["38.10 money", "~"]);
    for narrow in [DataType::Decimal32(9, 2), DataType::Decimal64(18, 2)] {
        let narrow = cast(&money(vec![Some(3_810), None], 10, 2), &narrow).unwrap();
        check_with(narrow, &options(), &["38.10 money", "~"]);
    }
}

#[test]
fn dates_and_times() {
    check(Date32Array::from(vec![Some(0), None, Some(-1)]), &["1970-01-01", "~", "1969-12-31"]);
    check(Date64Array::from(vec![Some(86_400_000), None]), &["1970-01-02", "~"]);
    check(Time32SecondArray::from(vec![Some(3_661), None]), &["01:01:01", "~"]);
    check(DurationMillisecondArray::from(vec![Some(90_000), None]), &["90s", "~"]);
    let utc =
        |array: &dyn Array, unit| cast(array, &DataType::Timestamp(unit, Some("+08:00".into()))).unwrap();
    let steps = Int64Array::from(vec![Some(1_500), None]);
    for (unit, first) in [
        (ArrowUnit::Second, "1970-01-01T00:25:00Z"),
        (ArrowUnit::Millisecond, "1970-01-01T00:00:01.5Z"),
        (ArrowUnit::Microsecond, "1970-01-01T00:00:00.0015Z"),
        (ArrowUnit::Nanosecond, "1970-01-01T00:00:00.000001Z"),
    ] {
        check_with(utc(&steps, unit), &options(), &[first, "~"]);
    }
}

#[test]
fn times_without_a_zone_take_the_one_given() {
    let zone = |name| Options { zone: Some(Zone::named(name).unwrap()), ..options() };
    // 2026-03-08 02:30 does not exist in New York, 2026-11-01 01:30 exists twice
    let local = [1_772_937_000_i64, 1_793_496_600, 1_772_850_600];
    let seconds = Arc::new(TimestampSecondArray::from(local.map(Some).to_vec()));
    check_with(
        Arc::clone(&seconds) as ArrayRef,
        &zone("America/New_York"),
        &["2026-03-08T07:00:00Z", "2026-11-01T05:30:00Z", "2026-03-07T07:30:00Z"],
    );
    check_with(
        Arc::clone(&seconds) as ArrayRef,
        &zone("UTC"),
        &["2026-03-08T02:30:00Z", "2026-11-01T01:30:00Z", "2026-03-07T02:30:00Z"],
    );
    check_with(seconds, &options(), &["2026-03-08T02:30:00", "2026-11-01T01:30:00", "2026-03-07T02:30:00"]);
    let nanos = TimestampNanosecondArray::from(vec![1_772_937_000_000_000_001 + 86_400_000_000_000]);
    check_with(Arc::new(nanos), &zone("America/New_York"), &["2026-03-09T06:30:00Z"]);
}

#[test]
fn the_time_of_events_needs_a_zone() {
    let times =
        Arc::new(TimestampNanosecondArray::from(vec![1_500_000_000_000_000_001, 1_500_000_000_000_000_000]));
    let named = |options: Options| Options { time: Some("x".into()), ..options };
    let error = log(Arc::clone(&times) as ArrayRef, &named(options())).unwrap_err();
    assert_eq!(error.to_string(), "argument: the times in `x` have no zone: name it, as in `Asia/Shanghai`");
    let log = log(times, &named(options().with_zone(Zone::named("Asia/Shanghai").unwrap()))).unwrap();
    assert_eq!(log.first().unwrap().to_string(), "2017-07-13T18:40:00Z");
    assert_eq!(log.rejected().count(Reason::TimeFloored), 1);
}

#[test]
fn lists_of_records() {
    let fields = Fields::from(vec![
        Field::new("dish", DataType::Utf8, true),
        Field::new("quantity", DataType::Int32, true),
    ]);
    let record =
        StructBuilder::new(fields, vec![Box::new(StringBuilder::new()), Box::new(Int32Builder::new())]);
    let mut lists = ListBuilder::new(record);
    for items in [&[("rice", 2), ("tea", 1)][..], &[], &[("soup", 3)]] {
        for (dish, quantity) in items {
            lists.values().field_builder::<StringBuilder>(0).unwrap().append_value(dish);
            lists.values().field_builder::<Int32Builder>(1).unwrap().append_value(*quantity);
            lists.values().append(true);
        }
        lists.append(!items.is_empty());
    }
    let array: ArrayRef = Arc::new(lists.finish());
    let large =
        cast(&array, &DataType::LargeList(Arc::new(Field::new_list_field(list_item(&array), true)))).unwrap();
    for array in [array, large] {
        let log = log(array.slice(1, 2), &options()).unwrap();
        assert_eq!(log.value(0, 0), ValueRef::Null);
        let soup = format!("{:?}", log.value(0, 1).to_value());
        assert_eq!(soup, "List([Record([(\"dish\", Text(\"soup\")), (\"quantity\", Int(3))])])");
    }
}

fn list_item(array: &ArrayRef) -> DataType {
    match array.data_type() {
        DataType::List(field) => field.data_type().clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn types_without_a_place_are_named() {
    let span: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![1]));
    let error = log(Arc::clone(&span), &options()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "format: the column `x` is of type Interval(YearMonth), which a log does not hold; leave it out of the attributes"
    );
    let without = Options { attributes: cjm_core::event::Attributes::Only(Vec::new()), ..options() };
    assert_eq!(log(span, &without).unwrap().n_events(), 1, "a column that is not asked for is not looked at");
}

#[test]
fn nulls_in_the_envelope_are_bad_rows() {
    let table = RecordBatch::try_from_iter([
        ("c", Arc::new(Int64Array::from(vec![Some(1), None, Some(1), Some(1)])) as ArrayRef),
        ("e", Arc::new(StringArray::from(vec![Some("a"), Some("a"), None, Some("a")]))),
        ("t", Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(1), None]))),
    ])
    .unwrap();
    let log = read([Ok(table.clone()), Ok(table)], &options(), None).unwrap();
    let told: Vec<(Reason, u64, u64)> =
        log.rejected().rejected().iter().map(|r| (r.reason, r.count, r.examples[1].line)).collect();
    assert_eq!(
        told,
        [(Reason::MissingCustomer, 2, 6), (Reason::MissingEvent, 2, 7), (Reason::MissingTime, 2, 8)]
    );
}

#[test]
fn zero_rows_and_zero_batches() {
    let empty = table(Arc::new(Int64Array::from(Vec::<i64>::new())));
    assert_eq!(read([Ok(empty)], &options(), None).unwrap().n_events(), 0);
    assert_eq!(read([], &options(), None).unwrap().n_events(), 0);
    let broken = Err(ArrowError::ComputeError("gone".into()));
    assert_eq!(read([broken], &options(), None).unwrap_err().code(), ErrorCode::Format);
}

#[test]
fn data_are_checked_before_they_are_trusted() {
    let good = StringArray::from(vec!["a", "b"]).to_data();
    assert_eq!(checked(good.clone()).unwrap().len(), 2);
    let table = table(Arc::new(StringArray::from(vec!["a", "b"])));
    assert_eq!(checked_table(&table).unwrap(), table);
    for texts in
        [vec!["", "a", "twelve bytes"], vec!["a", "more than twelve"], vec!["味"], vec!["味味味味味"]]
    {
        let column = Arc::new(StringViewArray::from(texts)) as ArrayRef;
        let table = super::tests::table(column);
        let read = |batches: Result<Vec<Batch>>| format!("{:?}", batches.unwrap());
        let plain = read(batches([Ok(table.clone())], &options(), None));
        assert_eq!(read(checked_batches(std::slice::from_ref(&table), &options(), None)), plain);
        let last = table.slice(table.num_rows() - 1, 1);
        let texts = cast(&last["x"], &DataType::Utf8).unwrap();
        let columns = last.columns()[..3].iter().cloned().chain([texts]);
        let fields = ["c", "e", "t", "x"].into_iter().zip(columns);
        let other = read(batches([Ok(RecordBatch::try_from_iter(fields).unwrap())], &options(), None));
        assert_eq!(read(checked_batches(&[last], &options(), None)), other);
    }
    // what safe code lets one make is refused where it is made; the rest comes from C, through `checked`
    assert!(good.into_builder().len(5).build().is_err(), "offsets beyond the buffer");
    let keys = Int8Array::from(vec![0, 9]).to_data();
    let kind = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let texts = StringArray::from(vec!["a"]).to_data();
    let dictionary = keys.into_builder().data_type(kind).add_child_data(texts);
    assert!(dictionary.build().is_err(), "a key without a text");
    let told = guarded(|| -> Result<()> { panic!("a bitmap that is too short") }).unwrap_err();
    assert_eq!(told.code(), ErrorCode::Format);
}

/// Optional values of a kind of column, as an array of one of the types that hold them.
fn any_array() -> impl Strategy<Value = (ArrayRef, Vec<String>)> {
    let ints = prop::collection::vec(prop::option::of(-100..100_i64), 1..40);
    let int_types = [DataType::Int8, DataType::Int16, DataType::Int32, DataType::Int64];
    let ints = (ints, prop::sample::select(int_types.to_vec())).prop_map(|(values, kind)| {
        let expect = values.iter().map(|x| x.map_or("~".into(), |x| format!("Int({x})"))).collect();
        (cast(&Int64Array::from(values), &kind).unwrap(), expect)
    });
    let texts = prop::collection::vec(prop::option::of("[a-c味]{0,2}"), 1..40);
    let dictionary = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    let mut text_types = vec![DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View];
    text_types.extend([DataType::Int8, DataType::UInt16, DataType::Int32, DataType::UInt64].map(dictionary));
    let texts = (texts, prop::sample::select(text_types)).prop_map(|(values, kind)| {
        let expect = values.iter().map(|x| x.clone().unwrap_or("~".into())).collect();
        (cast(&StringArray::from(values), &kind).unwrap(), expect)
    });
    let times = prop::collection::vec(prop::option::of(-1_000..1_000_i64), 1..40);
    let times = times.prop_map(|values| {
        let expect = |x: &Option<i64>| {
            x.map_or("~".into(), |x| cjm_core::Timestamp::from_micros(x * 1_000).unwrap().to_string())
        };
        let expect = values.iter().map(expect).collect();
        (Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC")) as ArrayRef, expect)
    });
    prop_oneof![ints, texts, times]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_goes_in_comes_out((array, expect) in any_array(), from in 0..40_usize, size in 1..20_usize) {
        let from = from % array.len();
        let array = array.slice(from, array.len() - from);
        let table = table(Arc::clone(&array));
        let pieces = (0..table.num_rows()).step_by(size).map(|at| table.slice(at, size.min(table.num_rows() - at)));
        let log = read(pieces.map(Ok), &options(), None).unwrap();
        let got: Vec<String> = (0..log.n_events()).map(|row| shown(log.value(0, row))).collect();
        prop_assert_eq!(&got, &expect[from..]);
    }
}

#[test]
fn simpler_types_say_what_arrow_makes_of_them() {
    let day_ns = 86_400_000_000_000_i64;
    let micros: Vec<Option<i64>> =
        vec![Some(0), Some(-1), None, Some(1_772_366_400_000_500), Some(86_399_999_999)];
    let ends = Int32Array::from(vec![2, 3, 5]);
    let columns: [(ArrayRef, DataType); 12] = [
        (Arc::new(Time32SecondArray::from(vec![Some(0), None, Some(86_399)])), DataType::Utf8),
        (Arc::new(Time32MillisecondArray::from(vec![Some(1), None, Some(45_296_500)])), DataType::Utf8),
        (Arc::new(Time64MicrosecondArray::from(vec![Some(1), Some(45_296_000_000)])), DataType::Utf8),
        (Arc::new(Time64NanosecondArray::from(vec![Some(1), Some(day_ns - 1), None])), DataType::Utf8),
        (Arc::new(TimestampSecondArray::from(vec![Some(-1), Some(1_772_366_400)])), DataType::Utf8),
        (Arc::new(TimestampMillisecondArray::from(vec![Some(1_500), None])), DataType::Utf8),
        (Arc::new(TimestampMicrosecondArray::from(micros)), DataType::Utf8),
        (
            Arc::new(TimestampNanosecondArray::from(vec![Some(1_772_366_400_000_000_001), None])),
            DataType::Utf8,
        ),
        (Arc::new(BinaryViewArray::from(vec![Some(&b"ab"[..]), None])), DataType::Utf8View),
        (Arc::new(LargeBinaryArray::from(vec![Some(&b"ab"[..]), None])), DataType::LargeUtf8),
        (
            Arc::new(RunArray::try_new(&ends, &Int64Array::from(vec![Some(7), None, Some(9)])).unwrap()),
            DataType::Int64,
        ),
        (
            Arc::new(DictionaryArray::<Int8Type>::new(
                Int8Array::from(vec![Some(1), None, Some(0), Some(1)]),
                Arc::new(Float64Array::from(vec![Some(0.5), None])),
            )),
            DataType::Float64,
        ),
    ];
    for (column, to) in columns {
        for from in 0..column.len() {
            let piece = column.slice(from, column.len() - from);
            let about = cells::About { name: "x", zone: None, is_time: false };
            let made = plain::simpler(about, &piece).unwrap().unwrap();
            assert_eq!(&made, &cast(&piece, &to).unwrap(), "{} from {from}", column.data_type());
        }
    }
    // before 1970, too, a day is the one that it falls into; what can not be said is told
    check(Date64Array::from(vec![Some(-1), Some(-86_400_000)]), &["1969-12-31", "1969-12-31"]);
    let refused = |x: ArrayRef| log(x, &options()).unwrap_err().message().to_owned();
    assert!(refused(Arc::new(Time32SecondArray::from(vec![-1]))).contains("no time of day"));
    assert!(
        refused(Arc::new(BinaryArray::from(vec![&b"\xff"[..]]))).contains("the column `x` can not be read")
    );
}
