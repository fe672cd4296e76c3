package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import dev.ngbak.engine.Job.StoreProgress;
import dev.ngbak.engine.JobEvent.PhaseStarted;
import dev.ngbak.engine.JobEvent.StoreAdvanced;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a listener hears of. */
@Timeout(60)
class JobListenerTest extends RestoreFixture {

    /** Not synchronized: only one thread adds, and the call returns after it. */
    private final List<JobEvent> events = new ArrayList<>();

    private BackupRequest backup() {
        return BackupRequest.builder().listener(events::add).build();
    }

    private <E extends JobEvent> List<E> all(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    void listenerHearsOfPhasesProgressAndLogInTheirOrder() {
        manager().create(backup());

        assertThat(all(PhaseStarted.class))
                .extracting(PhaseStarted::phase)
                .containsExactly(Phase.PREFLIGHT, Phase.EXPORTING, Phase.WRITING, Phase.VERIFYING);
        int export = events.indexOf(new PhaseStarted(Phase.EXPORTING, "exporting"));
        int writing = events.indexOf(new PhaseStarted(Phase.WRITING, "writing"));
        assertThat(events.subList(export, writing))
                .contains(new StoreAdvanced(Role.GRAPH, new StoreProgress(2, 2, "lines")));
        assertThat(events.get(events.size() - 1)).isInstanceOf(Job.Line.class);
        assertThat(events).extracting(JobEvent::toString).contains("Phase: exporting", "graph: 2 of 2 lines");
    }

    @Test
    void listenerHearsOfARestoreAndOfItsSafetyArchive() {
        manager().restore(RestoreRequest.builder("mine").listener(events::add).build());

        assertThat(all(PhaseStarted.class))
                .extracting(PhaseStarted::label)
                .contains("saving the present state: exporting", "restoring", "proving");
        assertNewData();
    }

    @Test
    void listenerHearsOfAFailureUntilItsEnd() throws Exception {
        failHalfway(vector, connectionLost());
        repair(kv);

        manager().plan(RestoreRequest.builder("mine").listener(events::add).build());
        assertThat(all(PhaseStarted.class)).isNotEmpty();
        events.clear();
        var e = failure(() -> manager()
                .restore(RestoreRequest.builder("mine").listener(events::add).build()));

        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(all(Job.Line.class)).extracting(Job.Line::level).contains(Job.Level.WARN);
    }

    @Test
    void listenerHearsOfProgressWhileAStoreIsStillAtWork() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        doAnswer(call -> {
                    Progress progress = call.getArgument(2);
                    progress.expect(10, "lines");
                    progress.advance(1);
                    heard.await();
                    return call.callRealMethod();
                })
                .when(graph.export)
                .export(any(), any(), any());

        manager()
                .create(BackupRequest.builder()
                        .listener(event -> {
                            if (event.equals(new StoreAdvanced(Role.GRAPH, new StoreProgress(1, 10, "lines")))) {
                                heard.countDown();
                            }
                        })
                        .build());

        assertThat(heard.getCount()).isZero();
    }

    @Test
    void oneThreadWhichIsNotTheCallersDeliversAllEvents() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();

        manager()
                .create(BackupRequest.builder()
                        .listener(event -> threads.add(Thread.currentThread()))
                        .build());

        assertThat(threads).hasSize(1).doesNotContain(Thread.currentThread()).allMatch(Thread::isDaemon);
        assertThat(threads).noneMatch(Thread::isAlive);
    }

    @Test
    void slowListenerHearsOfEverythingBeforeTheCallReturns() {
        manager()
                .create(BackupRequest.builder()
                        .id("slow")
                        .listener(event -> {
                            // The first event is delivered when the work is done.
                            while (events.isEmpty() && !Files.exists(folder.resolve("slow.ngbak"))) {
                                Thread.onSpinWait();
                            }
                            events.add(event);
                        })
                        .build());

        assertThat(events.get(events.size() - 1)).asString().startsWith("It took ");
    }

    @Test
    void listenerThatThrowsDoesNotFailTheBackup() {
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<Throwable> reported = new AtomicReference<>();
        BackupRequest request = BackupRequest.builder()
                .listener(event -> {
                    Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> {
                        assertThat(reported.compareAndSet(null, e)).isTrue();
                    });
                    calls.incrementAndGet();
                    throw new AssertionError("a defect of the listener");
                })
                .build();

        assertThat(manager().create(request).manifest()).isNotNull();

        assertThat(reported.get()).hasMessage("a defect of the listener");
        assertThat(calls).hasValueGreaterThan(4);
    }

    @Test
    void requestServesTwoBackups() {
        BackupRequest request = backup();

        manager().create(request);
        manager().create(request);

        assertThat(manager().list()).hasSize(3);
    }

    @Test
    void fractionIsKnownOnlyWithATotal() {
        assertThat(new StoreAdvanced(Role.KV, new StoreProgress(3, 4, "keys")).fraction())
                .hasValue(0.75);
        assertThat(new StoreAdvanced(Role.KV, new StoreProgress(5, 4, "keys")).fraction())
                .hasValue(1);
        assertThat(new StoreAdvanced(Role.KV, new StoreProgress(3, -1, "")).fraction())
                .isEmpty();
        assertThat(new StoreAdvanced(Role.KV, new StoreProgress(3, -1, ""))).hasToString("kv: 3");
    }
}
