//! The constants of a training run.

use serde::{Deserialize, Serialize};

use super::augment::Augment;

/// How to train from labels alone. The shipped model learnt from larger ones (`models/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Selects the order of examples, what is augmented, and dropout.
    pub seed: u64,
    /// Times that every example is seen.
    pub epochs: f32,
    /// Examples a step.
    pub batch: usize,
    /// The encoder's highest learning rate, at its last layer.
    pub rate: f32,
    /// The output layer's.
    pub head_rate: f32,
    /// What a layer's rate is of the rate of the layer above.
    pub layer_decay: f32,
    /// The share of values that dropout sets to zero.
    pub dropout: f32,
    /// Weight decay.
    pub decay: f32,
    /// How much more a behaviour counts where it is than where it is not.
    pub positive: f32,
    /// How slowly the average of the weights moves.
    pub average: f32,
    /// The share of steps over which the rate rises.
    pub warmup: f32,
    /// The longest gradient.
    pub clip: f32,
    /// How examples are changed.
    pub augment: Augment,
    /// Looks at the dev examples in a run; the best look is kept.
    pub looks: usize,
    /// Looks without a better figure before training stops.
    pub patience: usize,
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            seed: 1,
            epochs: 4.0,
            batch: 32,
            rate: 2.5e-4,
            head_rate: 2e-3,
            layer_decay: 0.9,
            dropout: 0.1,
            decay: 0.01,
            positive: 2.0,
            average: 0.99,
            warmup: 0.06,
            clip: 1.0,
            augment: Augment { role: 0.15, prev: 0.15, noise: 0.1 },
            looks: 10,
            patience: 4,
        }
    }
}
