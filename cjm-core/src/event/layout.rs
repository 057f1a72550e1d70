//! Which columns a log has, and where in the batches they come from.
//!
//! Answers: the fields of the log with the type each will have. Does not know: single rows.

use std::sync::Arc;

use indexmap::IndexSet;

use super::batch::Batch;
use super::cells::Cells;
use super::declared::Declared;
use super::infer::{Kinds, infer};
use super::options::{Attributes, DEFAULT_IDENTITY, Options};
use crate::base::ids::nearest;
use crate::base::par;
use crate::base::zone::Zone;
use crate::blueprint::model::AttributeKind;
use crate::error::{Error, ErrorCode, Result};

/// Most attribute columns of a log.
const MAX_COLUMNS: usize = 1_024;

/// What a field is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Name,
    Source,
    Id,
    Channel,
    Sequence,
    Identity,
    Attribute,
}

/// The type that all values of a field have in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Text,
    Int,
    Number,
    Money,
    Bool,
    Time,
    Date,
    /// Lists, or several types under one name.
    Mixed,
}

/// One column of the log.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: Arc<str>,
    pub(super) role: Role,
    pub(super) target: Target,
}

/// The fields of a log and the columns of its envelope.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Identity kind and column, in the order in which they name a customer.
    pub(super) customers: Vec<(Arc<str>, Arc<str>)>,
    /// Likewise of the kinds that the blueprint does not declare: they name nobody.
    pub(super) undeclared: Vec<(Arc<str>, Arc<str>)>,
    pub(super) time: Arc<str>,
    /// All columns but the customer and the time.
    pub(super) fields: Vec<Field>,
}

/// Which columns mean what.
#[derive(Debug)]
pub(super) struct Columns {
    customers: Identities,
    undeclared: Identities,
    /// Both of them.
    pub(super) kinds: Identities,
    time: Arc<str>,
    /// The envelope beside customer and time.
    fields: Vec<Field>,
    /// Names of the attribute columns.
    pub(super) attributes: Vec<Arc<str>>,
}

impl Layout {
    /// Lays out the log of these batches.
    ///
    /// # Errors
    /// [`ErrorCode::Argument`] when a named column is in no batch or a needed one is not named,
    /// [`ErrorCode::Limit`] beyond 1,024 attributes.
    pub(super) fn of(batches: &[Batch], options: &Options, declared: Option<&Declared>) -> Result<Self> {
        let Columns { customers, undeclared, time, mut fields, attributes, .. } =
            Self::columns(batches, options, declared)?;
        let targets = targets(batches, &attributes, declared, options.zone.as_ref());
        let attributes = attributes.into_iter().zip(targets);
        fields.extend(attributes.map(|(name, target)| Field { name, role: Role::Attribute, target }));
        Ok(Self { customers, undeclared, time, fields })
    }

    /// Which columns mean what, the types of attributes aside.
    ///
    /// # Errors
    /// As [`Layout::of`].
    pub(super) fn columns(
        batches: &[Batch],
        options: &Options,
        declared: Option<&Declared>,
    ) -> Result<Columns> {
        let known: IndexSet<Arc<str>> =
            batches.iter().flat_map(Batch::columns).map(|column| Arc::clone(&column.name)).collect();
        let find = |what: &str, name: &str| column(&known, what, name);
        let (customers, undeclared) = customers(options, declared)?;
        for (_, name) in customers.iter().chain(&undeclared) {
            find("customer", name)?;
        }
        let time = options.time.as_deref().ok_or_else(|| unnamed("time"))?;
        find("time", time)?;
        let fields = envelope(options, &customers);
        for field in &fields {
            find("envelope", &field.name)?;
        }
        let kinds = customers.iter().chain(&undeclared).cloned().collect();
        let attributes = attributes(&known, options)?;
        Ok(Columns { customers, undeclared, kinds, time: time.into(), fields, attributes })
    }

    /// The first field of a role.
    pub(super) fn role(&self, role: Role) -> Option<usize> {
        self.fields.iter().position(|field| field.role == role)
    }
}

fn unnamed(what: &str) -> Error {
    Error::new(ErrorCode::Argument, format!("no column was named for the {what}"))
}

fn column(known: &IndexSet<Arc<str>>, what: &str, name: &str) -> Result<()> {
    if known.contains(name) {
        return Ok(());
    }
    let near = nearest(name, known.iter().map(AsRef::as_ref));
    let help = match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => "; the source has no columns".to_owned(),
        None => format!("; the columns are {}", listed(known)),
    };
    let what = if what == "envelope" { String::new() } else { format!(" for the {what}") };
    Err(Error::new(ErrorCode::Argument, format!("there is no column `{name}`{what}{help}")))
}

fn listed(known: &IndexSet<Arc<str>>) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if known.len() > SHOWN {
        names.push(format!("and {} more", known.len() - SHOWN));
    }
    names.join(", ")
}

/// Identity kinds with their columns.
type Identities = Vec<(Arc<str>, Arc<str>)>;

