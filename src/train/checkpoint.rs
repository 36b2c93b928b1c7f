//! A run that was stopped goes on: weights, moments, averages and where it stood, on disk.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use candle_core::{Device, Tensor, safetensors};
use serde::{Deserialize, Serialize};

use super::fit::Look;
use super::optimizer::Parameter;
use super::{Recipe, TrainError};

/// Where checkpoints of a run are kept.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    folder: PathBuf,
    /// What the run starts from, so that a checkpoint of another is not taken for its own.
    origin: String,
}

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Steps done.
    pub step: usize,
    /// The summed loss since the last look.
    pub loss: f32,
    /// Steps since the last look.
    pub since_look: usize,
    /// Looks since the best one.
    pub since_best: usize,
    /// All looks.
    pub looks: Vec<Look>,
    /// The averaged weights at the best look, parameter by parameter.
    #[serde(skip)]
    pub best: Vec<Vec<f32>>,
}

impl State {
    /// Takes in a look; the weights are kept if it is the best.
    pub fn note(&mut self, look: Look, parameters: &[Parameter]) {
        let best = self.looks.iter().map(|look| look.figure).fold(f32::NEG_INFINITY, f32::max);
        if look.figure > best {
            self.best = parameters.iter().map(|parameter| parameter.average.clone()).collect();
            self.since_best = 0;
        } else {
            self.since_best += 1;
        }
        self.looks.push(look);
        (self.loss, self.since_look) = (0.0, 0);
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    origin: String,
    /// The file of the tensors, beside this one.
    tensors: String,
    recipe: Recipe,
    examples: usize,
    state: State,
}

const HEADER: &str = "run.json";

impl Checkpoint {
    /// Checkpoints in a folder, which need not be there yet. `origin` tells the base and the data.
    pub fn new(folder: impl Into<PathBuf>, origin: impl Into<String>) -> Checkpoint {
        Checkpoint { folder: folder.into(), origin: origin.into() }
    }

    /// Goes on from the checkpoint, where there is one.
    pub(super) fn read(
        &self,
        recipe: &Recipe,
        examples: usize,
        parameters: &mut [Parameter],
    ) -> Result<Option<State>, TrainError> {
        let path = self.folder.join(HEADER);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TrainError::File(path, error)),
        };
        let other = |message: &str| TrainError::Checkpoint {
            path: self.folder.clone(),
            message: format!("{message}; remove the folder to begin anew"),
        };
        let header: Header = serde_json::from_str(&text)
            .map_err(|error| other(&format!("{HEADER} is broken: {error}")))?;
        if (&header.origin, header.recipe, header.examples) != (&self.origin, *recipe, examples) {
            return Err(other("the checkpoint is of a run with another base, data or recipe"));
        }
        let tensors = safetensors::load(self.folder.join(&header.tensors), &Device::Cpu)?;
        let take = |parameter: &Parameter, part: &str| -> Result<Vec<f32>, TrainError> {
            let name = format!("{}/{part}", parameter.name);
            let tensor =
                tensors.get(&name).ok_or_else(|| other(&format!("`{name}` is missing")))?;
            let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            if values.len() != parameter.average.len() {
                return Err(other(&format!("`{name}` has another size")));
            }
            Ok(values)
        };
        let mut state = header.state;
        for parameter in parameters {
            let value = Tensor::from_vec(
                take(parameter, "value")?,
                parameter.var.shape().clone(),
                &Device::Cpu,
            )?;
            parameter.var.set(&value)?;
            parameter.first = take(parameter, "first")?;
            parameter.second = take(parameter, "second")?;
            parameter.average = take(parameter, "average")?;
            if !state.looks.is_empty() {
                state.best.push(take(parameter, "best")?);
            }
        }
        Ok(Some(state))
    }

    /// Replaces the checkpoint; a stop in the middle leaves the old one.
    pub(super) fn write(
        &self,
        recipe: &Recipe,
        examples: usize,
        parameters: &[Parameter],
        state: &State,
    ) -> Result<(), TrainError> {
        let fail = |error| TrainError::File(self.folder.clone(), error);
        fs::create_dir_all(&self.folder).map_err(fail)?;
        let mut tensors = HashMap::new();
        for (at, parameter) in parameters.iter().enumerate() {
            let mut put = |part: &str, values: &[f32]| {
                let tensor = Tensor::from_slice(values, values.len(), &Device::Cpu)?;
                tensors.insert(format!("{}/{part}", parameter.name), tensor);
                Ok::<_, candle_core::Error>(())
            };
            let value: Vec<f32> = parameter.var.flatten_all()?.to_vec1()?;
            put("value", &value)?;
            put("first", &parameter.first)?;
            put("second", &parameter.second)?;
            put("average", &parameter.average)?;
            if let Some(best) = state.best.get(at) {
                put("best", best)?;
            }
        }
        let name = format!("step-{}.safetensors", state.step);
        safetensors::save(&tensors, self.folder.join(&name))?;
        let header = Header {
            origin: self.origin.clone(),
            tensors: name.clone(),
            recipe: *recipe,
            examples,
            state: state.clone(),
        };
        let json = serde_json::to_vec_pretty(&header)
            .map_err(|error| fail(std::io::Error::other(error)))?;
        // Only the header tells which tensors count, and it is replaced at one blow.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(fail)?;
        file.write_all(&json).map_err(fail)?;
        file.persist(self.folder.join(HEADER)).map_err(|error| fail(error.error))?;
        for entry in fs::read_dir(&self.folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let old = path.extension().is_some_and(|ending| ending == "safetensors")
                && path.file_name().is_some_and(|other| other != name.as_str());
            if old {
                fs::remove_file(path).map_err(fail)?;
            }
        }
        Ok(())
    }

    /// Removes the checkpoint of a run that has ended.
    ///
    /// # Errors
    ///
    /// When the folder cannot be removed.
    pub fn remove(&self) -> Result<(), TrainError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(TrainError::File(self.folder.clone(), error))
            }
            _ => Ok(()),
        }
    }
}
