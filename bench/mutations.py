"""The mutations: how each protection is switched off, and the test that must fail then."""

from dataclasses import dataclass

_LOST_REPLY = "tests/faults/test_network.py::test_no_acknowledged_save_is_lost_or_counted_twice[eat the reply]"
_ANY_ORDER = "tests/flows/writes/test_commutation.py::test_writes_in_any_order_with_repetitions_leave_one_state[valkey]"
_PROOF = "tests/redis_models/replay/test_proof.py"
_CLUSTER_PROOFS = "tests/flows/topologies/test_cluster_proofs.py"


@dataclass(frozen=True, slots=True)
class Mutation:
    """The text of a protection (once in its file), the text that replaces it, and the test that must fail then."""

    protection: str
    file: str
    protected: str
    unprotected: str
    test: str


MUTATIONS = (
    Mutation(
        protection="derived counts",
        file="dashboard/lua/stats.lua",
        protected="conversations_base + redis.call('ZCARD', conversations_key)",
        unprotected="whole(had[1]) + 1",
        test=_LOST_REPLY,
    ),
    Mutation(
        protection="message ids",
        file="chat/lua/conversations.lua",
        protected="if not had[n] and not seen[id] then",
        unprotected="if not seen[id] then",
        test=_LOST_REPLY,
    ),
    Mutation(
        protection="time guard",
        file="redis_models/lua/order.lua",
        protected="if at ~= tonumber(other_at) then return at > tonumber(other_at) end",
        unprotected="if at ~= tonumber(other_at) then return true end",
        test=_ANY_ORDER,
    ),
    Mutation(
        protection="tombstone",
        file="chat/lua/conversations.lua",
        protected="if not redis.call('ZSCORE', deleted_key, id) then return false end",
        unprotected="if id then return false end",
        test=_ANY_ORDER,
    ),
    Mutation(
        protection="socket shutdown",
        file="redis_models/connection/bounded.py",
        protected="socket.socket.shutdown(sock, socket.SHUT_RDWR)",
        unprotected="pass",
        test="tests/redis_models/connection/test_bounded.py"
        "::test_callers_blocked_on_a_hung_server_are_freed_and_not_retried",
    ),
    Mutation(
        protection="freed while sending",
        file="redis_models/connection/bounded.py",
        protected="current().is_unknown = True\n            if self._is_freed:",
        unprotected="current().is_unknown = True\n            if False:",
        test="tests/redis_models/connection/test_bounded.py"
        "::test_callers_blocked_on_a_hung_server_are_freed_and_not_retried[read_profile_at_length]",
    ),
    Mutation(
        protection="the journal's share of the budget",
        file="redis_models/budget.py",
        protected="JOURNAL_SHARE = 0.1",
        unprotected="JOURNAL_SHARE = 0.0",
        test="tests/redis_models/test_budget.py::test_the_last_tenth_of_a_budget_is_reserved_for_the_journal",
    ),
    Mutation(
        protection="budget per read",
        file="redis_models/connection/bounded.py",
        protected='options |= {"timeout": self.socket_timeout, "disconnect_on_error": True}',
        unprotected='options |= {"timeout": self._socket_timeout, "disconnect_on_error": True}',
        test="tests/redis_models/connection/test_bounded.py"
        "::test_a_hung_server_blocks_a_request_no_longer_than_its_budget",
    ),
    Mutation(
        protection="complete snapshot",
        file="redis_models/schema/snapshot.py",
        protected='if completeness != "complete":',
        unprotected="if False:",
        test="tests/redis_models/schema/test_snapshot.py::test_a_user_with_too_much_data_has_no_snapshot",
    ),
    Mutation(
        protection="apply again",
        file="redis_models/writer.py",
        protected="journal().rows.applied(row_id)",
        unprotected="journal().rows.drop(row_id)",
        test="tests/faults/test_servers_killed.py"
        "::test_acknowledged_writes_that_were_not_proven_come_back_after_journal_adopt[FLUSHALL]",
    ),
    Mutation(
        protection="fence",
        file="redis_models/replay/proof.py",
        protected="return self._link.unconfirmed(self._primary, replicas=self._replicas)",
        unprotected='return ""',
        test="tests/redis_models/replay/test_drain.py::test_without_a_proof_in_time_nothing_is_dropped",
    ),
    Mutation(
        protection="a broken-off conversation ends with its link",
        file="redis_models/connection/link.py",
        protected="            conversation.unread = 0\n",
        unprotected="",
        test="tests/redis_models/connection/test_link.py"
        "::test_a_conversation_that_was_broken_off_does_not_break_a_later_one_on_its_connection",
    ),
    Mutation(
        protection="each conversation counts its own unread replies",
        file="redis_models/connection/link.py",
        protected="            self._end(own)\n",
        unprotected="            self._end(self._last)\n",
        test="tests/redis_models/connection/test_link.py::test_a_conversation_that_ends_late_does_not_end_the_next_one",
    ),
    Mutation(
        protection="disks of the replicas",
        file="redis_models/connection/link.py",
        protected="synced[0] >= 1 and synced[1] >= replicas",
        unprotected="synced[0] >= 1",
        test=f"{_PROOF}::test_a_replica_without_an_append_only_file_proves_nothing_until_it_has_one",
    ),
    Mutation(
        protection="replicas are known after a restart",
        file="redis_models/replay/proof.py",
        protected="self._kept.admin.note(name, str(seen))",
        unprotected="pass",
        test=f"{_PROOF}::test_a_replica_that_is_down_still_counts_after_a_restart_of_the_host_until_it_is_forgotten",
    ),
    Mutation(
        protection="epoch in the identity",
        file="redis_models/connection/server_state.py",
        protected='(f"/{self.place.epoch}" if self.place else "")',
        unprotected='""',
        test=f"{_CLUSTER_PROOFS}::test_a_slot_that_leaves_and_returns_in_the_middle_of_a_drain_drops_nothing",
    ),
    Mutation(
        protection="slots are still owned",
        file="redis_models/replay/user_batch.py",
        protected="return proof is not None and proof.owns(place.key)",
        unprotected="return proof is not None",
        test=f"{_CLUSTER_PROOFS}::test_a_step_whose_slot_has_left_is_not_proven",
    ),
    Mutation(
        protection="slots in the note of an unproven row",
        file="redis_models/connection/server_state.py",
        protected='(f"/{self.place.digest}" if self.place else "")',
        unprotected='""',
        test=f"{_CLUSTER_PROOFS}::test_an_unproven_row_is_due_again_if_its_slot_has_moved",
    ),
    Mutation(
        protection="an unproven row notes all servers",
        file="redis_models/replay/primary_drain.py",
        protected="servers_of(place.identity for place in places)",
        unprotected="servers_of(place.identity for place in places[-1:])",
        test=f"{_CLUSTER_PROOFS}"
        "::test_an_unproven_row_in_steps_is_due_again_if_the_primary_of_its_first_step_restarted",
    ),
    Mutation(
        protection="checksum",
        file="redis_models/journal/rows.py",
        protected="    if checksum_of(body, user_id, claim, database) != checksum:",
        unprotected="    if False:",
        test="tests/faults/test_damage.py::test_flipped_bits_are_detected",
    ),
    Mutation(
        protection="group-commit fsync",
        file="redis_models/journal/group_commit.py",
        protected="""        try:
            self._commit_queue()
        finally:
            self.turn.release()
        if request.error is not None:
            raise request.error
""",
        unprotected="""        threading.Timer(0.05, self._commit_queue).start()
        self.turn.release()
        return 0
""",
        test="tests/faults/test_kills.py::test_nothing_acknowledged_is_lost_or_counted_twice[after it was kept]",
    ),
    Mutation(
        protection="synchronous commits",
        file="redis_models/journal/file/opening.py",
        protected='"synchronous = FULL"',
        unprotected='"synchronous = OFF"',
        test="tests/redis_models/journal/test_store.py::test_the_file_is_private_and_durable",
    ),
    Mutation(
        protection="database id",
        file="redis_models/schema/mark.py",
        protected="    return Finding.ANOTHER if proven_id and id_of(found) != proven_id else Finding.KNOWN",
        unprotected="    return Finding.KNOWN",
        test="tests/redis_models/health/test_database_mark.py"
        "::test_another_database_is_refused_and_counted_until_the_right_one_is_back",
    ),
    Mutation(
        protection="a mark that was proven is not written again",
        file="redis_models/health/database_mark.py",
        protected="    if finding is Finding.MISSING and not noted.proven_id:",
        unprotected="    if finding is Finding.MISSING:",
        test="tests/redis_models/health/test_database_mark.py::test_a_proven_mark_that_is_missing_is_a_loss",
    ),
    Mutation(
        protection="a mark that was not proven is written again",
        file="redis_models/health/database_mark.py",
        protected="    if finding is Finding.MISSING and not noted.proven_id:",
        unprotected="    if False:",
        test="tests/redis_models/health/test_database_mark.py"
        "::test_a_mark_that_is_not_proven_is_written_again_with_a_new_epoch",
    ),
    Mutation(
        protection="a new epoch",
        file="redis_models/schema/mark.py",
        protected="        return new_mark(self.proven_id or id_of(self.mark))",
        unprotected="        return self.mark or new_mark(self.proven_id)",
        test="tests/redis_models/health/test_database_mark.py"
        "::test_a_mark_that_is_not_proven_is_written_again_with_a_new_epoch",
    ),
    Mutation(
        protection="a mark that is not proven gives way",
        file="redis_models/health/database_mark.py",
        protected="finding_of(mark, proven_id=noted.proven_id)",
        unprotected="finding_of(mark, proven_id=noted.proven_id or id_of(noted.mark))",
        test="tests/redis_models/health/test_database_mark.py::test_a_mark_that_is_not_proven_gives_way_to_another_one",
    ),
    Mutation(
        protection="a row names a proven database",
        file="redis_models/health/database_mark.py",
        protected="    kept.rows.database = noted.proven_id\n",
        unprotected="    kept.rows.database = noted.proven_id or id_of(noted.mark)\n",
        test="tests/redis_models/health/test_database_mark.py"
        "::test_a_row_names_its_database_only_once_its_mark_is_proven",
    ),
    Mutation(
        protection="only a database without users is marked",
        file="redis_models/health/database_mark.py",
        protected="    if not noted.mark and holds_users() and not connection.database():",
        unprotected="    if False:",
        test="tests/redis_models/health/test_database_mark.py::test_a_new_journal_does_not_mark_a_database_with_users",
    ),
    Mutation(
        protection="the first mark wins",
        file="redis_models/connection/client.py",
        protected="nx=not in_any_case",
        unprotected="nx=False",
        test="tests/redis_models/health/test_database_mark.py::test_of_several_hosts_that_find_no_mark_the_first_wins",
    ),
    Mutation(
        protection="a mark is proven by the server",
        file="redis_models/replay/mark_proof.py",
        protected="        if _is_kept(kept, mark, is_cluster=is_cluster):",
        unprotected="        if True:",
        test="tests/redis_models/replay/test_mark_proof.py::test_a_mark_is_not_proven_in_time",
    ),
    Mutation(
        protection="a probe that finds no mark means away",
        file="redis_models/health/monitor.py",
        protected="        breaker.database_lost(str(error), clock_offset_ms=offset_ms)",
        unprotected='        breaker.probe_answered(clock_offset_ms=offset_ms, refusal="")',
        test="tests/flows/test_lost_database.py::test_reads_are_stale_or_503_writes_wait_and_no_email_is_given_away",
    ),
    Mutation(
        protection="the first operation reads the mark",
        file="redis_models/gateway.py",
        protected="    if breaker.knows_database:",
        unprotected="    if True:",
        test="tests/redis_models/test_gateway.py::test_a_lost_database_is_noticed_by_the_first_operation",
    ),
    Mutation(
        protection="the mark is read again after an outage",
        file="redis_models/health/breaker.py",
        protected="        self.knows_database = False\n        self.health",
        unprotected="        self.health",
        test="tests/redis_models/test_gateway.py::test_without_a_monitor_the_mark_is_read_again_after_an_outage",
    ),
    Mutation(
        protection="a new epoch makes applied rows pending",
        file="redis_models/journal/mark_notes.py",
        protected="UPDATE rows SET state = 'pending', appended_ms = ?",
        unprotected="UPDATE rows SET state = 'applied', appended_ms = ?",
        test="tests/redis_models/health/test_monitor.py"
        "::test_a_new_epoch_means_that_applied_rows_are_pending_and_nobody_is_away",
    ),
    Mutation(
        protection="the drain compares the mark again",
        file="redis_models/replay/drain.py",
        protected="                if not database_mark.is_unchanged(self._mark, primary):",
        unprotected="                if False:",
        test="tests/redis_models/replay/test_drain.py::test_a_flush_between_apply_and_proof_drops_nothing",
    ),
    Mutation(
        protection="the mark of each primary is compared",
        file="redis_models/health/database_mark.py",
        protected="    found = {connection.mark_on(primary)}\n",
        unprotected="    found: set[str | None] = {None}\n",
        test="tests/flows/topologies/test_cluster_mark.py"
        "::test_a_primary_that_is_emptied_during_a_drain_keeps_its_rows",
    ),
    Mutation(
        protection="no snapshots of an emptied database",
        file="redis_models/background/housekeeping.py",
        protected="        database_mark.verify_identity(journal())",
        unprotected="        assert database_mark",
        test="tests/redis_models/background/test_housekeeping.py"
        "::test_snapshots_of_a_database_that_was_just_emptied_are_not_kept",
    ),
    Mutation(
        protection="journal adopt asks",
        file="redis_models/management/adopting.py",
        protected="    if not yes:",
        unprotected="    if False:",
        test="tests/redis_models/management/test_adopting.py::test_without_a_yes_nothing_is_adopted",
    ),
    Mutation(
        protection="rows are written to a file before they are dropped",
        file="redis_models/management/adopting.py",
        protected="    write_rows(_noting(journal().mark.undamaged(), written), output)\n",
        unprotected="    list(_noting(journal().mark.undamaged(), written))\n",
        test="tests/redis_models/management/test_adopting.py"
        "::test_whoever_emptied_it_on_purpose_drops_the_rows_into_a_private_file",
    ),
    Mutation(
        protection="a new id if it was emptied on purpose",
        file="redis_models/replay/adoption.py",
        protected="successor=new_mark()",
        unprotected="successor=kept.mark.noted().successor()",
        test="tests/redis_models/replay/test_adoption.py::test_if_it_was_emptied_on_purpose_other_hosts_ask_too",
    ),
    Mutation(
        protection="clock that never steps",
        file="redis_models/health/clock.py",
        protected="    return (BEGAN_NS + time.monotonic_ns()) // 1_000_000",
        unprotected="    return time.time_ns() // 1_000_000",
        test="tests/faults/test_clocks.py::test_a_step_of_the_hosts_clock_does_not_decide_which_write_stands[3600000]",
    ),
    Mutation(
        protection="times not far ahead",
        file="redis_models/writer.py",
        protected="    write = write.clamped_to(clock.now_ms() + AHEAD_AT_MOST_MS)\n",
        unprotected="",
        test="tests/faults/test_clocks.py"
        "::test_a_write_from_a_clock_that_is_ahead_changes_nothing_when_it_is_applied_again",
    ),
    Mutation(
        protection="rows in flight are shown",
        file="redis_models/journal/snapshots.py",
        protected="(State.PENDING, State.APPLIED, State.IN_FLIGHT)",
        unprotected="(State.PENDING,)",
        test="tests/flows/writes/test_nothing_disappears.py",
    ),
    Mutation(
        protection="refused by pending writes",
        file="redis_models/writer.py",
        protected="    if write.deferrable and write.user_id != NOBODY and (refusal :=",
        unprotected="    if False and (refusal :=",
        test="tests/redis_models/test_writer.py"
        "::test_a_pending_deletion_refuses_saves_even_if_redis_is_back_and_does_not_have_it_yet",
    ),
    Mutation(
        protection="verified file",
        file="redis_models/journal/tables.py",
        protected='if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):',
        unprotected="if False:",
        test="tests/redis_models/journal/file/test_opening.py"
        "::test_damage_outside_the_rows_loses_none_and_the_file_is_kept[branch]",
    ),
    Mutation(
        protection="no proof without an append-only file",
        file="redis_models/connection/server_state.py",
        protected="        if not self.has_append_only_file:",
        unprotected="        if not self.has_append_only_file and self.replicas == 0:",
        test="tests/redis_models/connection/test_server_state.py::test_the_state_says_what_a_server_cannot_promise",
    ),
    Mutation(
        protection="a missing permission is the server's",
        file="redis_models/connection/translation.py",
        protected="    if _ACL.search(text):",
        unprotected="    if False:",
        test="tests/flows/test_permissions.py"
        "::test_writes_acknowledged_without_a_permission_are_applied_when_it_is_restored[ahead--hset]",
    ),
    Mutation(
        protection="no message id without its message",
        file="chat/lua/conversations.lua",
        protected="redis.call('HDEL', message_ids_key, marks[i])",
        unprotected="assert(marks[i])",
        test="tests/flows/writes/test_forbidden_commands.py"
        "::test_a_script_stopped_by_a_forbidden_command_is_complete_once_it_is_applied_again",
    ),
    Mutation(
        protection="waiting claims",
        file="redis_models/journal/rows.py",
        protected="            check_claim(db, write, held_by=WAITING, known_claim=known_claim)\n",
        unprotected="",
        test="tests/flows/writes/test_claims.py::test_an_email_with_a_pending_claim_cannot_be_registered[ahead]",
    ),
    Mutation(
        protection="applied claims",
        file="redis_models/journal/claims.py",
        protected="    if applied > known_claim:\n",
        unprotected="    if False:\n",
        test="tests/flows/writes/test_lost_claims.py::test_an_email_whose_claim_was_lost_goes_to_nobody_else[register]",
    ),
    Mutation(
        protection="refused before it is sent",
        file="redis_models/writer.py",
        protected="        if holds and not before.acknowledged:\n",
        unprotected="        if False:\n",
        test="tests/flows/writes/test_lost_claims.py::test_an_email_whose_claim_is_lost_twice_goes_to_nobody_else",
    ),
    Mutation(
        protection="an undo of one's own claim",
        file="accounts/lua/claim.1.lua",
        protected="  redis.call('DEL', claimed_by_key)\n",
        unprotected="",
        test="tests/flows/writes/test_claim_steps.py"
        "::test_an_undo_leaves_a_claim_that_another_request_has_repeated[in process]",
    ),
    Mutation(
        protection="an undo of a new claim",
        file="accounts/lua/claim.1.lua",
        protected="if owner ~= id and claimed_by_key then",
        unprotected="if claimed_by_key then",
        test="tests/flows/writes/test_claim_steps.py"
        "::test_an_undo_leaves_a_claim_that_its_request_has_not_made[in process]",
    ),
    Mutation(
        protection="a release of an older claim",
        file="accounts/lua/claims.lua",
        protected="tonumber(redis.call('GET', claimed_at_key) or 0) <= at",
        unprotected="at > 0",
        test="tests/flows/writes/test_claim_steps.py::test_a_release_leaves_a_newer_claim[in process]",
    ),
    Mutation(
        protection="a late change of email",
        file="accounts/lua/emails.lua",
        protected="if is_late or had[1] ~= old then",
        unprotected="if had[1] ~= old then",
        test="tests/flows/writes/test_claim_steps.py"
        "::test_a_change_that_runs_late_does_not_undo_a_later_one[in process]",
    ),
    Mutation(
        protection="refused rows that were in flight",
        file="redis_models/replay/failures.py",
        protected="        if reason:\n",
        unprotected="        if reason and row.write.acknowledged:\n",
        test="tests/redis_models/replay/test_drain.py"
        "::test_an_abandoned_registration_that_is_refused_becomes_a_dead_letter_and_writes_nothing",
    ),
    Mutation(
        protection="fenced on every primary of a step",
        file="redis_models/replay/user_batch.py",
        protected="if all(_is_proven(each, proofs) for each in places)",
        unprotected="if any(_is_proven(each, proofs) for each in places)",
        test="tests/flows/topologies/test_cluster.py"
        "::test_a_row_stays_if_a_primary_that_applied_one_of_its_steps_does_not_prove_it",
    ),
    Mutation(
        protection="revocation while read-only",
        file="accounts/credentials/sessions.py",
        protected="        if is_known_to_be_over(old.session):",
        unprotected="        if False:",
        test="tests/accounts/v1/test_session_api.py::test_an_ended_session_is_refused_while_redis_refuses_writes",
    ),
    Mutation(
        protection="runs of marks",
        file="texts/normal_form.py",
        protected="for parts, run in _decomposed(short) if run <= MARKS_AT_MOST",
        unprotected="for parts, _ in _decomposed(short)",
        test="tests/texts/test_normal_form.py::test_texts_with_a_long_run_are_cut_before_they_are_normalised",
    ),
    Mutation(
        protection="unknown errors are no fault of the row",
        file="redis_models/connection/translation.py",
        protected="if not isinstance(error, exceptions.ResponseError) or FAULT_OF_SCRIPT.search(text):",
        unprotected="if True:",
        test="tests/redis_models/replay/test_failures.py"
        "::test_a_row_with_an_unknown_error_is_held_back_and_the_others_are_drained",
    ),
    Mutation(
        protection="a fault of a row is confirmed",
        file="redis_models/replay/primary_drain.py",
        protected="if isinstance(reply, (ScriptFailed, UnknownReply)) or reply[-1]:",
        unprotected="if False:",
        test="tests/redis_models/replay/test_failures.py"
        "::test_a_row_that_fails_while_a_small_write_fails_is_no_dead_letter",
    ),
    Mutation(
        protection="a drain that cannot drop backs off",
        file="redis_models/background/housekeeping.py",
        protected="        interval.back_off()\n",
        unprotected="",
        test="tests/redis_models/background/test_housekeeping.py"
        "::test_a_drain_that_cannot_drop_its_rows_is_repeated_after_five_seconds",
    ),
    Mutation(
        protection="the breaker of a write's own keys",
        file="redis_models/writer.py",
        protected="if not registry.breaker_for(write.keys).health.is_healthy or",
        unprotected="if not registry.current().is_healthy or",
        test="tests/flows/topologies/test_cluster.py"
        "::test_a_pending_deletion_refuses_a_save_although_another_primary_is_away",
    ),
    Mutation(
        protection="a file that is gone is noticed",
        file="redis_models/journal/damage/guard.py",
        protected="        if tuple(look.identity for look in looks) != self._files:\n",
        unprotected="        if False:\n",
        test="tests/redis_models/journal/damage/test_guard.py"
        "::test_a_file_that_is_gone_is_noticed_before_the_next_yes_and_no_row_is_lost[delete]",
    ),
    Mutation(
        protection="a file that was truncated is noticed",
        file="redis_models/journal/damage/guard.py",
        protected="if file.size < self._size or self._follower.was_cut(log.size):",
        unprotected="if False:",
        test="tests/redis_models/journal/damage/test_guard.py"
        "::test_a_file_that_was_truncated_is_noticed_before_the_next_yes[journal.sqlite3-0]",
    ),
    Mutation(
        protection="a gap in the log is noticed",
        file="redis_models/journal/damage/guard.py",
        protected="        if self._follower.has_gap():\n",
        unprotected="        if False:\n",
        test="tests/redis_models/journal/damage/test_guard.py"
        "::test_a_log_that_another_worker_has_never_seen_is_cut[32]",
    ),
    Mutation(
        protection="a last frame that was cut is noticed",
        file="redis_models/journal/damage/guard.py",
        protected="        self._check_last_frame(db)\n",
        unprotected="",
        test="tests/redis_models/journal/damage/test_guard.py"
        "::test_a_last_frame_that_was_cut_is_noticed_although_no_write_reads_its_page",
    ),
    Mutation(
        protection="only whole rows are brought back",
        file="redis_models/journal/damage/salvage.py",
        protected='    return written != columns["checksum"]',
        unprotected="    return False",
        test="tests/redis_models/journal/damage/test_salvage.py"
        "::test_flipped_bits_bring_back_no_row_that_is_not_as_it_was_written",
    ),
    Mutation(
        protection="rows behind damage in the log are brought back",
        file="redis_models/journal/file/opening.py",
        protected="                _keep_broken_log(path, db)\n",
        unprotected="",
        test="tests/redis_models/journal/file/test_opening.py"
        "::test_rows_behind_a_flipped_bit_of_the_log_come_back_and_a_copy_is_kept_once[5000]",
    ),
    Mutation(
        protection="rows leave a full disk",
        file="redis_models/journal/store.py",
        protected="            with self._reserve.lent():\n                self.wipe()\n",
        unprotected="            with ExitStack():\n                self.wipe()\n",
        test="tests/faults/test_disks.py::test_all_rows_leave_a_disk_of_4_mb_that_is_full[running-rows of 3 kB]",
    ),
    Mutation(
        protection="decoders of one thread",
        file="texts/typed_json.py",
        protected="        with _building:\n",
        unprotected="        if True:\n",
        test="tests/texts/test_typed_json.py"
        "::test_threads_that_are_the_first_to_decode_a_type_do_not_crash_the_process",
    ),
    Mutation(
        protection="a fold ends with its rows",
        file="redis_models/journal/tables.py",
        protected="AFTER DELETE ON rows BEGIN\n    {_FOLD_OF_ROW}",
        unprotected="AFTER DELETE ON rows BEGIN\n    SELECT 1;",
        test="tests/redis_models/journal/test_folds.py"
        "::test_a_fold_is_removed_by_any_change_of_its_rows_and_snapshots[the row left]",
    ),
    Mutation(
        protection="a fold outlives changes of later rows",
        file="redis_models/journal/tables.py",
        protected="OLD.id <= (SELECT last_row",
        unprotected="1 <= (SELECT last_row",
        test="tests/redis_models/journal/test_folds.py::test_a_row_after_the_fold_may_change_without_it[it is kept]",
    ),
    Mutation(
        protection="a shadow that cannot be folded stays",
        file="redis_models/offline/kept_shadows.py",
        protected="            return False\n    return True",
        unprotected="            return True\n    return True",
        test="tests/redis_models/offline/test_kept_shadows.py"
        "::test_a_shadow_that_cannot_be_folded_stays_in_memory_and_is_tried_again_32_rows_later",
    ),
    Mutation(
        protection="triggers are as they were made",
        file="redis_models/journal/tables.py",
        protected="if not _our_schema() <= set(db.execute(_SCHEMA)):",
        unprotected="if False:",
        test="tests/redis_models/journal/file/test_opening.py"
        "::test_an_index_or_trigger_with_another_text_is_damage[trigger]",
    ),
    Mutation(
        protection="rows that a torn file had are counted",
        file="redis_models/journal/damage/salvage.py",
        protected="missing = _count_in(pages) - len(whole)",
        unprotected="missing = 0",
        test="tests/redis_models/journal/damage/test_salvage.py::test_rows_behind_the_end_of_a_torn_file_are_counted",
    ),
    Mutation(
        protection="a full disk keeps what waits for a transaction",
        file="redis_models/journal/group_commit.py",
        protected="if isinstance(error, JournalFull):",
        unprotected="if False:",
        test="tests/redis_models/journal/test_group_commit.py"
        "::test_a_change_that_may_wait_does_so_until_the_disk_is_not_full[error0-made0]",
    ),
    Mutation(
        protection="a fold is compared with the journal",
        file="redis_models/journal/folds.py",
        protected="if _is_current(db, fold):",
        unprotected="if True:",
        test="tests/redis_models/journal/test_folds.py"
        "::test_a_fold_made_before_such_a_change_is_not_stored[the row left]",
    ),
    Mutation(
        protection="a fold holds only writes that are kept",
        file="redis_models/offline/shadow.py",
        protected="if self._unkept or not self.rows:",
        unprotected="if not self.rows:",
        test="tests/redis_models/offline/test_kept_shadows.py::test_a_write_that_is_not_kept_is_in_no_fold",
    ),
    Mutation(
        protection="waiting rows are folded",
        file="redis_models/offline/kept_shadows.py",
        protected="if len(found.rows) >= found.fold_at:",
        unprotected="if False:",
        test="tests/redis_models/offline/test_kept_shadows.py"
        "::test_a_request_applies_few_rows_however_many_wait[True-100]",
    ),
    Mutation(
        protection="parts of a shadow are whole",
        file="redis_models/offline/kept_shadows.py",
        protected="if missing & news.stored:",
        unprotected="if False:",
        test="tests/redis_models/offline/test_kept_shadows.py"
        "::test_a_row_of_another_worker_in_a_conversation_that_was_folded_is_applied_to_the_whole_of_it",
    ),
    Mutation(
        protection="each reply of a drain has its own time",
        file="redis_models/connection/link.py",
        protected="            replies = [self._reply() for _ in range(due)]",
        unprotected="            with budget(OPERATION_BUDGET_S):\n"
        "                replies = [self._reply() for _ in range(due)]",
        test="tests/redis_models/connection/test_link.py"
        "::test_each_reply_may_take_as_long_as_the_first_so_a_busy_server_that_answers_is_not_given_up",
    ),
    Mutation(
        protection="kept shadows are bounded in bytes",
        file="redis_models/offline/kept_shadows.py",
        protected="while self.size > BYTES_AT_MOST and len(self._by_user) > 1:",
        unprotected="while False:",
        test="tests/redis_models/offline/test_kept_shadows.py"
        "::test_the_bytes_of_kept_shadows_are_bounded_and_those_that_leave_are_folded",
    ),
    Mutation(
        protection="every write is a row",
        file="redis_models/writer.py",
        protected='return settings.AIRA_JOURNAL == "ahead" and write.script not in',
        unprotected='return settings.AIRA_JOURNAL == "ahead" and write.deferrable and write.script not in',
        test="tests/faults/test_failover.py::test_no_password_sign_up_session_or_sign_out_is_undone",
    ),
    Mutation(
        protection="the note before a yes is durable",
        file="redis_models/writer.py",
        protected="        journal().rows.note_applied(row_id)",
        unprotected="        journal().rows.applied(row_id)",
        test="tests/redis_models/test_writer.py"
        "::test_a_write_that_is_not_deferrable_is_durably_in_flight_and_then_durably_applied",
    ),
    Mutation(
        protection="no yes without a row",
        file="redis_models/journal/rows.py",
        protected="if db.execute(_APPLIED, (row_id,)).rowcount == 0:",
        unprotected="if db.execute(_APPLIED, (row_id,)).rowcount < 0:",
        test="tests/accounts/v1/test_session_api.py"
        "::test_a_sign_in_whose_row_was_dropped_while_its_worker_was_frozen_is_503",
    ),
    Mutation(
        protection="a write that may not wait is applied again only if it was noted",
        file="redis_models/journal/queue.py",
        protected="return Due([row for row in ready if not _is_void(row)]",
        unprotected="return Due(ready",
        test="tests/faults/test_kills.py"
        "::test_a_password_change_is_applied_by_a_drain_only_if_it_was_noted_before_the_kill[before the note]",
    ),
    Mutation(
        protection="an abandoned row is compared before it is dropped",
        file="redis_models/journal/queue.py",
        protected="{DELETION} AND state = 'in flight'",
        unprotected="{DELETION}",
        test="tests/redis_models/journal/test_queue.py"
        "::test_a_row_that_is_noted_as_applied_after_it_was_read_is_not_dropped_as_abandoned",
    ),
    Mutation(
        protection="a 503 drops its row",
        file="redis_models/writer.py",
        protected="        journal().rows.drop_durably(row_id)",
        unprotected="        journal().rows.drop(row_id)",
        test="tests/redis_models/test_writer.py"
        "::test_a_write_that_is_not_deferrable_fails_and_its_row_is_dropped_before_the_503",
    ),
    Mutation(
        protection="a repeated refresh leaves no row",
        file="accounts/lua/session_rotate.1.lua",
        protected="return { 'conflict', 'repeated', string",
        unprotected="return { 'duplicate', 'repeated', string",
        test="tests/flows/writes/test_told_writes.py"
        "::test_a_refresh_that_is_sent_again_leaves_one_row_so_its_first_token_stays_valid",
    ),
    Mutation(
        protection="a session that a used token ended stays ended",
        file="accounts/credentials/sessions.py",
        protected="            submit(writes.session_end(user_id=session.user_id, session_id=session.id, at=at))\n",
        unprotected="",
        test="tests/flows/writes/test_told_writes.py"
        "::test_what_somebody_was_told_is_back_after_the_server_has_lost_it"
        "[a session that a token used twice has ended]",
    ),
    Mutation(
        protection="a revocation wins in any order",
        file="accounts/lua/service_key.1.lua",
        protected="is_revoked(had) and not is_revoked(encoded)\n",
        unprotected="false\n",
        test="tests/flows/writes/test_commutation.py"
        "::test_service_keys_that_are_made_and_revoked_in_any_order_are_in_one_state[valkey]",
    ),
    Mutation(
        protection="an import runs once",
        file="accounts/lua/import.2.lua",
        protected="if before then return { 'duplicate', before:match('%d+$') } end",
        unprotected="",
        test="tests/accounts/privacy/test_imports.py"
        "::test_an_import_that_is_applied_again_adds_nothing_that_was_removed_since",
    ),
    Mutation(
        protection="a claim of an import runs once",
        file="accounts/lua/import.2.lua",
        protected="if before and owner ~= claimant then",
        unprotected="if false then",
        test="tests/accounts/privacy/test_imports.py"
        "::test_a_claim_of_an_import_that_is_applied_again_takes_no_email_that_was_released_since",
    ),
    Mutation(
        protection="an erasure forgets older imports only",
        file="accounts/lua/erase.1.lua",
        protected="  imported = function(name) erased_account.timed(name, erased_at) end,\n",
        unprotected="",
        test="tests/accounts/privacy/test_imports.py"
        "::test_an_erasure_removes_what_is_known_of_older_imports_and_of_no_newer_one",
    ),
    Mutation(
        protection="a deletion of the stats runs once",
        file="dashboard/lua/delete.1.lua",
        protected="if at <= tonumber(redis.call('HGET', stats_key, 'deleted_at') or 0) then",
        unprotected="if false then",
        test="tests/flows/test_operations.py::test_a_deletion_of_the_stats_that_is_repeated_late_removes_nothing_newer",
    ),
    Mutation(
        protection="credentials are in no snapshot",
        file="redis_models/schema/parts.py",
        protected="for key in touched if key.removeprefix(prefix) not in beside)",
        unprotected="for key in touched if beside)",
        test="tests/flows/writes/test_told_writes.py::test_no_digest_is_left_in_the_journal_once_its_rows_are_gone",
    ),
    Mutation(
        protection="an erasure is a row",
        file="accounts/writes.py",
        protected="all_keys, (), at, before=note)",
        unprotected="all_keys, (), at, before=note, deferrable=False)",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_the_row_of_an_erasure_belongs_to_nobody_and_sets_the_tombstone_again",
    ),
    Mutation(
        protection="no snapshot from before an erasure",
        file="redis_models/journal/snapshots.py",
        protected="is_kept = facts.forgotten(db) == since",
        unprotected="is_kept = True",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_a_snapshot_that_was_read_before_an_erasure_is_not_kept_after_it[housekeeping]",
    ),
    Mutation(
        protection="no snapshot of a drain from before an erasure",
        file="redis_models/journal/queue.py",
        protected="if snapshots and facts.forgotten(db) != since:",
        unprotected="if False:",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_a_snapshot_that_was_read_before_an_erasure_is_not_kept_after_it[drain]",
    ),
    Mutation(
        protection="no snapshot from before an erasure on another host",
        file="redis_models/background/erasures.py",
        protected="    kept.erasure.outdate_snapshots()\n",
        unprotected="",
        test="tests/redis_models/background/test_erasures.py"
        "::test_a_snapshot_that_another_process_of_a_host_has_read_before_is_not_kept_by_it",
    ),
    Mutation(
        protection="the row of an erasure is nobody's",
        file="accounts/writes.py",
        protected='Write(NOBODY, "accounts.erase_begin.1"',
        unprotected='Write(user_id, "accounts.erase_begin.1"',
        test="tests/accounts/privacy/test_erasure.py"
        "::test_the_row_of_an_erasure_belongs_to_nobody_and_sets_the_tombstone_again",
    ),
    Mutation(
        protection="an erasure removes what is older",
        file="accounts/lua/erased_conversation.lua",
        protected="if not summary or summary.updatedAt <= clock.iso(erased_at) then",
        unprotected="if summary or not summary then",
        test="tests/flows/writes/test_erasing.py"
        "::test_of_a_conversation_with_older_and_newer_messages_the_newer_ones_stay[shadow-True]",
    ),
    Mutation(
        protection="an erasure's own time",
        file="accounts/privacy/erasure.py",
        protected="user_id, at = erasing.unfinished.user_id, erasing.unfinished.at",
        unprotected="user_id, at = erasing.unfinished.user_id, now_ms()",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_an_erasure_that_no_process_goes_on_with_is_finished_by_another_with_its_time",
    ),
    Mutation(
        protection="erased is proven",
        file="redis_models/replay/proven_writes.py",
        protected="if not weakness and _ALL",
        unprotected="if False and _ALL",
        test="tests/accounts/privacy/test_erasure.py::test_erased_is_not_said_before_the_server_proves_it",
    ),
    Mutation(
        protection="an erasure that is complete removes nothing again",
        file="accounts/lua/erase.1.lua",
        protected="erasure.finish(erased_key, erased_at)\n",
        unprotected="",
        test="tests/accounts/privacy/test_erasure.py::test_a_late_repetition_does_not_remove_what_was_imported_since",
    ),
    Mutation(
        protection="the first time of an announcement",
        file="redis_models/lua/erasure.1.lua",
        protected="'NX', ",
        unprotected="",
        test="tests/redis_models/background/test_erasures.py"
        "::test_an_announcement_that_is_repeated_keeps_its_first_time",
    ),
    Mutation(
        protection="one process goes on with an erasure",
        file="redis_models/lua/unfinished_take.1.lua",
        protected="tonumber(until_ms) <= now and ",
        unprotected="",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_an_erasure_that_no_process_goes_on_with_is_finished_by_another_with_its_time",
    ),
    Mutation(
        protection="the email of a later registration",
        file="accounts/lua/erase_claim.1.lua",
        protected="if registrations.is_later(profile_key, erased_at) and",
        unprotected="if false and",
        test="tests/accounts/privacy/test_erasure.py"
        "::test_an_erasure_that_no_process_goes_on_with_is_finished_by_another_with_its_time",
    ),
    Mutation(
        protection="rows that are pending again are due again",
        file="redis_models/journal/queue.py",
        protected="(state <> 'applied' OR applied_on NOT IN (",
        unprotected="(applied_on NOT IN (",
        test="tests/redis_models/journal/test_queue.py"
        "::test_a_row_that_is_pending_again_is_due_for_the_server_that_applied_it",
    ),
    Mutation(
        protection="announcements since the stored confirmation",
        file="redis_models/lua/erasures.1.lua",
        protected="math.min(stored, confirmed)",
        unprotected="confirmed",
        test="tests/redis_models/background/test_erasures.py"
        "::test_a_host_hears_of_what_was_announced_while_it_looked_on_an_old_primary",
    ),
    Mutation(
        protection="a confirmation of processed announcements",
        file="redis_models/lua/erasures.1.lua",
        protected="if is_complete and confirmed",
        unprotected="if confirmed",
        test="tests/redis_models/background/test_erasures.py"
        "::test_a_host_confirms_no_announcement_that_it_has_not_processed",
    ),
)
