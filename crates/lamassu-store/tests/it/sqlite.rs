//! Runs the conformance bodies on `SQLite`, each on a database of its own.

use std::sync::Arc;

use lamassu_store::Store;
use tokio::task::JoinSet;

use crate::conformance;
use crate::samples::{Opened, fill, new_entry, stamp};

macro_rules! conforms {
    ($($group:ident: $($body:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $body() {
                let opened = Opened::new().await;
                conformance::$group::$body(&opened.store).await;
                opened.close().await;
            }
        )+)+
    };
}

conforms! {
    banks: banks_are_listed_by_name, a_bank_name_is_taken_once, an_unknown_bank_is_not_found;
    entries: an_entry_comes_back_as_added, an_entry_knows_whether_its_media_is_kept, the_same_bytes_are_one_entry_of_a_bank,
        a_removed_entry_is_kept_but_gone, unknown_banks_and_entries_are_not_found, entries_come_in_pages,
        concurrent_additions_each_take_a_number,
        what_people_say_is_replaced_and_the_log_keeps_what_they_said;
    catalogue: a_filter_lets_through_what_has_it_all, each_order_comes_whole_in_pages,
        what_is_said_anew_is_what_is_found, hashes_of_a_list_are_in_the_catalogue,
        facets_count_what_each_choice_would_give, facets_are_bounded;
    changes: the_feed_has_every_change_without_gaps, live_entries_are_what_is_not_removed,
        an_entry_may_have_no_frames;
    hashes: hashes_become_entries_in_one_step, a_hash_is_one_entry_of_a_bank, a_list_has_one_record_in_the_log,
        hashes_are_looked_for_once;
    items: a_decision_can_be_recomputed, shares_come_back_to_the_last_bit, an_item_is_decided_once,
        a_decision_needs_a_policy_that_is_kept;
    submissions: what_is_let_in_waits_with_its_bytes, the_same_key_is_the_same_item, a_submission_ends_once;
    cases: a_case_opens_with_its_decision, what_waits_comes_by_priority_and_each_queue_apart, a_case_is_decided_once, a_review_is_taken_back_in_time,
        whoever_is_first_decides, whoever_saw_an_older_version_decides_nothing,
        an_attempt_that_is_repeated_decides_once, the_history_of_a_case_is_in_the_log, decisions_are_counted_by_day;
    outbox: a_webhook_comes_back_as_added, messages_are_due_in_order_and_handed_once,
        a_message_is_addressed_once, an_attempt_counts_in_its_turn_only, disabling_ends_what_waits,
        what_arrived_long_ago_is_forgotten;
    recent: what_came_in_lately_is_read_by_time, an_item_is_decided_again_for_a_new_entry,
        a_decided_case_stands, a_near_miss_becomes_a_case_that_is_told, a_burst_is_counted_in_its_case;
    kinship: what_plays_waits_to_be_compared, what_entries_share_is_told_of_both_banks;
    mandates: a_bank_acts_once_two_people_approved_and_it_was_switched_on,
        approvals_end_with_the_rule_the_person_and_their_word, entries_added_since_wait_for_two_new_approvals,
        an_act_commits_with_its_decision_or_not_at_all, what_a_rule_did_is_undone_once;
    policies: policies_are_kept_by_version;
    audit: every_change_is_in_the_chain;
    keys: a_key_comes_back_as_made, a_revoked_key_is_listed_but_not_live, the_use_of_keys_only_moves_forward;
    people: a_person_comes_back_as_added, a_name_is_taken_in_any_case,
        a_change_is_made_as_a_whole_or_not_at_all, the_last_administrator_stays,
        a_change_that_changes_nothing_is_not_noted, a_setup_link_is_good_once,
        a_link_for_the_first_is_refused_when_there_is_one, a_sign_in_link_is_good_once,
        a_sign_in_link_ends_with_time_password_and_leave;
    sessions: a_session_comes_back_as_started, the_oldest_session_gives_way,
        what_changes_a_person_ends_their_sessions, a_refused_sign_in_is_in_the_audit_log;
}

/// Tasks on several threads, which a conformance body that borrows its store cannot start.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_several_threads_leave_no_gap() {
    let opened = Opened::new().await;
    let bank = fill(&opened.store, 0).await;
    let store = Arc::new(opened.store);
    let mut tasks = JoinSet::new();
    for k in 1..=24 {
        let (store, entry): (Arc<dyn Store>, _) = (store.clone(), new_entry(&bank, k));
        tasks.spawn(async move {
            let id = entry.id.clone();
            let bank = entry.bank.clone();
            let added = store.add_entry(entry, &stamp()).await.expect("is added").sequence;
            let removed = store.remove_entry(&bank, &id, None, &stamp()).await.expect("is removed");
            assert!(removed > added);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no task panics");
    }
    let changes = store.changes(0, 100).await.expect("reads");
    let sequences: Vec<u64> = changes.iter().map(|change| change.sequence).collect();
    assert_eq!(sequences, (1..=48).collect::<Vec<u64>>());
    assert_eq!(store.bank(&bank).await.expect("exists").entries, 0);
    store.close().await;
}
