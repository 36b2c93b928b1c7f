//! The loop that changes the weights.

use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor};
use fastrand::Rng;
use rayon::ThreadPool;

use super::checkpoint::{Checkpoint, State};
use super::decide::{Scores, dev_precision};
use super::objective::{Target, loss};
use super::optimizer::{Adam, Parameter, schedule};
use super::{Example, Recipe, Split, TrainError, augment};
use crate::classifier::PerBehaviour;
use crate::classifier::bert::{Bert, Config, Packed};
use crate::classifier::input::{Encoded, Encoder};
use crate::classifier::ops::{Dropout, dropout};
use crate::labels::Said;
use crate::taxonomy::{Behaviour, Role};

/// What is told while training goes on.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// A run of so many steps begins, or goes on, at this one.
    Start {
        /// Steps done in an earlier session.
        step: usize,
        /// Steps in all.
        steps: usize,
    },
    /// A step is done.
    Step {
        /// The mean loss of its examples.
        loss: f32,
    },
    /// The dev examples were looked at.
    Look(Look),
}

/// One look at the dev examples.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Look {
    /// After which step.
    pub step: usize,
    /// The mean loss since the last look.
    pub loss: f32,
    /// Mean average precision of the behaviours on written dev examples.
    pub written: f32,
    /// Mean average precision of the poles on real dev examples; null without any.
    pub real: Option<f32>,
    /// What is chosen by: the mean of the two.
    pub figure: f32,
}

/// The weights that were best.
pub(super) struct Trained {
    /// All tensors, by their names in a checkpoint.
    pub tensors: HashMap<String, Tensor>,
    /// The looks, in order.
    pub looks: Vec<Look>,
}

/// The tensors that stay as the base has them: with so few examples, moving the embeddings teaches
/// the words that were seen and leaves those of the same meaning behind.
fn is_frozen(name: &str) -> bool {
    name.starts_with("embeddings.")
}

/// Trains on the `Train` examples and keeps what is best on the `Dev` ones.
///
/// # Errors
///
/// When a part has no examples, the base lacks a tensor, a checkpoint cannot be read or written or is of
/// another run, or candle refuses.
pub(super) fn fit(
    config: &Config,
    base: &HashMap<String, Tensor>,
    encoder: &Encoder,
    examples: &[Example],
    recipe: &Recipe,
    checkpoint: &Checkpoint,
    told: &mut dyn FnMut(Progress),
) -> Result<Trained, TrainError> {
    let part = |split| examples.iter().filter(move |example| example.split == split);
    let train: Vec<_> = part(Split::Train).collect();
    let dev = Dev::new(part(Split::Dev).collect(), encoder)?;
    if train.is_empty() {
        return Err(TrainError::Examples("no example has the split `train`".to_owned()));
    }
    let mut network = Trainable::new(config, base, recipe)?;
    let adam = Adam {
        beta1: 0.9,
        beta2: 0.98,
        decay: recipe.decay,
        clip: recipe.clip,
        average: recipe.average,
    };
    let per_epoch = train.len().div_ceil(recipe.batch);
    let steps = (per_epoch as f32 * recipe.epochs).round() as usize;
    let every = steps.div_ceil(recipe.looks.max(1)).max(1);
    let read = checkpoint.read(recipe, train.len(), &mut network.parameters)?;
    let mut state = read.unwrap_or_default();
    told(Progress::Start { step: state.step, steps });
    while state.step < steps && state.since_best < recipe.patience {
        let epoch = state.step / per_epoch;
        let order = shuffled(train.len(), recipe.seed ^ (epoch as u64) << 32);
        let within = state.step % per_epoch;
        let batch = order.chunks(recipe.batch).nth(within).unwrap_or_default();
        let mut rng = Rng::with_seed(recipe.seed.wrapping_mul(31) ^ (state.step as u64) << 8);
        let batch: Vec<_> = batch
            .iter()
            .map(|at| prepare(train[*at], recipe, encoder, &mut rng))
            .collect::<Result<_, _>>()?;
        state.step += 1;
        let (total, gradients) = network.gradients(&batch, recipe, state.step)?;
        let rate = schedule(state.step, steps, recipe.warmup) * recipe.rate;
        let averages = state.step * 10 > steps * 3;
        adam.step(&mut network.parameters, &gradients, state.step, rate, averages)?;
        let mean = total / batch.len() as f32;
        state.loss += mean;
        state.since_look += 1;
        told(Progress::Step { loss: mean });
        if state.step % every == 0 || state.step == steps {
            let look = network.look(&dev, &state)?;
            told(Progress::Look(look));
            state.note(look, &network.parameters);
            checkpoint.write(recipe, train.len(), &network.parameters, &state)?;
        }
    }
    Ok(Trained { tensors: network.best(&state)?, looks: state.looks })
}

