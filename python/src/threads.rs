//! The threads of an engine.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that are made where they are first needed, and again in a process that was forked, which has
/// those of its parent by name alone.
pub struct Threads {
    /// How many; 0 is one for each processor.
    number: usize,
    pool: Mutex<Option<(u32, Arc<ThreadPool>)>>,
}

impl Threads {
    pub fn new(number: usize) -> Threads {
        Threads { number, pool: Mutex::default() }
    }

    /// The threads of this process.
    ///
    /// # Errors
    ///
    /// When the system has none to give.
    pub fn pool(&self) -> Result<Arc<ThreadPool>, String> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if let Some((_, pool)) = pool.as_ref().filter(|(of, _)| *of == process) {
            return Ok(pool.clone());
        }
        let made = ThreadPoolBuilder::new().num_threads(self.number).build();
        let made = Arc::new(made.map_err(|error| format!("no threads: {error}"))?);
        // To end threads that are not there could wait for ever.
        std::mem::forget(pool.replace((process, made.clone())));
        Ok(made)
    }
}
