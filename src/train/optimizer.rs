//! AdamW (Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019) with a learning rate
//! for each layer and a running average of the weights.

use candle_core::{Result, Tensor, Var};
use rayon::prelude::*;

/// A tensor that training changes.
pub struct Parameter {
    /// Its name in the checkpoint.
    pub name: String,
    /// Its value.
    pub var: Var,
    /// What the learning rate is multiplied with here.
    pub rate: f32,
    /// Whether it is pulled towards zero: matrices are, gains and biases are not.
    pub decays: bool,
    /// The running mean of the gradient.
    pub first: Vec<f32>,
    /// The running mean of its square.
    pub second: Vec<f32>,
    /// The running average of the value.
    pub average: Vec<f32>,
}

impl Parameter {
    /// A parameter that has not moved yet.
    ///
    /// # Errors
    ///
    /// When candle refuses.
    pub fn new(name: String, value: &Tensor, rate: f32) -> Result<Parameter> {
        let average: Vec<f32> = value.flatten_all()?.to_vec1()?;
        Ok(Parameter {
            name,
            var: Var::from_tensor(value)?,
            rate,
            decays: value.rank() > 1,
            first: vec![0.0; average.len()],
            second: vec![0.0; average.len()],
            average,
        })
    }
}

/// The constants of a run.
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    /// How slowly the mean gradient moves.
    pub beta1: f32,
    /// How slowly the mean square moves.
    pub beta2: f32,
    /// The pull towards zero.
    pub decay: f32,
    /// The longest step that a batch's whole gradient may have.
    pub clip: f32,
    /// How slowly the average of the weights moves.
    pub average: f32,
}

impl Adam {
    /// Changes every parameter by its gradient; `step` counts from 1.
    ///
    /// # Errors
    ///
    /// When candle refuses.
    pub fn step(
        &self,
        parameters: &mut [Parameter],
        gradients: &[Vec<f32>],
        step: usize,
        rate: f32,
        averages: bool,
    ) -> Result<()> {
        let squares: f32 = gradients
            .par_iter()
            .map(|gradient| gradient.iter().map(|slope| slope * slope).sum::<f32>())
            .sum();
        let scale = (self.clip / squares.sqrt().max(1e-12)).min(1.0);
        let steps = step.min(1_000_000) as i32;
        let unbias1 = 1.0 - self.beta1.powi(steps);
        let unbias2 = 1.0 - self.beta2.powi(steps);
        parameters.par_iter_mut().zip(gradients).try_for_each(|(parameter, gradient)| {
            let mut values: Vec<f32> = parameter.var.flatten_all()?.to_vec1()?;
            let rate = rate * parameter.rate;
            let shrink = 1.0 - if parameter.decays { rate * self.decay } else { 0.0 };
            for (at, value) in values.iter_mut().enumerate() {
                let slope = gradient[at] * scale;
                let first = &mut parameter.first[at];
                *first = self.beta1 * *first + (1.0 - self.beta1) * slope;
                let second = &mut parameter.second[at];
                *second = self.beta2 * *second + (1.0 - self.beta2) * slope * slope;
                let way = (*first / unbias1) / ((*second / unbias2).sqrt() + 1e-8);
                *value = *value * shrink - rate * way;
            }
            if averages {
                for (average, value) in parameter.average.iter_mut().zip(&values) {
                    *average += (1.0 - self.average) * (value - *average);
                }
            } else {
                parameter.average.copy_from_slice(&values);
            }
            let shape = parameter.var.shape().clone();
            parameter.var.set(&Tensor::from_vec(values, shape, parameter.var.device())?)
        })
    }
}

/// The share of the full learning rate at a step: up in a straight line, then down in one.
pub fn schedule(step: usize, steps: usize, warmup: f32) -> f32 {
    let at = step as f32 / steps.max(1) as f32;
    if at < warmup { at / warmup } else { ((1.0 - at) / (1.0 - warmup)).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn parameter(values: &[f32], shape: (usize, usize)) -> Parameter {
        let tensor = Tensor::from_slice(values, shape, &Device::Cpu).unwrap();
        Parameter::new("p".to_owned(), &tensor, 1.0).unwrap()
    }

    const ADAM: Adam =
        Adam { beta1: 0.9, beta2: 0.99, decay: 0.0, clip: f32::INFINITY, average: 0.9 };

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let mut parameters = [parameter(&[3.0, -2.0], (1, 2))];
        for step in 1..=800 {
            let values: Vec<f32> = parameters[0].var.flatten_all().unwrap().to_vec1().unwrap();
            let gradient = vec![2.0 * (values[0] - 1.0), 20.0 * (values[1] - 0.5)];
            ADAM.step(&mut parameters, &[gradient], step, 0.02, step > 400).unwrap();
        }
        let average = &parameters[0].average;
        assert!((average[0] - 1.0).abs() < 0.02 && (average[1] - 0.5).abs() < 0.02, "{average:?}");
    }

    #[test]
    fn the_first_step_is_one_rate_long_and_a_clipped_gradient_keeps_its_direction() {
        let mut parameters = [parameter(&[0.0, 0.0], (1, 2))];
        let adam = Adam { clip: 1.0, ..ADAM };
        adam.step(&mut parameters, &[vec![300.0, -400.0]], 1, 0.1, false).unwrap();
        let values: Vec<f32> = parameters[0].var.flatten_all().unwrap().to_vec1().unwrap();
        assert!((values[0] + 0.1).abs() < 1e-4 && (values[1] - 0.1).abs() < 1e-4, "{values:?}");
        assert!((parameters[0].first[0] - 0.06).abs() < 1e-5);
    }

    #[test]
    fn the_rate_goes_up_and_down() {
        assert_eq!(schedule(0, 100, 0.1), 0.0);
        assert!((schedule(10, 100, 0.1) - 1.0).abs() < 1e-6);
        assert!((schedule(55, 100, 0.1) - 0.5).abs() < 1e-6);
        assert_eq!(schedule(100, 100, 0.1), 0.0);
    }
}
