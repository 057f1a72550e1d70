//! Handles: numbers that name something of the library, and nothing else.
//!
//! Answers: what a handle names, to one thread at a time or, where nothing changes it, to all. Does not know: what it is.
//!
//! A handle is 64 bits: the type (8), how often its slot was used (24), the slot (32). A slot that was used 2^24 - 1
//! times is not used again, so no number ever names two things.

use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(not(cjm_tsan))]
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use cjm_core::{Error, ErrorCode, Result};

use crate::guard::panicked;

const MAX_USES: u32 = 0x00ff_ffff;

/// Everything of one type that handles name, each used by one thread at a time.
pub(crate) struct Table<T> {
    names: Names<Arc<Thing<T>>>,
}

struct Thing<T> {
    /// Nothing once it is closed.
    inner: Mutex<Option<T>>,
    /// Whether a call panicked on it.
    broken: AtomicBool,
}

impl<T> Table<T> {
    pub(crate) const fn new(kind: u8) -> Self {
        Self { names: Names::new(kind) }
    }

    /// A new handle.
    ///
    /// # Errors
    /// `limit` when there are as many as can be.
    pub(crate) fn put(&self, inner: T) -> Result<u64> {
        self.names.put(Arc::new(Thing { inner: Mutex::new(Some(inner)), broken: AtomicBool::new(false) }))
    }

    /// Does something with what a handle names.
    ///
    /// # Errors
    /// `bad_handle` for one that names nothing, `busy` when another thread is at it, `internal` when the work panicked,
    /// now or before; those of the work.
    pub(crate) fn with<R>(&self, raw: u64, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let thing = self.names.look(raw, Arc::clone)?;
        let mut inner = thing.turn()?;
        let inner = inner.as_mut().ok_or_else(bad)?;
        if thing.broken.load(Ordering::Relaxed) {
            return Err(Error::new(
                ErrorCode::Internal,
                "a call on this handle failed badly before; close it",
            ));
        }
        catch_unwind(AssertUnwindSafe(|| work(inner))).unwrap_or_else(|why| {
            thing.broken.store(true, Ordering::Relaxed);
            Err(panicked(&*why))
        })
    }

    /// Takes away what a handle names, which names nothing from then on.
    ///
    /// # Errors
    /// `bad_handle`, `busy` as of [`Table::with`].
    pub(crate) fn take(&self, raw: u64) -> Result<T> {
        let thing = self.names.look(raw, Arc::clone)?;
        let inner = thing.turn()?.take().ok_or_else(bad)?;
        self.names.take(raw)?;
        Ok(inner)
    }
}

/// What handles of one type name, as it is: nothing here takes turns.
pub(crate) struct Names<V> {
    kind: u8,
    slots: Mutex<Slots<V>>,
}

struct Slots<V> {
    list: Vec<Slot<V>>,
    free: Vec<u32>,
}

struct Slot<V> {
    uses: u32,
    value: Option<V>,
}

impl<V> Names<V> {
    pub(crate) const fn new(kind: u8) -> Self {
        Self { kind, slots: Mutex::new(Slots { list: Vec::new(), free: Vec::new() }) }
    }

    /// A new handle.
    ///
    /// # Errors
    /// `limit` when there are as many as can be.
    pub(crate) fn put(&self, value: V) -> Result<u64> {
        let mut slots = self.slots();
        let place = match slots.free.pop() {
            Some(place) => place,
            None => {
                let full = |_| Error::new(ErrorCode::Limit, "there are too many handles");
                let place = u32::try_from(slots.list.len()).map_err(full)?;
                slots.list.push(Slot { uses: 0, value: None });
                place
            }
        };
        let Some(slot) = slots.list.get_mut(place as usize) else { return Err(bad()) };
        slot.uses += 1;
        slot.value = Some(value);
        Ok(u64::from(self.kind) << 56 | u64::from(slot.uses) << 32 | u64::from(place))
    }

    /// Looks at what a handle names; a look is short, for others wait for it.
    ///
    /// # Errors
    /// `bad_handle` for one that names nothing.
    pub(crate) fn look<R>(&self, raw: u64, look: impl FnOnce(&V) -> R) -> Result<R> {
        let mut slots = self.slots();
        self.slot(&mut slots, raw).and_then(|slot| slot.value.as_ref()).map(look).ok_or_else(bad)
    }

