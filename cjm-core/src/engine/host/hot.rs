//! The customers who were touched lately, unpacked, at most so many.
//!
//! Answers: the state of one of them, and who has to be packed when another one comes: a hand goes round and passes by
//! whom somebody touched since it last came. Does not know: packed states.

use hashbrown::HashMap;

use super::super::state::CustomerState;

/// Customers who are kept unpacked.
#[derive(Debug, Clone)]
pub(super) struct Hot {
    slots: Vec<Slot>,
    places: HashMap<u32, usize, foldhash::fast::FixedState>,
    hand: usize,
    most: usize,
}

#[derive(Debug, Clone)]
struct Slot {
    number: u32,
    touched: bool,
    state: CustomerState,
}

impl Hot {
    /// Room for so many customers, one at least.
    pub(super) fn new(most: usize) -> Self {
        Self { slots: Vec::new(), places: HashMap::default(), hand: 0, most: most.max(1) }
    }

    /// How many customers there is room for.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// A customer's state, if the customer is here.
    pub(super) fn state(&self, number: u32) -> Option<&CustomerState> {
        let place = *self.places.get(&number)?;
        self.slots.get(place).map(|slot| &slot.state)
    }

    /// The same, to be changed.
    pub(super) fn touch(&mut self, number: u32) -> Option<&mut CustomerState> {
        let place = *self.places.get(&number)?;
        let slot = self.slots.get_mut(place)?;
        slot.touched = true;
        Some(&mut slot.state)
    }

    /// Lets a customer in who is not here; gives the one who has to go.
    pub(super) fn put(&mut self, number: u32, state: CustomerState) -> Option<(u32, CustomerState)> {
        let slot = Slot { number, touched: true, state };
        if self.slots.len() < self.most {
            self.places.insert(number, self.slots.len());
            self.slots.push(slot);
            return None;
        }
        let place = self.turn();
        let gone = std::mem::replace(self.slots.get_mut(place)?, slot);
        self.places.remove(&gone.number);
        self.places.insert(number, place);
        Some((gone.number, gone.state))
    }

    /// Takes a customer out.
    pub(super) fn take(&mut self, number: u32) -> Option<CustomerState> {
        let place = self.places.remove(&number)?;
        let gone = self.slots.swap_remove(place);
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.number, place);
        }
        Some(gone.state)
    }

    /// Everyone who is here.
    pub(super) fn into_states(self) -> impl Iterator<Item = (u32, CustomerState)> {
        self.slots.into_iter().map(|slot| (slot.number, slot.state))
    }

    /// Turns the hand to somebody whom nobody touched since it last came there, and past.
    fn turn(&mut self) -> usize {
        loop {
            let place = self.hand % self.slots.len().max(1);
            self.hand = place + 1;
            match self.slots.get_mut(place) {
                Some(slot) if slot.touched => slot.touched = false,
                _ => return place,
            }
        }
    }
}