/// The outputs of a trained network for each example, in order.
///
/// # Errors
///
/// When a tensor is missing or candle refuses.
pub(super) fn logits(
    config: &Config,
    tensors: &HashMap<String, Tensor>,
    encoder: &Encoder,
    examples: &[&Example],
) -> Result<Vec<PerBehaviour>, TrainError> {
    let network = Trainable::new(config, tensors, &Recipe::default())?;
    let dev = Dev::new(examples.to_vec(), encoder)?;
    Ok(network.scores(&dev)?.into_iter().map(|scores| scores.logits).collect())
}

/// A permutation that hangs on the seed alone.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    Rng::with_seed(seed).shuffle(&mut order);
    order
}

/// An example as the network gets it this time.
fn prepare(
    example: &Example,
    recipe: &Recipe,
    encoder: &Encoder,
    rng: &mut Rng,
) -> Result<(Encoded, Target), TrainError> {
    let augment = recipe.augment;
    let role = if example.real && !example.role.judged() {
        // Real talk was judged as anyone's words, whoever said them.
        Role::Unknown
    } else {
        // Real talk carries labels of both axes, so it can be heard either way.
        let often = if example.real { 0.5 } else { augment.role };
        let withheld = example.role.judged() && rng.f32() < often;
        if withheld { Role::Unknown } else { example.role }
    };
    let mut prev = if rng.f32() < augment.prev { String::new() } else { example.prev.clone() };
    let mut text = example.text.clone();
    if rng.f32() < augment.noise {
        text = augment::recognized(&text, rng);
        prev = augment::recognized(&prev, rng);
    }
    let encoded =
        encoder.encode(Said { role, prev: &prev, text: &text }).map_err(TrainError::Examples)?;
    Ok((encoded, example.target(role)))
}

/// The dev examples, encoded.
struct Dev<'a> {
    examples: Vec<&'a Example>,
    encoded: Vec<Encoded>,
}

