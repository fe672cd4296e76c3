package dev.ngbak.engine;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.RecordViewer;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The records of the live stores. The caller that opens it closes it. */
final class LiveRecords implements SystemRecords, AutoCloseable {

    private final StoreRegistry stores;
    private final Function<Role, Progress> progress;
    private final Map<Role, ExportSession> sessions;
    private final Map<Role, ChangeMarker> before = new EnumMap<>(Role.class);

    /** Opens all three stores, or none. A cancelled job aborts them. */
    LiveRecords(StoreRegistry stores, Job job, Function<Role, Progress> progress) {
        this.stores = stores;
        this.progress = progress;
        this.sessions = stores.openExports(EnumSet.allOf(Role.class), job);
    }

    /** Refuses a misconfigured scope, and remembers the state for {@link #changed}. */
    void checkScopes() throws IOException {
        for (var session : sessions.entrySet()) {
            // What cannot be archived can be read.
            session.getValue()
                    .scopeProblem()
                    .filter(problem -> problem.kind() == Kind.INVALID)
                    .ifPresent(problem -> {
                        throw problem;
                    });
            before.put(session.getKey(), session.getValue().marker());
        }
    }

    @Override
    public Settings settings() {
        return stores.settings();
    }

    @Override
    public Optional<String> visit(Role role, RecordVisitor visitor) {
        ExportSession session = sessions.get(role);
        RecordViewer records = new RecordViewer(visitor);
        return Errors.inStore(role, "the " + role.id() + " store was being read", () -> {
            session.read(records, progress.apply(role));
            return records.isComplete()
                    ? Optional.empty()
                    : Optional.of(session.info().product() + " does not show its records");
        });
    }

    @Override
    public Optional<Lookup> lookup(Role role) {
        return Errors.inStore(role, "the " + role.id() + " store was being opened", sessions.get(role)::lookup);
    }

    @Override
    public Set<Role> changed() throws IOException {
        Set<Role> changed = EnumSet.noneOf(Role.class);
        for (var marker : before.entrySet()) {
            ChangeMarker now = sessions.get(marker.getKey()).marker();
            if (marker.getValue().until(now) == Comparison.CHANGED) {
                changed.add(marker.getKey());
            }
        }
        return changed;
    }

    @Override
    public void close() {
        StoreRegistry.close(sessions.values());
    }
}
