//! What something costs: CPU time of this process and of the processes it waited for.

use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// CPU and wall time, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// User and system time of this process and its ended children.
    pub cpu_ms: f64,
    /// Time that went by.
    pub wall_ms: f64,
}

/// What `work` costs. Children count only when they have ended and were waited for by then.
pub fn of<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Cost)> {
    let (cpu_ms, start) = (cpu_ms(), Instant::now());
    let result = work()?;
    let wall_ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok((result, Cost { cpu_ms: self::cpu_ms() - cpu_ms, wall_ms }))
}

fn cpu_ms() -> f64 {
    let whole = |who| {
        let usage = getrusage(who).expect("asking about oneself does not fail");
        (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1000.0
    };
    whole(UsageWho::RUSAGE_SELF) + whole(UsageWho::RUSAGE_CHILDREN)
}

/// The middle of `values`; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
