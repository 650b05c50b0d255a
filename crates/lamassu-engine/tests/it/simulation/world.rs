//! The world of one seed: an engine and its lives, what was promised, and whether it was kept.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use lamassu_case::{ActionOrigin, CaseState, EntryMetadata, ItemId, PersonId, Role, Submission, Verdict};
use lamassu_engine::delivery::{attempt, plan_waiting, relay};
use lamassu_engine::{Actor, Answer, Command, Engine, PersonDraft, Post, ReviewDraft, Secret, Sent, work};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::receiver::{Plan, Receiver};
use crate::place::{HOUR_MS, TestClock, operator};

/// A text that the bank holds, and one that it does not.
const TEXTS: [&str; 2] = ["Example Agency: the lake at dawn, part one", "a letter about gardens"];
/// How long workers go on with a failing store: some tries of each item.
const FAULT_TIME: Duration = Duration::from_millis(20);
/// Enough polls for any step to end.
const POLLS_ALL: u64 = u64::MAX;

pub struct World {
    random: Random,
    folder: TempDir,
    clock: Arc<TestClock>,
    /// None between two lives.
    engine: Option<Arc<Engine>>,
    receiver: Arc<Receiver>,
    plan: Arc<Plan>,
    /// What was acknowledged: the key it was sent under, and its text.
    accepted: BTreeMap<ItemId, (String, usize)>,
    keys: u64,
    /// Whether the store fails, so that what is asked of the engine may be refused.
    failing: bool,
    /// Who may approve that the bank acts; nobody in a world where it never does.
    approvers: Vec<PersonId>,
}

