"""The mutations: how each protection is switched off, and the test that must fail then."""

from dataclasses import dataclass

_LOST_REPLY = "tests/faults/test_network.py::test_no_acknowledged_save_is_lost_or_counted_twice[eat the reply]"
_ANY_ORDER = "tests/flows/writes/test_commutation.py::test_writes_in_any_order_with_repetitions_leave_one_state[valkey]"
_PROOF = "tests/redis_models/replay/test_proof.py"
_SESSIONS = "tests/accounts/credentials/test_sessions.py"
_LIST = "tests/redis_models/background/test_revocations.py"
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
        file="redis_models/health/first_look.py",
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
        file="redis_models/health/host_clock.py",
        protected="    return (BEGAN_NS + time.monotonic_ns()) // 1_000_000",
        unprotected="    return time.time_ns() // 1_000_000",
        test="tests/faults/test_clocks.py::test_a_step_of_the_hosts_clock_does_not_decide_which_write_stands[3600000]",
    ),
    Mutation(
        protection="the first look learns the time",
        file="redis_models/health/first_look.py",
        protected="    breaker.clock_known(settled_offset(",
        unprotected="    (lambda _: None)(settled_offset(",
        test="tests/redis_models/health/test_clock.py::test_a_save_after_an_erasure_by_a_clock_that_is_ahead_is_stored",
    ),
    Mutation(
        protection="no time before the first look",
        file="redis_models/health/clock.py",
        protected="        offset_ms = _asked().clock_offset_ms\n",
        unprotected="        pass\n",
        test="tests/redis_models/health/test_clock.py"
        "::test_a_process_without_a_monitor_asks_for_the_time_once_before_it_uses_one",
    ),
    Mutation(
        protection="a probe before the first request",
        file="redis_models/periodic.py",
        protected="        self._guarded_step()\n        self._start_thread()",
        unprotected="        self._start_thread()",
        test="tests/redis_models/health/test_clock.py::test_a_serving_process_knows_the_time_before_its_first_request",
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
        protected="        if not is_given_up and not before.acknowledged:\n",
        unprotected="        if False:\n",
        test="tests/flows/writes/test_lost_claims.py::test_an_email_whose_claim_is_lost_twice_goes_to_nobody_else",
    ),
    Mutation(
        protection="a refused claim is not given up",
        file="redis_models/writer.py",
        protected="is_given_up = gateway.apply(row.write).outcome is Outcome.GONE",
        unprotected="is_given_up = gateway.apply(row.write).outcome in REFUSED",
        test="tests/flows/writes/test_lost_claims.py"
        "::test_whoever_got_a_lost_email_elsewhere_is_refused_it_by_the_host_that_had_promised_it",
    ),
    Mutation(
        protection="dead letters that were called stored",
        file="redis_models/journal/claims.py",
        protected="    if _is_promised(db, write):\n",
        unprotected="    if False:\n",
        test="tests/flows/writes/test_lost_claims.py"
        "::test_a_dead_letter_of_whoever_was_told_that_the_email_is_stored_is_in_the_way_until_it_is_dropped",
    ),
    Mutation(
        protection="dead letters that were called pending",
        file="redis_models/journal/rows.py",
        protected="SET state = 'pending', deadline_ms = 0 WHERE",
        unprotected="SET state = 'pending' WHERE",
        test="tests/flows/writes/test_lost_claims.py"
        "::test_a_dead_letter_of_whoever_was_told_that_the_email_is_pending_is_in_nobodys_way",
    ),
    Mutation(
        protection="dead letters for another database",
        file="redis_models/journal/claims.py",
        protected="state = 'set aside' AND deadline_ms > 0\"\n    \" AND database IN ('', ?) LIMIT 1\"",
        unprotected='state = \'set aside\' AND deadline_ms > 0"\n    " AND ? IS NOT NULL LIMIT 1"',
        test="tests/flows/writes/test_lost_claims.py::test_a_dead_letter_for_another_database_is_in_nobodys_way",
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
        protected="tonumber(redis.call('GET', keys.claimed_at) or 0) <= at",
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
        protection="no refresh of an ended session in an outage",
        file="accounts/credentials/sessions.py",
        protected="    if revocation.is_known_to_be_over(session):",
        unprotected="    if False:",
        test=f"{_SESSIONS}::test_a_session_that_ended_long_before_an_outage_is_not_refreshed",
    ),
    Mutation(
        protection="no refresh by a used token in an outage",
        file="accounts/credentials/sessions.py",
        protected="    if known is None or known.generation <= old.generation:",
        unprotected="    if True:",
        test=f"{_SESSIONS}::test_a_refresh_token_that_this_host_replaced_ends_its_session_in_an_outage",
    ),
    Mutation(
        protection="a token of an outage is searched for on the disk",
        file="accounts/credentials/revocation.py",
        protected="is_known_to_be_over(token.session) if token.is_unchecked else is_over(token.session)",
        unprotected="is_over(token.session)",
        test=f"{_SESSIONS}"
        "::test_a_token_that_a_cut_off_host_gave_for_an_ended_session_is_refused_however_late_it_comes",
    ),
    Mutation(
        protection="a revocation is a step of its row",
        file="accounts/writes.py",
        protected="all_keys, (session_id,), at, before=before)",
        unprotected="all_keys, (session_id,), at)",
        test=f"{_SESSIONS}"
        "::test_a_session_that_ends_on_one_host_is_refused_on_another_from_its_next_reading_on[signed out]",
    ),
    Mutation(
        protection="an erasure ends the sessions on all hosts",
        file="redis_models/lua/unfinished_note.1.lua",
        protected="revocations.tell(told_key, until_key, name, at)\n",
        unprotected="",
        test=f"{_SESSIONS}"
        "::test_a_session_that_ends_on_one_host_is_refused_on_another_from_its_next_reading_on[erased]",
    ),
    Mutation(
        protection="a revocation holds here at once",
        file="accounts/credentials/sessions.py",
        protected="    revocation.hold_session(user_id, session_id, at=at)\n",
        unprotected="",
        test=f"{_SESSIONS}"
        "::test_a_session_that_ends_in_an_outage_is_refused_here_at_once_and_elsewhere_when_redis_is_back",
    ),
    Mutation(
        protection="a list that is too old is read before the answer",
        file="redis_models/background/revocations.py",
        protected="    if not known.in_redis.is_within(STALE_AFTER_S):\n        _catch_up(known)",
        unprotected="    if known.in_redis is NEVER:\n        _catch_up(known)",
        test=f"{_LIST}::test_a_list_that_is_older_than_two_seconds_is_read_before_the_answer",
    ),
    Mutation(
        protection="a frozen machine is noticed by its wall clock",
        file="redis_models/background/revoked_list.py",
        protected=" < seconds and 0 <= now.wall_s - self.wall_s < seconds",
        unprotected=" < seconds",
        test=f"{_LIST}::test_a_list_that_is_older_than_two_seconds_is_read_before_the_answer",
    ),
    Mutation(
        protection="what a server whose clock is behind tells is read",
        file="redis_models/background/revocations.py",
        protected="        if now_us < known.since_us - MARGIN_US:",
        unprotected="        if False:",
        test=f"{_LIST}::test_what_a_server_whose_clock_is_behind_tells_is_read",
    ),
    Mutation(
        protection="what cannot be undone is confirmed",
        file="accounts/access/confirmation.py",
        protected="        raise ConfirmationRequired",
        unprotected="        return",
        test="tests/accounts/access/test_confirmation.py::test_an_older_session_is_asked_to_confirm",
    ),
    Mutation(
        protection="runs of marks",
        file="texts/normal_form.py",
        protected="for character, run in _with_runs(short) if run <= MARKS_AT_MOST",
        unprotected="for character, _ in _with_runs(short)",
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
        protected="            _end(session.user_id, session.id, at=at)\n",
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
        protected="if claimant and before and owner ~= claimant then",
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
        protection="the deadline of a body",
        file="aira_site/http/bodies/pace.py",
        protected="if self._missing_bytes > 0:",
        unprotected="if self.deadline_s < 0:",
        test="tests/aira_site/http/bodies/test_pace.py"
        "::test_a_small_body_of_which_a_byte_comes_now_and_then_is_ended_after_ten_seconds",
    ),
    Mutation(
        protection="the memory of bodies",
        file="aira_site/http/bodies/memory.py",
        protected="if self.taken_bytes + size > most_bytes:",
        unprotected="if size > most_bytes:",
        test="tests/aira_site/http/bodies/test_memory.py::test_no_more_than_64_mib_are_taken",
    ),
    Mutation(
        protection="bodies go to disk earlier if memory is scarce",
        file="aira_site/http/bodies/body.py",
        protected="SPOOLED_IF_SCARCE_FROM_BYTES if self._memory.is_scarce else SPOOLED_FROM_BYTES",
        unprotected="SPOOLED_FROM_BYTES",
        test="tests/aira_site/http/bodies/test_body.py::test_if_memory_is_scarce_smaller_bodies_are_moved_to_disk",
    ),
    Mutation(
        protection="a refused body is dropped",
        file="aira_site/http/rsgi/application.py",
        protected="await drop(pieces)",
        unprotected="pass",
        test="tests/flows/security/test_refused_bodies.py::test_a_client_sees_every_refusal[by_python]",
    ),
    Mutation(
        protection="a body has its length",
        file="aira_site/http/rsgi/environ.py",
        protected="if missing_bytes or (",
        unprotected="if (",
        test="tests/aira_site/http/rsgi/test_application.py::test_a_body_that_is_not_complete_is_not_given_to_django",
    ),
    Mutation(
        protection="a chunked body has its end",
        file="aira_site/http/rsgi/environ.py",
        protected="if empty_pieces > 1 and not is_http_2:",
        unprotected="if missing_bytes:",
        test="tests/aira_site/http/rsgi/test_application.py::test_a_body_that_is_not_complete_is_not_given_to_django",
    ),
    Mutation(
        protection="a stream of HTTP/2 that was reset is not acted upon",
        file="aira_site/http/rsgi/environ.py",
        protected="is_http_2 and await _is_gone(protocol)",
        unprotected="missing_bytes",
        test="tests/aira_site/http/rsgi/test_environ.py::test_a_stream_of_http_2_that_was_reset_is_not_whole",
    ),
    Mutation(
        protection="names of headers are told apart",
        file="aira_site/http/rsgi/environ.py",
        protected='if "_" in name or name in _OF_THE_BODY:',
        unprotected="if name in _OF_THE_BODY:",
        test="tests/aira_site/http/rsgi/test_environ.py::test_header_names_with_an_underscore_are_dropped",
    ),
    Mutation(
        protection="queries and forms are UTF-8",
        file="aira_site/http/rsgi/environ.py",
        protected='without_parameters(headers.get("CONTENT_TYPE", ""))',
        unprotected='headers.get("CONTENT_TYPE", "")',
        test="tests/aira_site/http/test_content_type.py::test_a_query_is_utf_8",
    ),
    Mutation(
        protection="a mail that cannot be made stops no other",
        file="accounts/mail/sender.py",
        protected="except ValueError as error:",
        unprotected="except ZeroDivisionError as error:",
        test="tests/accounts/mail/test_sender.py"
        "::test_an_email_that_fits_into_no_mail_does_not_stop_the_mails_of_others",
    ),
    Mutation(
        protection="mails that are refused for now are in nobody's way",
        file="accounts/lua/mail_later.1.lua",
        protected="at + pause_ms",
        unprotected="at - pause_ms",
        test="tests/accounts/mail/test_sender.py::test_mails_that_are_always_refused_are_in_nobodys_way",
    ),
    Mutation(
        protection="silent connections are ended",
        file="aira_site/process/silent_connections.py",
        protected="if now_s - since_s[number] >= SILENT_AT_MOST_S:",
        unprotected="if now_s < 0:",
        test="tests/aira_site/process/test_silent_connections.py"
        "::test_a_connection_that_says_too_little_is_ended_after_ten_seconds",
    ),
    Mutation(
        protection="a stream ends when its client is gone",
        file="aira_site/http/rsgi/answers.py",
        protected="return_when=asyncio.FIRST_COMPLETED",
        unprotected="return_when=asyncio.ALL_COMPLETED",
        test="tests/aira_site/http/rsgi/test_answers.py"
        "::test_an_async_stream_ends_when_its_client_is_gone_although_it_is_silent",
    ),
    Mutation(
        protection="open streams hold no thread",
        file="api/answers/streams.py",
        protected="isinstance(own, ASGIRequest) or EVENT_LOOP in request.META",
        unprotected="isinstance(own, ASGIRequest)",
        test="tests/flows/served/test_talking.py::test_pieces_arrive_one_by_one_as_the_model_sends_them[rsgi]",
    ),
    Mutation(
        protection="unread bodies are dropped under plain WSGI servers",
        file="aira_site/http/bodies/wsgi.py",
        protected="        _drop_unread(environ)\n",
        unprotected="",
        test="tests/aira_site/http/bodies/test_wsgi.py"
        "::test_what_the_application_has_not_read_is_dropped_if_the_server_says_where_it_ends[True-0]",
    ),
    Mutation(
        protection="no large body of an unknown caller",
        file="aira_site/http/bodies/reading.py",
        protected="await admission.require(body.size + len(piece))",
        unprotected="pass",
        test="tests/aira_site/http/bodies/test_admission.py::test_a_body_without_a_length_is_read_up_to_64_kib",
    ),
    Mutation(
        protection="a large body is refused before it is read",
        file="aira_site/http/bodies/reading.py",
        protected="await admission.require(int(head.length or 0))",
        unprotected="pass",
        test="tests/aira_site/http/bodies/test_admission.py::test_a_body_that_is_too_large_by_its_length_is_not_read",
    ),
    Mutation(
        protection="a revoked session sends no large body",
        file="accounts/access/signatures.py",
        protected="if found.session is not None and revocation.is_known_to_be_over(found.session):",
        unprotected="if False:",
        test="tests/aira_site/http/bodies/test_admission.py"
        "::test_a_revoked_session_counts_as_none_even_if_its_token_has_expired",
    ),
    Mutation(
        protection="a large body waits for no provider",
        file="accounts/credentials/oidc.py",
        protected="jwt.get_unverified_header(text), waits=False, leeway_s",
        unprotected="jwt.get_unverified_header(text), leeway_s",
        test="tests/accounts/credentials/test_oidc.py"
        "::test_the_subject_of_a_signed_token_is_known_without_waiting_for_the_provider",
    ),
    Mutation(
        protection="messages of unknown callers are counted before they are looked at",
        file="chat/contract/views.py",
        protected="        spend_unread(request)\n        given = body(request)",
        unprotected="        given = body(request)",
        test="tests/chat/test_talk.py"
        "::test_too_many_messages_of_an_unknown_caller_are_not_looked_at_and_get_help[/api/chat]",
    ),
    Mutation(
        protection="help with a refused body",
        file="aira_site/http/bodies/limits.py",
        protected="with_help(shape) if is_talking(head.path) else shape",
        unprotected="shape",
        test="tests/aira_site/http/bodies/test_limits.py"
        "::test_a_refused_body_of_a_route_that_talks_carries_help[/api/chat]",
    ),
    Mutation(
        protection="help with an error of a view",
        file="aira_site/http/exception_handler.py",
        protected="elif request is not None and carries_help(request.path_info, answer.problem.status):",
        unprotected="elif False:",
        test="tests/chat/test_talk.py::test_a_413_carries_help[/api/chat]",
    ),
    Mutation(
        protection="no tree of many values",
        file="api/requests/parsers.py",
        protected="if len(text) > MAX_BODY_BYTES and has_more_values(text, MAX_VALUES):",
        unprotected="if False:",
        test="tests/api/requests/test_parsers.py::test_a_large_body_is_a_tree_only_if_it_has_few_values",
    ),
    Mutation(
        protection="the bound of what is beside a chat",
        file="api/requests/parsers.py",
        protected="if len(body) - len(bytes(raw)) > MAX_BODY_BYTES:",
        unprotected="if False:",
        test="tests/api/requests/test_parsers.py::test_the_members_beside_a_large_one_are_bounded_like_any_other_body",
    ),
    Mutation(
        protection="the length of a list before its elements",
        file="api/requests/fields.py",
        protected="self.max_length is not None and len(data) > self.max_length:",
        unprotected="False:",
        test="tests/api/requests/test_fields.py::test_the_length_of_a_list_is_checked_before_its_elements",
    ),
    Mutation(
        protection="the number of tags",
        file="chat/tags.py",
        protected="map(_tags_of, messages)))), KEPT_AT_MOST))",
        unprotected="map(_tags_of, messages)))), None))",
        test="tests/chat/test_tags.py::test_a_conversation_has_at_most_200_tags",
    ),
    Mutation(
        protection="one password in any form",
        file="accounts/credentials/passwords.py",
        protected="for form in _forms(password))",
        unprotected="for form in (password,))",
        test="tests/accounts/credentials/test_passwords.py::test_a_password_is_the_same_in_any_form",
    ),
    Mutation(
        protection="a renewal of a password is older than a change",
        file="accounts/writes.py",
        protected="at=known.at + 1)",
        unprotected="at=known.at + 1_000)",
        test="tests/accounts/credentials/test_passwords.py::test_a_renewal_undoes_no_change_of_the_password_whichever_runs_first",
    ),
    Mutation(
        protection="domains by IDNA",
        file="redis_models/schema/identifiers.py",
        protected="{_by_idna(domain)}",
        unprotected="{domain}",
        test="tests/accounts/test_earlier_spellings.py::test_an_email_is_one_in_any_spelling",
    ),
    Mutation(
        protection="claims under an earlier spelling",
        file="accounts/claims.py",
        protected="    if not earlier_email:\n",
        unprotected="    if True:\n",
        test="tests/accounts/test_earlier_spellings.py::test_an_email_of_release_0_1_0_is_found_in_any_spelling",
    ),
    Mutation(
        protection="of two accounts the older one",
        file="accounts/claims.py",
        protected='return profile.get("joinedAt", "") < other_profile.get("joinedAt", "")',
        unprotected="return True",
        test="tests/accounts/test_earlier_spellings.py::test_of_two_accounts_with_one_email_the_older_has_it",
    ),
    Mutation(
        protection="of two accounts the proven one",
        file="accounts/claims.py",
        protected="    if gives_way(other.origin, claim.origin) or gives_way(claim.origin, other.origin):\n",
        unprotected="    if False:\n",
        test="tests/accounts/test_claims.py"
        "::test_the_claim_that_the_other_gives_way_to_counts_else_that_of_the_older_account",
    ),
    Mutation(
        protection="a third claim beside two spellings",
        file="accounts/claims.py",
        protected="return any(claim.email != spelling and not gives_way(claim.origin, origin) for claim in others)",
        unprotected="return False",
        test="tests/accounts/test_claims.py::test_a_third_person_gets_the_email_only_if_both_claims_give_way",
    ),
    Mutation(
        protection="a provider's user confirms by a link",
        file="accounts/access/confirmation.py",
        protected="else confirmed_by_link_ms(known.user_id)",
        unprotected="else now_ms()",
        test="tests/accounts/access/test_confirmation.py::test_a_link_from_a_mail_confirms_the_user_of_a_provider",
    ),
    Mutation(
        protection="only a link for it confirms",
        file="accounts/lua/link_use.1.lua",
        protected="if confirms then note('confirmed') end",
        unprotected="note('confirmed')",
        test="tests/accounts/access/test_confirmation.py::test_a_link_that_proves_an_email_confirms_nobody",
    ),
    Mutation(
        protection="a renewed spelling keeps its origin",
        file="accounts/services.py",
        protected="origin=holder.origin, at=now_ms())",
        unprotected="origin=Origin.NONE, at=now_ms())",
        test="tests/accounts/test_claims.py::test_a_renewed_spelling_keeps_its_origin",
    ),
    Mutation(
        protection="the same commands for an email in any spelling",
        file="accounts/claims.py",
        protected="(_profile(claim.owner or NOBODY) for claim in (present, earlier))",
        unprotected="(_profile(claim.owner) if claim.owner else {} for claim in (present, earlier))",
        test="tests/accounts/test_claims.py::test_nobody_learns_whether_such_an_email_has_an_account_by_the_commands",
    ),
    Mutation(
        protection="no redirects of the model",
        file="chat/replies/model.py",
        protected="follow_redirects=False",
        unprotected="follow_redirects=True",
        test="tests/chat/test_model_bounds.py::test_a_redirect_is_not_followed",
    ),
    Mutation(
        protection="nothing compressed of the model",
        file="chat/replies/model.py",
        protected="most = 0 if is_compressed else ",
        unprotected="most = ",
        test="tests/chat/test_model_bounds.py::test_a_compressed_answer_is_refused_unread",
    ),
    Mutation(
        protection="the bounds of the model's events",
        file="chat/replies/model.py",
        protected="if self._bytes > EVENT_MAX_BYTES or self._lines > EVENT_MAX_LINES:",
        unprotected="if False:",
        test="tests/chat/test_model_bounds.py::test_an_event_above_its_bounds_is_a_failure",
    ),
    Mutation(
        protection="the bound of a reply's text",
        file="chat/replies/model.py",
        protected="if said_bytes > TEXT_MAX_BYTES:",
        unprotected="if False:",
        test="tests/chat/test_model_bounds.py::test_a_reply_has_at_most_64_kib_of_text",
    ),
    Mutation(
        protection="two names for one caller",
        file="api/requests/content.py",
        protected="if any(user_id != named[0] for user_id in named):",
        unprotected="if False:",
        test="tests/flows/security/test_authorization.py::test_two_different_names_are_refused_in_trusted_mode_and_nothing_is_changed",
    ),
    Mutation(
        protection="weaker claims give way",
        file="accounts/lua/claims.lua",
        protected="return held == 'none' and wanted ~= 'none' or held == 'operator' and wanted == 'link'",
        unprotected="return false",
        test="tests/flows/writes/test_origins.py"
        "::test_a_claim_gives_way_to_a_stronger_one_only[in process-one server-none-operator]",
    ),
    Mutation(
        protection="what was said of an email before its user was erased",
        file="accounts/lua/erase_claim.1.lua",
        protected="  claims.forget_until(claim_keys, erased_at, id)\n",
        unprotected="",
        test="tests/flows/writes/test_origins.py::test_what_was_said_before_the_user_was_erased_does_not_count",
    ),
    Mutation(
        protection="weaker claims stay away",
        file="accounts/lua/registration.lua",
        protected="  if is_taken and claims.gives_way(origin, held) then return given_way(claim_keys, id) end\n",
        unprotected="",
        test="tests/flows/writes/test_origins.py::"
        "test_whichever_is_applied_again_the_stronger_claim_stays_and_no_row_is_refused"
        "[in process-one server-none-operator]",
    ),
    Mutation(
        protection="weaker claims in the journal",
        file="redis_models/operations/claims.py",
        protected="[held for held in Origin if not gives_way(held, origin)]",
        unprotected="list(Origin)",
        test="tests/flows/writes/test_origins.py::test_a_waiting_claim_of_no_origin_is_not_in_the_way_of_a_stronger_one",
    ),
    Mutation(
        protection="only proven emails are found",
        file="accounts/selectors.py",
        protected="claim.owner if claim.origin in PROVEN else",
        unprotected="claim.owner or",
        test="tests/flows/test_mails.py::test_whoever_signs_up_is_found_only_after_the_email_is_proven",
    ),
    Mutation(
        protection="what was said before a change",
        file="accounts/lua/claims.lua",
        protected="    if times[each] < times.since then times[each] = 0 end\n",
        unprotected="",
        test="tests/flows/writes/test_origins.py"
        "::test_what_was_said_before_the_user_changed_to_the_email_does_not_count[in process-one server]",
    ),
    Mutation(
        protection="unverified emails of a provider",
        file="accounts/credentials/oidc.py",
        protected='if _is_verified(claims) else ""',
        unprotected='if claims else ""',
        test="tests/accounts/credentials/test_oidc.py"
        "::test_an_email_that_the_provider_does_not_vouch_for_is_ignored[False]",
    ),
    Mutation(
        protection="a link is used once",
        file="accounts/lua/link_use.1.lua",
        protected="if used_at > 0 and used_at ~= at and not acknowledged then return { 'gone', 'used' } end\n",
        unprotected="",
        test="tests/accounts/mail/test_opening.py::test_of_two_uses_of_a_link_at_once_one_counts",
    ),
    Mutation(
        protection="limits of mails",
        file="accounts/mail/asking.py",
        protected='to = user_id if all(standing.is_allowed for standing in standings) else ""',
        unprotected="to = user_id",
        test="tests/accounts/mail/test_asking.py::test_three_mails_an_hour_go_to_an_email_and_nobody_sees_the_limit",
    ),
    Mutation(
        protection="a mail goes only to whom it was for",
        file="accounts/mail/sender.py",
        protected='email_with(mail.digest, profile.get("email", ""), profile.get("email_wanted", ""))',
        unprotected='profile.get("email", "")',
        test="tests/accounts/mail/test_sender.py::test_a_mail_goes_only_to_the_email_it_was_asked_for",
    ),
    Mutation(
        protection="mails are erased",
        file="accounts/privacy/erasure.py",
        protected="    submit(waiting.forgetting(user_id, at=at))\n",
        unprotected="",
        test="tests/accounts/mail/test_waiting.py"
        "::test_mails_are_forgotten_with_the_person_and_those_of_others_are_not",
    ),
    Mutation(
        protection="the normal email counts",
        file="accounts/limits.py",
        protected="spend_of_others(SIGN_IN_OF_EMAIL, subject=address)",
        unprotected="spend_of_others(SIGN_IN_OF_EMAIL, subject=email)",
        test="tests/accounts/test_limits.py::test_all_spellings_of_an_email_share_its_tries",
    ),
    Mutation(
        protection="tries of a known browser",
        file="accounts/limits.py",
        protected="    if device := _known_device(request, address):",
        unprotected='    if device := "":',
        test="tests/accounts/test_limits.py::test_others_cannot_lock_an_owner_out_of_a_browser_that_was_used_before",
    ),
    Mutation(
        protection="a browser is known for a user",
        file="accounts/limits.py",
        protected='return device_of(request, owner) if owner else ""',
        unprotected='return devices_in(request)[0].name if owner else ""',
        test="tests/accounts/test_limits.py::test_a_browser_has_no_tries_of_its_own_for_somebody_else",
    ),
    Mutation(
        protection="the signature of a browser's cookie",
        file="accounts/credentials/devices.py",
        protected='_signer().unsign(text, max_age=LIFE_S).partition(".")',
        unprotected='text.partition(":")[0].partition(".")',
        test="tests/accounts/credentials/test_devices.py::test_a_cookie_that_was_changed_names_nobody",
    ),
    Mutation(
        protection="the proxy's entry of X-Forwarded-For",
        file="api/addresses.py",
        protected="forwarded[-proxies]",
        unprotected="forwarded[0]",
        test="tests/api/test_addresses.py::test_an_address_counts_only_at_the_place_that_our_own_proxy_wrote",
    ),
    Mutation(
        protection="too few entries of X-Forwarded-For",
        file="api/addresses.py",
        protected="len(forwarded) >= proxies and ",
        unprotected="",
        test="tests/api/test_addresses.py::test_an_address_counts_only_at_the_place_that_our_own_proxy_wrote",
    ),
    Mutation(
        protection="addresses are read without port and brackets",
        file="api/addresses.py",
        protected="_without_port(text.strip())",
        unprotected="text.strip()",
        test="tests/api/test_addresses.py::test_ports_brackets_and_mapped_addresses_are_read",
    ),
    Mutation(
        protection="no two subjects are one user",
        file="accounts/credentials/oidc.py",
        protected=" and not _NAMED.fullmatch(subject)",
        unprotected="",
        test="tests/accounts/credentials/test_oidc.py::test_no_two_subjects_are_one_user",
    ),
    Mutation(
        protection="the type of a key decides its algorithms",
        file="accounts/credentials/provider_keys.py",
        protected="return of_kind if named is None else tuple(name for name in of_kind if name == named)",
        unprotected="return of_kind if named is None else (str(named),)",
        test="tests/accounts/credentials/test_provider_keys.py::test_a_key_that_cannot_be_used_is_left_out_and_the_others_stay",
    ),
    Mutation(
        protection="known keys are not waited for",
        file="accounts/credentials/jwks.py",
        protected="        if waits and not self._fitting(key_id, algorithm):\n            self._wait()",
        unprotected="        self._wait()",
        test="tests/accounts/credentials/test_jwks.py::test_a_known_key_is_never_waited_for",
    ),
    Mutation(
        protection="few requests wait for a provider",
        file="accounts/credentials/jwks.py",
        protected="if self._waiting.acquire(blocking=False):",
        unprotected="if self._waiting.acquire():",
        test="tests/accounts/credentials/test_jwks.py::test_of_many_requests_with_an_unknown_key_a_few_wait_for_one_reading",
    ),
    Mutation(
        protection="one reading of a provider at a time",
        file="accounts/credentials/jwks.py",
        protected="if not self._is_idle.is_set() or now_s <",
        unprotected="if now_s <",
        test="tests/accounts/credentials/test_jwks.py::test_a_request_waits_for_a_moment_only",
    ),
    Mutation(
        protection="the deadline of a provider",
        file="accounts/credentials/provider_http.py",
        protected="each.shutdown(socket.SHUT_RDWR)",
        unprotected="pass",
        test="tests/accounts/credentials/test_provider_http.py::test_a_provider_that_drips_is_left_at_the_deadline",
    ),
    Mutation(
        protection="no redirect of a provider",
        file="accounts/credentials/provider_http.py",
        protected="build_opener(_NoRedirect, ",
        unprotected="build_opener(",
        test="tests/accounts/credentials/test_provider_http.py::test_a_redirect_is_not_followed",
    ),
    Mutation(
        protection="the bound of a provider's answer",
        file="accounts/credentials/provider_http.py",
        protected="if len(body) > ANSWER_MAX_BYTES:",
        unprotected="if False:",
        test="tests/accounts/credentials/test_provider_http.py::test_an_answer_has_a_bound",
    ),
    Mutation(
        protection="changes of other sites in trusted mode",
        file="accounts/access/authentication.py",
        protected="            require_no_other_site(request)\n",
        unprotected="            pass\n",
        test="tests/accounts/access/test_origins.py::test_a_change_of_another_site_is_refused_in_trusted_mode",
    ),
    Mutation(
        protection="own origins of cookies that are renewed",
        file="accounts/access/renewal.py",
        protected="    require_own_origin(request)\n",
        unprotected="",
        test="tests/accounts/access/test_renewal.py::test_a_change_that_another_site_makes_a_browser_send_renews_nothing",
    ),
    Mutation(
        protection="answers are not stored",
        file="aira_site/http/answer_headers.py",
        protected='response.headers.setdefault("Cache-Control", "no-store")',
        unprotected="pass",
        test="tests/aira_site/http/test_answer_headers.py::test_what_belongs_to_a_person_is_not_stored",
    ),
    Mutation(
        protection="answers vary by what decided",
        file="aira_site/http/answer_headers.py",
        protected="patch_vary_headers(response, DECIDING)",
        unprotected="pass",
        test="tests/aira_site/http/test_answer_headers.py::test_what_belongs_to_a_person_is_not_stored",
    ),
    Mutation(
        protection="cookies of this host only",
        file="accounts/credentials/cookies.py",
        protected='return f"__Host-{name}" if get_script_prefix() == "/" else f"__Secure-{name}"',
        unprotected="return name",
        test="tests/accounts/credentials/test_cookies.py::test_over_https_only_this_host_can_set_the_cookies",
    ),
    Mutation(
        protection="earlier names of cookies end",
        file="accounts/credentials/cookies.py",
        protected="value if value or now_ms() >= EARLIER_NAMES_UNTIL_MS else",
        unprotected="value if value else",
        test="tests/accounts/credentials/test_cookies.py::test_the_earlier_names_are_read_for_a_while_and_replaced",
    ),
    Mutation(
        protection="earlier secret keys verify tokens",
        file="accounts/credentials/signing.py",
        protected="(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)",
        unprotected="(settings.SECRET_KEY,)",
        test="tests/accounts/credentials/test_signing.py::test_a_session_goes_on_with_a_new_secret_key",
    ),
    Mutation(
        protection="the key of a refresh token",
        file="accounts/credentials/tokens.py",
        protected='claims["jti"], claims["at"], key)',
        unprotected='claims["jti"], claims["at"])',
        test="tests/accounts/credentials/test_signing.py::test_a_session_goes_on_with_a_new_secret_key",
    ),
    Mutation(
        protection="long secret keys",
        file="aira_site/settings.py",
        protected="if 0 < len(value) < SECRET_KEY_MIN_LENGTH:",
        unprotected="if False:",
        test="tests/aira_site/test_settings.py::test_the_error_for_a_wrong_value_names_the_variable_and_not_the_value",
    ),
    Mutation(
        protection="digests of service keys",
        file="aira_site/settings.py",
        protected='if any(not re.fullmatch(r"[0-9A-Fa-f]{64}", value) for value in values):',
        unprotected="if False:",
        test="tests/aira_site/test_settings.py::test_the_error_for_a_wrong_value_names_the_variable_and_not_the_value",
    ),
    Mutation(
        protection="what others have left is not told",
        file="accounts/limits.py",
        protected="    if caller(request).user_id == user_id:",
        unprotected="    if user_id:",
        test="tests/accounts/test_limits.py::test_a_server_is_not_told_how_many_tries_a_user_has_left",
    ),
    Mutation(
        protection="the bound of stored bytes",
        file="accounts/bounds/stored.py",
        protected="if found is not None and found.bytes >= found.limit_bytes:",
        unprotected="if False:",
        test="tests/accounts/bounds/test_stored.py::test_one_account_that_saves_chats_is_refused_at_its_bound_and_keeps_what_it_has",
    ),
    Mutation(
        protection="Redis is asked before a user is refused",
        file="accounts/bounds/stored.py",
        protected="found = stored_of(user_id) or found",
        unprotected="found = found or stored_of(user_id)",
        test="tests/accounts/bounds/test_stored.py::test_a_higher_plan_has_room_at_once_and_is_asked_for_once_a_minute",
    ),
    Mutation(
        protection="stored bytes count once",
        file="dashboard/lua/summaries.lua",
        protected="whole_size(encoded) - whole_size(had)",
        unprotected="whole_size(encoded)",
        test="tests/accounts/bounds/test_stored.py::test_the_size_follows_every_write",
    ),
    Mutation(
        protection="a sum that does not fit is derived again",
        file="dashboard/lua/sizes.lua",
        protected="if bytes and tonumber(covered) == number then",
        unprotected="if bytes then",
        test="tests/accounts/bounds/test_stored.py::test_what_is_imported_counts_too",
    ),
    Mutation(
        protection="messages that do not fit are measured again",
        file="chat/lua/conversations.lua",
        protected="return bytes and count == before and",
        unprotected="return bytes and",
        test="tests/accounts/bounds/test_stored.py::test_messages_that_came_by_another_way_are_measured_with_the_next_write",
    ),
    Mutation(
        protection="a sum is unknown while its elements change",
        file="dashboard/lua/sizes.lua",
        protected="redis.call('HSET', stats_key, field, '-')",
        unprotected="local _ = field",
        test="tests/flows/writes/test_forbidden_commands.py::test_a_script_that_stops_at_any_of_its_changes_leaves_no_wrong_size",
    ),
    Mutation(
        protection="an import ends at the bound",
        file="accounts/privacy/imports.py",
        protected="if self._left <= 0:",
        unprotected="if False:",
        test="tests/accounts/bounds/test_stored.py::test_an_import_ends_when_the_bound_is_reached",
    ),
    Mutation(
        protection="the bound of writes a minute",
        file="accounts/bounds/writes_a_minute.py",
        protected="if not standing.is_allowed:",
        unprotected="if False:",
        test="tests/accounts/bounds/test_writes_a_minute.py::test_exactly_the_bound_is_allowed_in_a_minute_and_comes_back_evenly",
    ),
    Mutation(
        protection="a process's share of writes",
        file="accounts/bounds/writes_a_minute.py",
        protected="if not permits or after - at > period_ms + 0.5:",
        unprotected="if False:",
        test="tests/accounts/bounds/test_writes_a_minute.py::test_all_processes_together_allow_the_bound_and_their_shares",
    ),
    Mutation(
        protection="a service key is bound by the user it acts for",
        file="accounts/access/bounded.py",
        protected="caller(request).user_id or named_user(request)",
        unprotected="caller(request).user_id",
        test="tests/accounts/bounds/test_writes_a_minute.py::test_a_service_key_is_bound_by_the_user_it_acts_for",
    ),
    Mutation(
        protection="three replies at once",
        file="chat/lua/reply_place.1.lua",
        protected="redis.call('ZCARD', places_key) >= most",
        unprotected="false",
        test="tests/chat/test_places.py::test_three_replies_to_a_user_are_written_at_once_on_all_hosts",
    ),
    Mutation(
        protection="places of a process that died end",
        file="chat/lua/reply_place.1.lua",
        protected="redis.call('ZREMRANGEBYSCORE', places_key, '-inf', string.format('%d', now))",
        unprotected="local _ = now",
        test="tests/chat/test_places.py::test_places_of_a_process_that_died_end_and_renewed_ones_stay",
    ),
    Mutation(
        protection="a reply that is written renews its place",
        file="chat/replies/recorder.py",
        protected="places.renew(self._place.user_id, self._place.reply_id)",
        unprotected="pass",
        test="tests/chat/test_places.py::test_a_reply_that_is_written_renews_its_place",
    ),
    Mutation(
        protection="twelve listeners",
        file="chat/replies/places.py",
        protected="if self._open[user_id] >= LISTENERS_AT_MOST:",
        unprotected="if False:",
        test="tests/chat/test_places.py::test_a_user_listens_to_twelve_streams_in_a_process_and_others_go_on",
    ),
    Mutation(
        protection="the signature before anything is decoded",
        file="accounts/privacy/documents.py",
        protected="signature.add(_without_end(held))",
        unprotected="signature.add(msgspec.json.encode(msgspec.json.decode(_without_end(held))))",
        test="tests/accounts/privacy/test_documents.py::test_an_unsigned_line_is_refused_before_it_is_held_or_decoded",
    ),
    Mutation(
        protection="the bound of a line",
        file="accounts/privacy/documents.py",
        protected="if length > most:",
        unprotected="if False:",
        test="tests/accounts/privacy/test_documents.py::test_an_unsigned_line_is_refused_before_it_is_held_or_decoded",
    ),
    Mutation(
        protection="the head is signed",
        file="accounts/privacy/documents.py",
        protected="signature.add(_without_end(head))",
        unprotected='signature.add(b\'{"format":"aira.export.2","userId":"u1","entries":[\')',
        test="tests/accounts/privacy/test_documents.py::test_a_head_that_is_signed_cannot_be_changed_and_nothing_may_follow",
    ),
    Mutation(
        protection="no plan by import",
        file="accounts/privacy/imports.py",
        protected="left_out | PLAN_FIELDS",
        unprotected="left_out - PLAN_FIELDS",
        test="tests/accounts/privacy/test_documents.py::test_no_import_brings_a_plan_whoever_makes_it",
    ),
    Mutation(
        protection="no plan by imported registrations",
        file="accounts/privacy/imports.py",
        protected='_PLAN_OF_REGISTRATION.sub(r"\\1", text)',
        unprotected="text",
        test="tests/accounts/privacy/test_documents.py::test_no_import_brings_a_plan_whoever_makes_it",
    ),
    Mutation(
        protection="known names in an archive",
        file="aira_site/backup.py",
        protected="and _KNOWN.fullmatch(member.name) else None",
        unprotected="else None",
        test="tests/aira_site/test_backup.py::test_only_plain_files_with_known_names_are_restored",
    ),
    Mutation(
        protection="plain files in an archive",
        file="aira_site/backup.py",
        protected="if member.type in _PLAIN_FILES and",
        unprotected="if",
        test="tests/aira_site/test_backup.py::test_only_plain_files_with_known_names_are_restored",
    ),
    Mutation(
        protection="restored files are private",
        file="aira_site/backup.py",
        protected='os.O_EXCL, 0o600), "wb") as file:',
        unprotected='os.O_EXCL, member.mode), "wb") as file:',
        test="tests/aira_site/test_backup.py::test_restored_files_are_private_whatever_the_archive_says",
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
    Mutation(
        protection="serve does in the background what other servers do",
        file="aira_site/rsgi.py",
        protected="background.start()",
        unprotected="background.threads.start(background.erasure.go_on)",
        test="tests/aira_site/test_background.py"
        "::test_each_interface_goes_on_with_erasures_renews_service_keys_and_sends_mails[rsgi]",
    ),
)