    /// Takes away what a handle names, which names nothing from then on.
    ///
    /// # Errors
    /// `bad_handle` as of [`Names::look`].
    pub(crate) fn take(&self, raw: u64) -> Result<V> {
        let mut slots = self.slots();
        let slot = self.slot(&mut slots, raw).ok_or_else(bad)?;
        let value = slot.value.take().ok_or_else(bad)?;
        if slot.uses < MAX_USES {
            slots.free.push(raw as u32);
        }
        Ok(value)
    }

    /// The slots, once no other thread is at them.
    fn slots(&self) -> MutexGuard<'_, Slots<V>> {
        // the thread sanitizer sees the order that an attempt makes, and not that of a lock which waits
        #[cfg(cjm_tsan)]
        loop {
            match self.slots.try_lock() {
                Ok(held) => return held,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
        #[cfg(not(cjm_tsan))]
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot that a handle means.
    fn slot<'s>(&self, slots: &'s mut Slots<V>, raw: u64) -> Option<&'s mut Slot<V>> {
        let (kind, uses, place) = ((raw >> 56) as u8, (raw >> 32) as u32 & MAX_USES, raw as u32);
        slots.list.get_mut(place as usize).filter(|slot| kind == self.kind && slot.uses == uses)
    }
}

impl<T> Thing<T> {
    fn turn(&self) -> Result<MutexGuard<'_, Option<T>>> {
        match self.inner.try_lock() {
            Ok(held) => Ok(held),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(ErrorCode::Busy, "another thread is using the handle"))
            }
        }
    }
}

fn bad() -> Error {
    Error::new(ErrorCode::BadHandle, "the handle names nothing: it was closed, or is none of this type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_names_one_thing_once() {
        let (numbers, others) = (Table::<i32>::new(1), Table::<i32>::new(2));
        let one = numbers.put(7).unwrap();
        assert_eq!(numbers.with(one, |n| Ok(*n)), Ok(7));
        let code = |result: Result<i32>| result.unwrap_err().code();
        let other = others.put(8).unwrap();
        assert_eq!(code(numbers.with(other, |n| Ok(*n))), ErrorCode::BadHandle);
        assert_eq!(numbers.take(one), Ok(7));
        assert_eq!(code(numbers.take(one)), ErrorCode::BadHandle);
        // the slot is used again, under another number
        let two = numbers.put(9).unwrap();
        assert_ne!(one, two);
        assert_eq!(one as u32, two as u32);
        assert_eq!(code(numbers.with(one, |n| Ok(*n))), ErrorCode::BadHandle);
        for hostile in [0, 1, u64::MAX, u64::MAX >> 8, two ^ 1 << 32, two | 1 << 31] {
            assert_eq!(code(numbers.with(hostile, |n| Ok(*n))), ErrorCode::BadHandle);
        }
    }

    #[test]
    fn a_look_takes_no_turn() {
        let names = Names::<Box<[u8]>>::new(4);
        let one = names.put(Box::from(*b"whole")).unwrap();
        std::thread::scope(|scope| {
            let readers = [(); 8]
                .map(|()| scope.spawn(|| (0..1_000).all(|_| names.look(one, |bytes| bytes.len()) == Ok(5))));
            assert!(readers.into_iter().all(|reader| reader.join().unwrap()));
        });
        assert_eq!(names.take(one).as_deref(), Ok(&b"whole"[..]));
        assert_eq!(names.look(one, |bytes| bytes.len()).unwrap_err().code(), ErrorCode::BadHandle);
        assert_eq!(names.take(one).unwrap_err().code(), ErrorCode::BadHandle);
        let two = names.put(Box::from(*b"other")).unwrap();
        assert!(two != one && names.take(one).is_err() && names.look(two, |bytes| bytes.len()) == Ok(5));
    }

    #[test]
    fn one_thread_at_a_time_and_none_after_a_panic() {
        let numbers = Table::<i32>::new(1);
        let one = numbers.put(7).unwrap();
        let inside = numbers.with(one, |_| Ok((numbers.with(one, |n| Ok(*n)), numbers.take(one))));
        let (again, taken) = inside.unwrap();
        assert_eq!(again.unwrap_err().code(), ErrorCode::Busy);
        assert_eq!(taken.unwrap_err().code(), ErrorCode::Busy);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let failed = numbers.with(one, |_| -> Result<i32> { panic!("boom") });
        std::panic::set_hook(hook);
        assert_eq!(failed.unwrap_err().code(), ErrorCode::Internal);
        assert_eq!(numbers.with(one, |n| Ok(*n)).unwrap_err().code(), ErrorCode::Internal);
        assert_eq!(numbers.take(one), Ok(7));
    }
}