/// The kinds that name customers, in the blueprint's order, then that of the options; and those that the blueprint,
/// declaring others, does not.
fn customers(options: &Options, declared: Option<&Declared>) -> Result<(Identities, Identities)> {
    let order: Vec<&str> = declared.iter().flat_map(|d| &d.identities).map(String::as_str).collect();
    let first = order.first().copied().unwrap_or(DEFAULT_IDENTITY);
    let mut all = Identities::new();
    if options.customer.is_some() && options.identities.contains_key(first) {
        let words = format!("the customer is the identity `{first}`, for which another column is named too");
        return Err(Error::new(ErrorCode::Argument, words));
    }
    all.extend(options.customer.iter().map(|column| (Arc::from(first), Arc::from(column.as_str()))));
    all.extend(
        options.identities.iter().map(|(kind, column)| (kind.as_str().into(), column.as_str().into())),
    );
    let rank = |kind: &str| order.iter().position(|k| *k == kind).unwrap_or(usize::MAX);
    all.sort_by_key(|(kind, _)| rank(kind));
    if all.len() > usize::from(u8::MAX) {
        return Err(Error::new(ErrorCode::Limit, "more than 255 identity kinds"));
    }
    if all.is_empty() {
        return Err(unnamed("customer"));
    }
    Ok(all.into_iter().partition(|(kind, _)| declared.is_none_or(|declared| declared.takes(kind))))
}

/// The fields of the envelope beside customer and time. The event name comes first.
fn envelope(options: &Options, customers: &[(Arc<str>, Arc<str>)]) -> Vec<Field> {
    let named = [
        (Role::Name, &options.event, Target::Text),
        (Role::Source, &options.source, Target::Text),
        (Role::Id, &options.id, Target::Text),
        (Role::Channel, &options.channel, Target::Text),
        (Role::Sequence, &options.sequence, Target::Int),
    ];
    let named = named.into_iter().filter_map(|(role, name, target)| {
        name.as_deref().map(|name| Field { name: name.into(), role, target })
    });
    let identities = customers.iter().filter(|_| customers.len() > 1).map(|(_, column)| Field {
        name: Arc::clone(column),
        role: Role::Identity,
        target: Target::Text,
    });
    named.chain(identities).collect()
}

fn attributes(known: &IndexSet<Arc<str>>, options: &Options) -> Result<Vec<Arc<str>>> {
    let names: Vec<Arc<str>> = match &options.attributes {
        Attributes::Only(names) => {
            for name in names {
                column(known, "attributes", name)?;
            }
            names.iter().map(|name| Arc::from(name.as_str())).collect()
        }
        Attributes::All => {
            let taken: IndexSet<&str> = options.envelope().collect();
            known.iter().filter(|name| !taken.contains(name.as_ref())).cloned().collect()
        }
    };
    if names.len() > MAX_COLUMNS {
        let n = names.len();
        let text = format!("{n} attribute columns are more than {MAX_COLUMNS}; name those that you need");
        return Err(Error::new(ErrorCode::Limit, text));
    }
    Ok(names)
}

/// The type of each attribute: the declared one, else what the values are.
fn targets(
    batches: &[Batch],
    names: &[Arc<str>],
    declared: Option<&Declared>,
    zone: Option<&Zone>,
) -> Vec<Target> {
    par::map(names.to_vec(), |name| {
        let declared =
            declared.and_then(|d| d.types(&name).map(|t| Target::of(&t.kind)).reduce(Target::join));
        declared.unwrap_or_else(|| {
            let columns = batches.iter().filter_map(|batch| batch.column(&name));
            columns.fold(Kinds::default(), |kinds, column| kinds.join(infer(column, zone))).target()
        })
    })
}

impl Target {
    /// The type of values of a declared kind.
    pub(super) fn of(kind: &AttributeKind) -> Self {
        match kind {
            AttributeKind::Text | AttributeKind::Enum(_) => Self::Text,
            AttributeKind::Int | AttributeKind::IntRange(..) => Self::Int,
            AttributeKind::Number => Self::Number,
            AttributeKind::Money => Self::Money,
            AttributeKind::Bool => Self::Bool,
            AttributeKind::Time => Self::Time,
            AttributeKind::Date => Self::Date,
            AttributeKind::List(_) => Self::Mixed,
        }
    }

    /// The declared kind whose values are of this type.
    pub(super) fn kind(self) -> AttributeKind {
        match self {
            Self::Text | Self::Mixed => AttributeKind::Text,
            Self::Int => AttributeKind::Int,
            Self::Number => AttributeKind::Number,
            Self::Money => AttributeKind::Money,
            Self::Bool => AttributeKind::Bool,
            Self::Time => AttributeKind::Time,
            Self::Date => AttributeKind::Date,
        }
    }

    fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Mixed }
    }

    /// Whether cells are of this type as they stand.
    pub(super) fn holds(self, cells: &Cells) -> bool {
        matches!(
            (self, cells),
            (Self::Text, Cells::Text(_) | Cells::Coded { .. })
                | (Self::Int, Cells::Int(_))
                | (Self::Number, Cells::Number(_))
                | (Self::Money, Cells::Money(_))
                | (Self::Bool, Cells::Bool(_))
                | (Self::Time, Cells::Time { .. })
                | (Self::Date, Cells::Date(_))
                | (Self::Mixed, Cells::Mixed(_))
        )
    }
}
