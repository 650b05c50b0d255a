//! Asking memory for what will be read soon.

/// Asks for the cache line of `values[at]`. Beyond the end it asks for nothing.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the instruction takes a pointer"))]
pub fn prefetch<T>(values: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if at < values.len() {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer is inside the slice, and the instruction reads nothing that the program sees.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, at);
}
