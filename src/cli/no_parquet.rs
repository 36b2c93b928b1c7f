//! What stands for Parquet in a build without it: a refusal that says what to do.

use std::path::Path;

use crate::report::Report;

use super::Failure;
use super::inputs::Input;
use super::records::{Place, Records};

/// Names of columns that the user gives.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The column that says what was said.
    pub text: Option<String>,
    /// The column that says which transcript it is.
    pub id: Option<String>,
}

/// Tables of which there are none.
pub enum Tables {}

fn absent() -> Failure {
    Failure::new("this build neither reads nor writes Parquet").with_help(
        "take a released program, or build it in: cargo install unsell --features parquet",
    )
}

pub fn records(_: Vec<Input>, _: Columns) -> Result<Records, Failure> {
    Err(absent())
}

pub fn is_guarded() -> bool {
    false
}

impl Tables {
    pub fn create(_: &Path) -> Result<Self, Failure> {
        Err(absent())
    }

    pub fn add(&mut self, _: Option<&str>, _: &Place, _: &Report) -> Result<(), Failure> {
        match *self {}
    }

    pub fn fail(&mut self, _: Option<&str>, _: Option<&Place>, _: &str) -> Result<(), Failure> {
        match *self {}
    }

    pub fn finish(self) -> Result<(), Failure> {
        match self {}
    }
}
