//! A task that wakes itself is polled again at once, on the thread that it is on.
//!
//! A connection does so whenever its handler asks for a body: hyper runs both in one task. The runtime takes that for a task
//! that gives way to others, puts it at the end of the line and wakes another thread to take it from there, which costs
//! more than most answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// So often in a row it is polled at once; who wakes itself more often does give way.
const POLLS_MAX: u32 = 4;

const RESTS: u8 = 0;
const POLLED: u8 = 1;
const WOKEN: u8 = 2;

/// A future that stays on its thread.
pub struct Staying<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
    waker: Waker,
}

/// Who is to be told of a wake: whoever polls at this moment, or the runtime.
#[derive(Default)]
struct Wakes {
    state: AtomicU8,
    runtime: AtomicWaker,
}

impl<F: Future> Staying<F> {
    /// The same future, staying.
    pub fn new(future: F) -> Self {
        let wakes = Arc::new(Wakes::default());
        Self { future: Box::pin(future), waker: Waker::from(Arc::clone(&wakes)), wakes }
    }
}

impl<F: Future> Future for Staying<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, wakes, waker } = &mut *self;
        wakes.runtime.register(context.waker());
        for _ in 0..POLLS_MAX {
            wakes.state.store(POLLED, Ordering::SeqCst);
            let poll = future.as_mut().poll(&mut Context::from_waker(waker));
            let is_woken = wakes.state.swap(RESTS, Ordering::SeqCst) == WOKEN;
            if poll.is_ready() || !is_woken {
                return poll;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let told = self.state.compare_exchange(POLLED, WOKEN, Ordering::SeqCst, Ordering::SeqCst);
        if told == Err(RESTS) {
            self.runtime.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    use super::{POLLS_MAX, Staying};

    #[derive(Default)]
    struct Counted(AtomicU32);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Polls once a future that wakes itself so many times, and gives how often it was polled and the runtime woken.
    fn polled(own_wakes: u32) -> (u32, u32) {
        let (mut polls, mut kept) = (0, None);
        let future = std::future::poll_fn(|context: &mut Context<'_>| {
            polls += 1;
            if polls <= own_wakes {
                context.waker().wake_by_ref();
            }
            kept = Some(context.waker().clone());
            Poll::<()>::Pending
        });
        let counted = Arc::new(Counted::default());
        let waker = Waker::from(Arc::clone(&counted));
        let mut staying = Box::pin(Staying::new(future));
        assert!(staying.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(staying);
        let woken = counted.0.load(Ordering::SeqCst);
        // A wake from elsewhere goes through to the runtime.
        kept.expect("it was polled").wake();
        assert_eq!(counted.0.load(Ordering::SeqCst), woken + 1);
        (polls, woken)
    }

    #[test]
    fn its_own_wake_does_not_reach_the_runtime() {
        assert_eq!(polled(0), (1, 0));
        assert_eq!(polled(1), (2, 0));
        assert_eq!(polled(POLLS_MAX - 1), (POLLS_MAX, 0));
    }

    #[test]
    fn who_wakes_itself_without_end_gives_way() {
        assert_eq!(polled(u32::MAX), (POLLS_MAX, 1));
    }

    #[tokio::test]
    async fn what_others_wake_goes_on() {
        let (told, hears) = tokio::sync::oneshot::channel();
        let waits = Staying::new(async move {
            tokio::task::yield_now().await;
            hears.await
        });
        let (heard, ()) = tokio::join!(waits, async {
            tokio::task::yield_now().await;
            told.send(7).expect("somebody waits");
        });
        assert_eq!(heard, Ok(7));
    }
}
