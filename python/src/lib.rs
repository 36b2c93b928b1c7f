//! The Python package `unsell`: the engine of the command line, in the process of whoever asks.
//!
//! What it may be asked and what it answers is in `unsell.pyi`.

mod dict;
mod engine;
mod many;
mod request;
mod threads;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pyo3::create_exception!(
    unsell,
    UnsellError,
    PyValueError,
    "What was given cannot be read or judged, with the message of the command line."
);

/// Reads call transcripts and meeting notes and shows where the talk pushes and where it leads.
///
/// Everything happens in this process; nothing is sent anywhere.
#[pymodule]
#[pyo3(name = "unsell")]
fn unsell_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // A message of Rust's own may hold what was read, such as the text that could not be cut.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or(String::new(), |at| format!(" at {at}"));
        eprintln!("unsell has a fault{place}; nothing of what was read is in this line");
    }));
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("UnsellError", module.py().get_type::<UnsellError>())?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<many::Reports>()
}
