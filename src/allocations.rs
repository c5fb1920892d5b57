//! What a piece of work allocates, for tests of estimates. Invariant: each thread counts for itself, so tests
//! that run beside each other do not see each other.

#![expect(
    unsafe_code,
    reason = "an allocator cannot be written without; of tests only"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What an allocator with classes of sizes, four to each doubling, sets aside for so many bytes.
fn set_aside(bytes: usize) -> isize {
    let step = (bytes.next_power_of_two() / 8).max(8);
    bytes.next_multiple_of(step).cast_signed()
}

fn count(bytes: isize) {
    // A thread that ends allocates when these are gone.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: everything is done by the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(set_aside(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-set_aside(layout.size()));
        unsafe { System.dealloc(pointer, layout) }
    }

    // By the default `realloc` both places are there for a moment, which is the worst of what
    // allocators do.
}

/// The result, and by how many bytes memory was at most above where it began.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let began = NOW.get();
    MOST.set(began);
    let done = work();
    (done, (MOST.get() - began).max(0).cast_unsigned())
}
