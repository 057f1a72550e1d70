//! Floor 0: the words everyone uses. Knows nothing of blueprints, events or customers.

pub mod binary;
pub mod catalogue;
pub mod finding;
pub mod hash;
pub mod ids;
pub mod money;
pub(crate) mod pack;
pub mod par;
pub mod random;
pub mod sheet;
pub mod stats;
pub mod stop;
pub mod text;
pub mod time;
pub mod value;
pub mod zone;