impl<'a> Dev<'a> {
    fn new(examples: Vec<&'a Example>, encoder: &Encoder) -> Result<Dev<'a>, TrainError> {
        if examples.is_empty() {
            return Err(TrainError::Examples("no example has the split `dev`".to_owned()));
        }
        let encoded = examples
            .iter()
            .map(|example| encoder.encode(example.said()))
            .collect::<Result<_, _>>()
            .map_err(TrainError::Examples)?;
        Ok(Dev { examples, encoded })
    }
}

/// A summed loss, and the gradient for each parameter.
type Gradients = (f32, Vec<Vec<f32>>);

/// A network whose parameters can be moved.
struct Trainable {
    parameters: Vec<Parameter>,
    frozen: HashMap<String, Tensor>,
    bert: Bert,
    weight: Tensor,
    bias: Tensor,
    /// A thread each for a part of every batch. Working on halves side by side uses the processor
    /// better than lending every small operation to all threads.
    workers: Vec<ThreadPool>,
}

impl Trainable {
    fn new(
        config: &Config,
        base: &HashMap<String, Tensor>,
        recipe: &Recipe,
    ) -> Result<Trainable, TrainError> {
        let device = Device::Cpu;
        let mut parameters = Vec::new();
        let mut frozen = HashMap::new();
        let mut get = |name: &str, shape: &[usize]| {
            let Some(tensor) = base.get(name) else {
                candle_core::bail!("the base has no tensor `{name}`");
            };
            if tensor.dims() != shape {
                candle_core::bail!("the base has `{name}` as {:?}, not {shape:?}", tensor.dims());
            }
            if is_frozen(name) {
                frozen.insert(name.to_owned(), tensor.clone());
                return Ok(tensor.clone());
            }
            let rate = layer_rate(name, config.num_hidden_layers, recipe.layer_decay);
            let parameter = Parameter::new(name.to_owned(), tensor, rate)?;
            let tensor = parameter.var.as_tensor().clone();
            parameters.push(parameter);
            Ok(tensor)
        };
        let bert = Bert::new(config, &mut get)?;
        let head = recipe.head_rate / recipe.rate;
        let mut output = |name: &str, value: Tensor| {
            let parameter = Parameter::new(format!("classifier.{name}"), &value, head)?;
            let tensor = parameter.var.as_tensor().clone();
            parameters.push(parameter);
            Ok::<_, candle_core::Error>(tensor)
        };
        // A base without outputs begins with every behaviour as rare as it is.
        let outputs = ["weight", "bias"].map(|part| base.get(&format!("classifier.{part}")));
        let shape = (Behaviour::COUNT, config.hidden_size);
        let (weight, bias) = match outputs {
            [Some(weight), Some(bias)] if weight.dims() == [shape.0, shape.1] => {
                (weight.clone(), bias.clone())
            }
            _ => (
                Tensor::zeros(shape, DType::F32, &device)?,
                Tensor::full(-3.0_f32, Behaviour::COUNT, &device)?,
            ),
        };
        let (weight, bias) = (output("weight", weight)?, output("bias", bias)?);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..threads)
            .map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).build())
            .collect::<Result<_, _>>()
            .map_err(candle_core::Error::wrap)?;
        Ok(Trainable { parameters, frozen, bert, weight, bias, workers })
    }

    fn logits(&self, texts: &[&Encoded], strength: Dropout) -> candle_core::Result<Tensor> {
        let parts = texts.iter().map(|text| (text.ids.as_slice(), text.second));
        let batch = Packed::new(parts, &Device::Cpu)?;
        let hidden = self.bert.forward(&batch, strength)?;
        let pooled = dropout(&batch.pooling.matmul(&hidden)?, strength.stream(99))?;
        pooled.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }

    /// The summed loss of a batch, and the gradient of its mean for each parameter.
    fn gradients(
        &self,
        batch: &[(Encoded, Target)],
        recipe: &Recipe,
        step: usize,
    ) -> Result<Gradients, TrainError> {
        // Long and short ones are dealt out evenly, so that no worker waits long for another.
        let mut order: Vec<_> = (0..batch.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(batch[*at].0.ids.len()));
        let workers = self.workers.len().min(batch.len()).max(1);
        let mut shares = vec![Vec::new(); workers];
        for (turn, at) in order.into_iter().enumerate() {
            let (round, seat) = (turn / workers, turn % workers);
            let seat = if round % 2 == 0 { seat } else { workers - 1 - seat };
            shares[seat].push(&batch[at]);
        }
        let seed = (recipe.seed as u32).wrapping_mul(0x9E37_79B9) ^ step as u32;
        let strength = Dropout { p: recipe.dropout, seed };
        let scale = 1.0 / batch.len() as f32;
        let parts: Vec<Result<Gradients, TrainError>> = std::thread::scope(|scope| {
            let tasks: Vec<_> = shares
                .iter()
                .zip(&self.workers)
                .enumerate()
                .map(|(at, (share, worker))| {
                    let stream = strength.stream(1000 + at as u32);
                    scope.spawn(move || {
                        worker.install(|| self.share(share, recipe.positive, scale, stream))
                    })
                })
                .collect();
            let lost = || Err(TrainError::Examples("a training thread broke off".to_owned()));
            tasks.into_iter().map(|task| task.join().unwrap_or_else(|_| lost())).collect()
        });
        let mut sum: Option<Gradients> = None;
        for part in parts {
            let (loss, gradients) = part?;
            match &mut sum {
                None => sum = Some((loss, gradients)),
                Some((total, all)) => {
                    *total += loss;
                    for (all, more) in all.iter_mut().zip(gradients) {
                        for (a, b) in all.iter_mut().zip(more) {
                            *a += b;
                        }
                    }
                }
            }
        }
        Ok(sum.unwrap_or_default())
    }

    fn share(
        &self,
        share: &[&(Encoded, Target)],
        positive: f32,
        scale: f32,
        strength: Dropout,
    ) -> Result<Gradients, TrainError> {
        let texts: Vec<_> = share.iter().map(|(text, _)| text).collect();
        let logits = self.logits(&texts, strength)?;
        let mut total = 0.0;
        let mut slopes = Vec::with_capacity(share.len() * Behaviour::COUNT);
        for (row, (_, target)) in logits.to_vec2::<f32>()?.iter().zip(share) {
            let mut values: PerBehaviour = [0.0; Behaviour::COUNT];
            values.copy_from_slice(row);
            let (loss, slope) = loss(&values, target, positive);
            total += loss;
            slopes.extend(slope.map(|slope| slope * scale));
        }
        // The sum of the outputs, each times its slope, has the loss's gradient.
        let slopes = Tensor::from_vec(slopes, logits.shape(), &Device::Cpu)?;
        let store = (logits * slopes)?.sum_all()?.backward()?;
        Ok((total, self.collect(&store)?))
    }

    fn collect(&self, store: &GradStore) -> candle_core::Result<Vec<Vec<f32>>> {
        self.parameters
            .iter()
            .map(|parameter| match store.get(parameter.var.as_tensor()) {
                Some(gradient) => gradient.flatten_all()?.to_vec1(),
                None => Ok(vec![0.0; parameter.var.elem_count()]),
            })
            .collect()
    }

    /// Looks at the dev examples with the averaged weights.
    fn look(&mut self, dev: &Dev, state: &State) -> Result<Look, TrainError> {
        let now = self.swap(None)?;
        let scores = self.scores(dev)?;
        self.swap(Some(now))?;
        let (written, real) = dev_precision(&scores);
        let figure = real.map_or(written, |real| (written + real) / 2.0);
        let loss = state.loss / state.since_look.max(1) as f32;
        Ok(Look { step: state.step, loss, written, real, figure })
    }

    fn scores<'a>(&self, dev: &Dev<'a>) -> Result<Vec<Scores<'a>>, TrainError> {
        use rayon::prelude::*;
        let rows: Vec<Vec<Vec<f32>>> = dev
            .encoded
            .par_chunks(24)
            .map(|texts| {
                let texts: Vec<_> = texts.iter().collect();
                self.logits(&texts, Dropout::NONE)?.to_vec2()
            })
            .collect::<candle_core::Result<_>>()?;
        let rows = rows.into_iter().flatten().zip(&dev.examples);
        Ok(rows
            .map(|(row, example)| {
                let mut logits = [0.0; Behaviour::COUNT];
                logits.copy_from_slice(&row);
                Scores { example, logits }
            })
            .collect())
    }

    /// Puts the averaged weights in place and returns those that stood there, or puts those back.
    fn swap(&mut self, back: Option<Vec<Tensor>>) -> candle_core::Result<Vec<Tensor>> {
        let mut stood = Vec::with_capacity(self.parameters.len());
        let mut back = back.map(Vec::into_iter);
        for parameter in &self.parameters {
            stood.push(parameter.var.as_tensor().copy()?);
            let value = match back.as_mut().and_then(Iterator::next) {
                Some(value) => value,
                None => Tensor::from_slice(
                    &parameter.average,
                    parameter.var.shape(),
                    parameter.var.device(),
                )?,
            };
            parameter.var.set(&value)?;
        }
        Ok(stood)
    }

    /// The tensors of the best look.
    fn best(&self, state: &State) -> candle_core::Result<HashMap<String, Tensor>> {
        let mut tensors = self.frozen.clone();
        for (at, parameter) in self.parameters.iter().enumerate() {
            let values = state.best.get(at).unwrap_or(&parameter.average);
            let shape = parameter.var.shape();
            let tensor = Tensor::from_slice(values, shape, &Device::Cpu)?;
            tensors.insert(parameter.name.clone(), tensor);
        }
        Ok(tensors)
    }
}

/// A layer's share of the learning rate: the deeper, the less it moves.
fn layer_rate(name: &str, layers: usize, decay: f32) -> f32 {
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next());
    let layer: usize = layer.and_then(|layer| layer.parse().ok()).unwrap_or(0);
    decay.powi((layers.saturating_sub(layer + 1)) as i32)
}
