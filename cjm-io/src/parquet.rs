//! Event logs from Parquet files.
//!
//! Answers: a log of a Parquet file, its row groups decoded side by side, dictionaries of texts kept as codes.
//! Does not know: which rows are good (the log's builder judges them), other file formats.

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use cjm_core::base::par;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Batch, EventLog, LogBuilder, Options};
use cjm_core::{Error, ErrorCode, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::arrow::{Texts, batch_of, declared_names, failed, guarded};
use crate::named::known_columns;

/// Rows decoded at once: their columns fit the cache.
const BATCH_ROWS: usize = 1 << 16;

/// Reads a Parquet file into a log. A message names the row of the file, from 1.
///
/// # Errors
/// [`ErrorCode::Io`] when the file can not be read, [`ErrorCode::Format`] when it is no good Parquet or holds a type
/// that has no place in a log, else those of [`crate::arrow::read`].
pub fn read(path: &Path, options: &Options, blueprint: Option<&Document>) -> Result<EventLog> {
    read_with(path, options, blueprint, &mut |_, _| {})
}

/// Like [`read`]; tells from time to time how many rows of how many are decoded.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    path: &Path,
    options: &Options,
    blueprint: Option<&Document>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<EventLog> {
    let in_file = |error: Error| error.in_file(&path.display().to_string());
    let batches = batches(path, options, blueprint, progress).map_err(in_file)?;
    let mut builder = LogBuilder::new(options.clone());
    if let Some(document) = blueprint {
        builder = builder.with_blueprint(document);
    }
    batches.into_iter().for_each(|batch| builder.push(batch));
    builder.finish().map_err(in_file)
}

/// The rows of a file, in their order. Columns of a type that has no place in a log are left out and counted where the
/// blueprint does not declare them.
pub(crate) fn batches(
    path: &Path,
    options: &Options,
    blueprint: Option<&Document>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Batch>> {
    let table = Table::open(path, options)?;
    let declared = blueprint.map(declared_names);
    let groups = table.groups()?;
    let total = groups.last().map_or(0, |(_, rows)| rows.end - 1);
    progress(0, total);
    let mut all = Vec::new();
    // some groups at a time, so that progress can be told
    for wave in groups.chunks(2 * par::threads()) {
        let decoded =
            par::map(wave.to_vec(), |(group, rows)| table.decode(group, rows, options, declared.as_ref()));
        for batches in decoded {
            all.extend(batches?);
        }
        progress(wave.last().map_or(0, |(_, rows)| rows.end - 1), total);
    }
    Ok(all)
}

/// A Parquet file whose footer has been read.
struct Table<'a> {
    path: &'a Path,
    metadata: ArrowReaderMetadata,
    columns: ProjectionMask,
}

impl<'a> Table<'a> {
    fn open(path: &'a Path, options: &Options) -> Result<Self> {
        let file = open(path)?;
        let plain =
            guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| bad(&e)))?;
        let schema = coded(&plain, options);
        let reader = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let metadata =
            ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), reader).map_err(|e| bad(&e))?;
        let names: Vec<&str> = plain.schema().fields().iter().map(|field| field.name().as_str()).collect();
        known_columns(options, &names)?;
        let used = plain.schema().fields().iter().enumerate().filter(|(_, field)| options.uses(field.name()));
        let columns = ProjectionMask::roots(plain.parquet_schema(), used.map(|(index, _)| index));
        Ok(Self { path, metadata, columns })
    }

    /// Row groups with their rows in the file, from 1.
    fn groups(&self) -> Result<Vec<(usize, Range<u64>)>> {
        let mut first = 1_u64;
        let groups = self.metadata.metadata().row_groups().iter().enumerate().map(|(group, of)| {
            let n = u64::try_from(of.num_rows())
                .map_err(|_| Error::new(ErrorCode::Format, "a negative row count"))?;
            let rows = first..first.saturating_add(n);
            first = rows.end;
            Ok((group, rows))
        });
        groups.collect()
    }

    /// The batches of a row group.
    fn decode(
        &self,
        group: usize,
        rows: Range<u64>,
        options: &Options,
        declared: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Batch>> {
        // a file handle of its own: handles of one file would share their position
        let file = open(self.path)?;
        guarded(|| {
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_projection(self.columns.clone())
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(|e| bad(&e))?;
            let mut texts = Texts::default();
            let mut first = rows.start;
            let mut batches = Vec::new();
            for table in reader {
                let table = table.map_err(|error| failed(&error))?;
                batches.push(batch_of(&table, first, (options, declared), &mut texts)?);
                first += table.num_rows() as u64;
            }
            Ok(batches)
        })
    }
}