impl World {
    pub async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs_err::write(folder.path().join("lamassu.toml"), "[intake]\nretry_ms = 1\n").expect("is written");
        let acting = seed % 2 == 1;
        if acting {
            let rule = "[banks.known]\nact_score = 0.99\n";
            fs_err::write(folder.path().join("policy.toml"), rule).expect("is written");
        }
        let mut world = Self {
            random: Random(seed),
            folder,
            clock: Arc::new(TestClock::at_start()),
            engine: None,
            receiver: Arc::default(),
            plan: Arc::default(),
            accepted: BTreeMap::new(),
            keys: 0,
            failing: false,
            approvers: Vec::new(),
        };
        let engine = world.engine().await;
        let bank = "known".parse().expect("a name");
        engine.execute(Command::CreateBank { name: bank }, None, &operator()).await.expect("is made");
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(TEXTS[0].as_bytes()).expect("is written");
        std::io::Seek::rewind(&mut file).expect("rewinds");
        let metadata = EntryMetadata { title: "part one".to_owned(), ..EntryMetadata::default() };
        let bank = "known".parse().expect("a name");
        let add = Command::AddEntry { bank, metadata };
        engine.execute(add, Some(file), &operator()).await.expect("is added");
        let url = "https://platform.example/hook";
        engine.create_webhook(url, Vec::new(), &operator()).await.expect("is made");
        if acting {
            for name in ["noor", "samir"] {
                let draft = PersonDraft {
                    name: name.to_owned(),
                    display_name: None,
                    role: Role::Administrator,
                    password: Secret::new("four neutral words here".to_owned()),
                };
                world.approvers.push(engine.create_person(draft, &operator()).await.expect("is added").id);
            }
            assert!(world.switch(POLLS_ALL).await);
        }
        world
    }

    /// The engine of this life.
    async fn engine(&mut self) -> Arc<Engine> {
        if let Some(engine) = &self.engine {
            return Arc::clone(engine);
        }
        // Nothing is decoded here, so no program becomes the child.
        let engine = Engine::open(self.folder.path(), "test", PathBuf::new()).await.expect("opens");
        let engine = Arc::new(engine.with_clock(Arc::clone(&self.clock) as Arc<dyn lamassu_engine::Clock>));
        // What a start does: it plans what waits.
        plan_waiting(&engine, &*self.plan, i64::MAX).await.expect("plans");
        self.engine = Some(Arc::clone(&engine));
        engine
    }

    /// The process dies here: nothing is closed, nothing in memory stays.
    fn die(&mut self) {
        self.engine = None;
        self.plan = Arc::default();
    }

    /// Does one thing, now and then on a store that fails in the middle of it, or cut off half-way.
    pub async fn step(&mut self) {
        let fault = (self.random.below(5) == 0).then(|| self.random.below(Fault::KINDS));
        let fault = match fault {
            Some(kind) => Some(Fault::begin(self.folder.path(), kind).await),
            None => None,
        };
        self.failing = fault.is_some();
        self.act().await;
        self.failing = false;
        if let Some(fault) = fault {
            fault.end().await;
        }
    }

    async fn act(&mut self) {
        let polls = if self.random.below(3) == 0 { 1 + self.random.below(60) } else { POLLS_ALL };
        let done = match self.random.below(11) {
            0..3 => self.upload(polls).await,
            3..5 => self.work(polls).await,
            5 => self.decide(polls).await,
            6 => self.take_back(polls).await,
            7 => self.undo(polls).await,
            8 => self.switch(polls).await,
            _ => self.deliver(polls).await,
        };
        if self.random.below(5) == 0 {
            self.turn_the_clock();
        }
        if !done || self.random.below(12) == 0 {
            self.die();
        }
    }

    fn turn_the_clock(&mut self) {
        let minutes = i64::try_from(self.random.below(60)).expect("is small") * HOUR_MS / 60;
        // A little, a lot, or back, as clocks do that are set.
        self.clock.advance(match self.random.below(3) {
            0 => minutes / 20,
            1 => minutes * 60,
            _ => -minutes * 6,
        });
        self.receiver.failing.store(self.random.below(10), Ordering::Relaxed);
    }

    /// A new upload, or one that was sent before under the same key.
    async fn upload(&mut self, polls: u64) -> bool {
        let again = self.random.below(3) == 0;
        let known: Vec<_> = self.accepted.values().cloned().collect();
        let (key, text) = match known.get(self.random.below(known.len().max(1) as u64) as usize) {
            Some(known) if again => known.clone(),
            _ => {
                self.keys += 1;
                (format!("key-{}", self.keys), usize::from(self.random.below(2) == 0))
            }
        };
        let details = Submission {
            reference: format!("upload {key}"),
            idempotency_key: Some(key.clone()),
            ..Submission::default()
        };
        let post = Post { text: Some(TEXTS[text].to_owned()), links: Vec::new() };
        let engine = self.engine().await;
        let platform = Actor("key:platform".to_owned());
        let accepted = cut(engine.accept(details, Sent::Post(post), &platform), polls).await;
        let item = match accepted {
            None => return false,
            // The sender knows that it is not taken in, and nothing is owed.
            Some(Err(_)) if self.failing => return true,
            Some(accepted) => accepted.expect("nothing refuses it").item,
        };
        // Acknowledged: from here on it is owed.
        if let Some((sent_as, _)) = self.accepted.insert(item, (key.clone(), text)) {
            assert_eq!(sent_as, key, "two keys became one item");
        }
        true
    }

    /// Workers decide what waits, until it waits no more.
    async fn work(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let stop = CancellationToken::new();
        let items: Vec<ItemId> = self.accepted.keys().cloned().collect();
        let waiting = async {
            for item in &items {
                engine.await_outcome(item, 60_000).await.expect("what was accepted is there");
            }
            stop.cancel();
        };
        let working = async { tokio::join!(work::run(Arc::clone(&engine), stop.clone()), waiting).0 };
        // On a failing store workers try again and again, until the process ends.
        let lasting = if self.failing { FAULT_TIME } else { Duration::MAX };
        let worked = tokio::time::timeout(lasting, cut(working, polls)).await.ok().flatten();
        // A second start of the workers in one life would count what waits twice.
        self.die();
        worked.is_none_or(|worked| {
            worked.expect("no worker dies");
            true
        })
    }

    async fn decide(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let open = engine.cases(Some(CaseState::Open), 0, 1_000).await.expect("reads");
        let Some(view) = self.random.of(&open) else { return true };
        let verdict = Verdict::ALL[self.random.below(2) as usize];
        let draft = ReviewDraft {
            verdict,
            reason: "looked at it".to_owned(),
            version: Some(view.case.version),
            request: None,
        };
        let decided = cut(engine.decide_case(&view.case.id, &draft, &operator()), polls).await;
        let Some(decided) = decided else { return false };
        assert!(decided.is_ok() || self.failing, "it was open: {decided:?}");
        true
    }

    async fn take_back(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let decided = engine.cases(Some(CaseState::Decided), 0, 1_000).await.expect("reads");
        let Some(view) = self.random.of(&decided) else { return true };
        // It may be too late; what counts is what the store then says.
        cut(engine.reopen_case(&view.case.id, &operator()), polls).await.is_some()
    }

    /// A person undoes what the bank did by itself.
    async fn undo(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let open = engine.cases(Some(CaseState::Open), 0, 1_000).await.expect("reads");
        let acted: Vec<_> = open.into_iter().filter(|view| view.undoable).collect();
        let Some(view) = self.random.of(&acted) else { return true };
        let undone = cut(engine.undo_action(&view.case.id, &operator()), polls).await;
        let Some(undone) = undone else { return false };
        assert!(undone.is_ok() || self.failing, "it could be undone: {undone:?}");
        true
    }

    /// People let the bank act, or no more.
    async fn switch(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let (people, failing) = (self.approvers.clone(), self.failing);
        let switching = async {
            let bank = "known".parse().expect("a name");
            let row = engine.acting(&bank).await.expect("reads");
            let Some(rule) = row.rule else { return };
            let mut done = Ok(());
            if row.on {
                done = engine.switch_acting_off(&bank, &operator()).await.map(|_| ());
            } else {
                for person in &people {
                    let approved = engine.approve_rule(&bank, person, &rule.version, &operator()).await;
                    done = done.and(approved.map(|_| ()));
                }
                if done.is_ok() {
                    let on = engine.switch_acting_on(&bank, &people[0], &rule.version, &operator()).await;
                    done = on.map(|row| assert!(row.on));
                }
            }
            assert!(done.is_ok() || failing, "{done:?}");
        };
        cut(switching, polls).await.is_some()
    }

    /// The relay hands over what is due, and what is planned for now is tried.
    async fn deliver(&mut self, polls: u64) -> bool {
        let engine = self.engine().await;
        let (plan, receiver) = (Arc::clone(&self.plan), Arc::clone(&self.receiver));
        let (clock, failing) = (Arc::clone(&self.clock), self.failing);
        let delivering = async {
            let relayed = relay(&engine, &*plan).await;
            assert!(relayed.is_ok() || failing, "hands over: {relayed:?}");
            let due: Vec<_> = plan.0.lock().expect("no panic").iter().cloned().collect();
            for job in due.into_iter().filter(|job| job.run_at_ms <= clock.peek_ms()) {
                plan.0.lock().expect("no panic").remove(&job);
                // What could not be recorded is planned again, as the sweep of the real plan does.
                let attempted = attempt(&engine, &*receiver, &*plan, &job).await;
                assert!(attempted.is_ok() || failing, "is recorded: {attempted:?}");
            }
        };
        cut(delivering, polls).await.is_some()
    }

    /// No more trouble: everything waiting is decided, and everything due is delivered.
    pub async fn set_right(&mut self) {
        self.receiver.failing.store(0, Ordering::Relaxed);
        self.clock.advance(100 * HOUR_MS);
        assert!(self.work(POLLS_ALL).await);
        for _ in 0..20 {
            self.clock.advance(100 * HOUR_MS);
            assert!(self.deliver(POLLS_ALL).await);
        }
    }

    pub async fn check(&mut self) {
        let engine = self.engine().await;
        let received = self.receiver.received.lock().expect("no panic").clone();
        let mut keys = BTreeSet::new();
        for (item, (key, text)) in &self.accepted {
            assert!(keys.insert(key), "{key} became two items");
            let view = engine.item(item).await.expect("what was accepted is there");
            let outcome = view.outcome.expect("was decided");
            let may_act = *text == 0 && !self.approvers.is_empty();
            let expected = if *text == 0 { "review" } else { "none" };
            assert!(outcome == expected || (may_act && outcome == "act"), "{outcome}");
            assert_eq!(view.state, "decided");
            assert_eq!(view.case.is_some(), *text == 0);
            let told = ids(&received, "item.decided", |data| data["item"] == item.as_str());
            assert_eq!(told.len(), 1, "an item is told of under one id");
        }
        for view in engine.cases(None, 0, 1_000).await.expect("reads") {
            let of_case = |data: &serde_json::Value| data["case"] == view.case.id.as_str();
            assert_eq!(ids(&received, "case.opened", of_case).len(), 1);
            let asked = ids(&received, "action.requested", of_case);
            let stands: BTreeSet<String> = view
                .actions
                .iter()
                .filter(|action| action.withdrawn_at_ms.is_none())
                .map(|action| action.id.as_str().to_owned())
                .collect();
            assert_eq!(asked, stands, "what was asked for is what was decided, under its one id");
            let of = |origin| view.actions.iter().filter(move |it| it.origin == origin);
            let standing = of(ActionOrigin::Review).filter(|it| it.withdrawn_at_ms.is_none()).count();
            assert_eq!(standing, usize::from(view.case.review.is_some()));
            // What acts asks once, and undoing asks once for the opposite or holds it back.
            assert_eq!(of(ActionOrigin::Rule).count(), usize::from(view.item.outcome == Some("act")));
            assert_eq!(view.acted.len(), of(ActionOrigin::Rule).count());
            let is_held_back = of(ActionOrigin::Rule).any(|it| it.withdrawn_at_ms.is_some());
            assert!(of(ActionOrigin::Undo).count() <= usize::from(!view.acted.is_empty() && !is_held_back));
            for (_, _, data) in
                received.iter().filter(|(_, event, data)| event == "action.requested" && of_case(data))
            {
                let kind = match (data["by"].as_str(), &view.case.review) {
                    (Some("rule"), _) => "disable",
                    (Some("undo"), _) => "keep",
                    (_, Some(review)) => review.verdict.action().name(),
                    (_, None) => panic!("asked for without a decision"),
                };
                assert_eq!(data["kind"], kind);
            }
        }
        let audit = engine.execute(Command::VerifyAudit, None, &operator()).await.expect("holds together");
        assert!(matches!(audit, Answer::Audit(_)));
    }
}

/// The ids under which messages of this event came that `about` holds for.
fn ids(
    received: &[super::receiver::Received],
    event: &str,
    about: impl Fn(&serde_json::Value) -> bool,
) -> BTreeSet<String> {
    received.iter().filter(|(_, of, data)| of == event && about(data)).map(|(id, ..)| id.clone()).collect()
}

/// Polls `future` at most `polls` times and then drops it, wherever it is; none then.
async fn cut<T>(future: impl Future<Output = T>, polls: u64) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        let polled = future.as_mut().poll(context).map(Some);
        if left == 0 && polled.is_pending() { Poll::Ready(None) } else { polled }
    })
    .await
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len() as u64) as usize) }
    }
}
