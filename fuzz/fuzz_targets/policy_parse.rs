//! The policy file of an operator.
#![no_main]

use lamassu_case::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _policy = Policy::parse(text);
});