/// The schema of a file in which texts that every row group keeps in a dictionary stay codes.
fn coded(metadata: &ArrowReaderMetadata, options: &Options) -> Schema {
    let groups = metadata.metadata().row_groups();
    let descriptor = metadata.parquet_schema();
    let has_dictionary = |name: &str| {
        let leaf = descriptor.columns().iter().position(|column| column.path().parts() == [name.to_owned()]);
        let chunk = |group: &parquet::file::metadata::RowGroupMetaData| {
            leaf.and_then(|leaf| group.columns().get(leaf))
                .is_some_and(|c| c.dictionary_page_offset().is_some())
        };
        !groups.is_empty() && groups.iter().all(chunk)
    };
    // keys are mostly different: codes of them would only cost
    let is_key = |name: &str| {
        let keys = [&options.customer, &options.id].into_iter().flatten().chain(options.identities.values());
        keys.into_iter().any(|key| key == name)
    };
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            if has_dictionary(field.name()) && !is_key(field.name()) =>
        {
            let texts = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(Field::new(field.name(), texts, field.is_nullable()))
        }
        _ => Arc::clone(field),
    };
    Schema::new(metadata.schema().fields().iter().map(field).collect::<Vec<_>>())
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::new(ErrorCode::Io, error.to_string()))
}

fn bad(error: &ParquetError) -> Error {
    Error::new(ErrorCode::Format, format!("the Parquet file can not be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
    use cjm_core::event::TimeUnit;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;
    use proptest::prelude::*;

    use super::*;

    fn options() -> Options {
        Options::new("c", "e", "t").with_unit(TimeUnit::Second)
    }

    fn table(n: i64) -> RecordBatch {
        let name = |i: i64| (i % 7 != 0).then(|| format!("e{}", i % 5));
        RecordBatch::try_from_iter([
            ("c", Arc::new(Int64Array::from_iter_values((0..n).map(|i| i * 31 % 97))) as ArrayRef),
            ("e", Arc::new(StringArray::from_iter((0..n).map(name)))),
            ("t", Arc::new(Int64Array::from_iter_values((0..n).map(|i| i * 17 % 1_009)))),
            ("amount", Arc::new(Float64Array::from_iter((0..n).map(|i| (i % 3 > 0).then_some(i as f64))))),
            ("note", Arc::new(StringArray::from_iter_values((0..n).map(|i| format!("note {i}"))))),
        ])
        .unwrap()
    }

    fn file(table: &RecordBatch, group: usize) -> Vec<u8> {
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, table.schema(), Some(properties)).unwrap();
        writer.write(table).unwrap();
        writer.close().unwrap();
        bytes
    }

    fn read_bytes(bytes: &[u8], options: &Options) -> Result<EventLog> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.parquet");
        std::fs::write(&path, bytes).unwrap();
        read(&path, options, None)
    }

    fn dump(log: &EventLog) -> Vec<String> {
        let customer = |c: usize| {
            let rows = log.rows(c).map(|row| {
                let name = &log.event_names()[log.names().get(row) as usize];
                let values: Vec<_> = (0..log.columns().len()).map(|column| log.value(column, row)).collect();
                format!("{} {name} {values:?}", log.times_us()[row])
            });
            format!("{}: {}", log.customer_key(c), rows.collect::<Vec<_>>().join("; "))
        };
        (0..log.n_customers()).map(customer).collect()
    }

    #[test]
    fn a_file_is_what_its_table_is() {
        let table = table(1_000);
        let direct = crate::arrow::read([Ok(table.clone())], &options(), None).unwrap();
        assert_eq!((direct.n_events(), direct.rejected().n_rejected()), (857, 143));
        for group in [100, 333, 5_000] {
            let log = read_bytes(&file(&table, group), &options()).unwrap();
            assert_eq!(dump(&log), dump(&direct), "row groups of {group}");
            assert_eq!(log.rejected(), direct.rejected());
        }
    }

    #[test]
    fn progress_reaches_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.parquet");
        std::fs::write(&path, file(&table(1_000), 100)).unwrap();
        let mut told = Vec::new();
        read_with(&path, &options(), None, &mut |done, total| told.push((done, total))).unwrap();
        assert!(told.is_sorted() && told.len() > 1, "{told:?}");
        assert!(told.last().is_some_and(|(done, total)| done == total));
    }

    #[test]
    fn what_is_no_file_is_told() {
        let missing = read(Path::new("/nowhere/events.parquet"), &options(), None).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::Io);
        for bytes in [&b""[..], b"PAR1", b"customer,event\n1,a\n", b"PAR1\0\0\0\0PAR1"] {
            assert_eq!(read_bytes(bytes, &options()).unwrap_err().code(), ErrorCode::Format);
        }
    }

    /// A blueprint of the event `e0`, with the zone of Shanghai.
    fn blueprint() -> cjm_core::Blueprint {
        let text = "cjm: 1\nid: s\nzone: Asia/Shanghai\nidentities: [{ id: member }]\nevents: { e0: { note: text } }\n";
        cjm_core::Blueprint::from_yaml(text).unwrap()
    }

    /// Rows that arrive in this order of time, with a column of bytes that no log has room for.
    fn bytes_of_rows(times: &[&str]) -> Vec<u8> {
        let n = times.len();
        let column = |text: &str| Arc::new(StringArray::from(vec![text; n])) as ArrayRef;
        let raw = arrow_array::BinaryArray::from_iter((0..n).map(|i| (i > 0).then_some([0xff_u8, 0xfe])));
        let table = RecordBatch::try_from_iter([
            ("c", column("m1")),
            ("e", column("e0")),
            ("t", Arc::new(StringArray::from(times.to_vec()))),
            ("note", column("x")),
            ("raw", Arc::new(raw)),
        ]);
        file(&table.unwrap(), 2)
    }

    #[test]
    fn what_a_blueprint_drops_may_be_of_any_type_and_is_counted() {
        let bytes = bytes_of_rows(&["2026-03-01 10:00", "2026-03-01 11:00", "2026-03-01 12:00"]);
        let folder = tempfile::tempdir().unwrap();
        // by its first bytes: the name says nothing
        let path = folder.path().join("events");
        std::fs::write(&path, &bytes).unwrap();
        let options = Options::new("c", "e", "t");
        let blueprint = blueprint();
        let log = crate::EventReader::new().blueprint(blueprint.document()).read(&path, &options).unwrap();
        let told: Vec<(String, u64)> = log
            .rejected()
            .all()
            .map(|rows| (rows.finding().message(cjm_core::Language::En), rows.count))
            .collect();
        assert_eq!(
            (log.n_events(), told),
            (3, vec![("the event `e0` does not declare `raw`".to_owned(), 2)])
        );
        let zoned = options.clone().with_zone(cjm_core::Zone::utc());
        let without = crate::EventReader::new().read(&path, &zoned).unwrap_err();
        assert_eq!(without.code(), ErrorCode::Format, "{without}");
        let flag = crate::EventReader::new().transition("complete").read(&path, &options).unwrap_err();
        assert_eq!(flag.code(), ErrorCode::Argument, "{flag}");
    }

    #[test]
    fn times_that_all_lack_a_zone_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.parquet");
        std::fs::write(&path, bytes_of_rows(&["2026-03-01 10:00"])).unwrap();
        let options = Options {
            attributes: cjm_core::event::Attributes::Only(vec!["note".into()]),
            ..Options::new("c", "e", "t")
        };
        let error = crate::EventReader::new().read(&path, &options).unwrap_err();
        assert!(error.code() == ErrorCode::Argument && error.message().contains("give `zone`"), "{error}");
    }

    #[test]
    fn rows_keep_their_order_of_arrival_so_that_late_ones_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.parquet");
        std::fs::write(&path, bytes_of_rows(&["2026-03-01 10:00", "2026-03-01 12:00", "2026-03-01 11:00"]))
            .unwrap();
        let blueprint = blueprint();
        let reader = crate::EventReader::new().blueprint(blueprint.document());
        let (batches, options) = reader.batches(&path, &Options::new("c", "e", "t")).unwrap();
        let late = cjm_core::insight::tracking::late(blueprint.document(), &options, &batches);
        assert_eq!(
            late.iter().map(|issue| (issue.count, issue.worst_s)).collect::<Vec<_>>(),
            [(1, Some(3_600.0))]
        );
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let bytes = file(&table(50), 100);
        for end in (0..bytes.len()).step_by(37) {
            let error = read_bytes(&bytes[..end], &options()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Format, "cut at {end}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn flipped_bits_give_a_log_or_an_error(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut bytes = file(&table(60), 30);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            // either is right; a panic or an abort is not
            if let Err(error) = read_bytes(&bytes, &options()) {
                prop_assert!(!error.message().is_empty());
            }
        }
    }
}
